// Guards the way between reals and integers: every layout's order, rounding to the nearest integer,
// clipping, and that what is no number or of another size is refused.
#include "network/model/convert.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <limits>
#include <numeric>

namespace voizk {
namespace {

using Dims = std::vector<uint32_t>;

QuantisedModel::Input InputOf(TensorLayout layout, Dims shape, double step, int32_t lo,
                              int32_t hi) {
  return {"x", std::move(shape), lo, hi, {"signal", std::move(layout), step}};
}

TEST(LayoutTest, MergedAndPermutedAxes) {
  // A float tensor [2][12][5][1] whose second axis is split in two of the integer tensor's dims.
  const TensorLayout layout{{2, 12, 5, 1}, {{2}, {3, 0}, {1}, {}}};
  const Dims dims{4, 5, 2, 3};
  ASSERT_TRUE(LayoutFits(layout, dims));
  const auto indices = FloatIndices(layout, dims);
  ASSERT_EQ(indices.size(), 120U);
  size_t at = 0;
  for (size_t a = 0; a < 4; ++a) {
    for (size_t b = 0; b < 5; ++b) {
      for (size_t c = 0; c < 2; ++c) {
        for (size_t d = 0; d < 3; ++d) {
          EXPECT_EQ(indices[at++], (c * 12 + (d * 4 + a)) * 5 + b);
        }
      }
    }
  }
}

TEST(LayoutTest, DimsOfOneBelongToAnyAxisOrNone) {
  const Dims dims{1, 7, 1};
  for (const TensorLayout& layout :
       {TensorLayout{{7}, {{1}}}, TensorLayout{{1, 7}, {{}, {1}}}, TensorLayout{{1, 7}, {{0}, {1}}},
        TensorLayout{{7, 1}, {{2, 1}, {0}}}}) {
    ASSERT_TRUE(LayoutFits(layout, dims));
    std::vector<size_t> expected(7);
    std::iota(expected.begin(), expected.end(), size_t{0});
    EXPECT_EQ(FloatIndices(layout, dims), expected);
  }
  EXPECT_TRUE(LayoutFits({{}, {}}, Dims{1}));
  EXPECT_EQ(FloatIndices({{}, {}}, Dims{1}), std::vector<size_t>{0});
}

TEST(LayoutTest, WhatDoesNotFit) {
  const Dims dims{4, 3};
  EXPECT_TRUE(LayoutFits({{4, 3}, {{0}, {1}}}, dims));
  EXPECT_FALSE(LayoutFits({{3, 4}, {{0}, {1}}}, dims)) << "lengths";
  EXPECT_FALSE(LayoutFits({{4, 1}, {{0}, {}}}, dims)) << "a dim that no axis has";
  EXPECT_FALSE(LayoutFits({{4, 4, 3}, {{0}, {0}, {1}}}, dims)) << "a dim twice";
  EXPECT_FALSE(LayoutFits({{16, 3}, {{0, 0}, {1}}}, dims)) << "a dim twice in one axis";
  EXPECT_FALSE(LayoutFits({{4, 3, 1}, {{0}, {1}, {2}}}, dims)) << "a dim beyond";
  EXPECT_FALSE(LayoutFits({{4, 3, 1}, {{0}, {1}, {-1}}}, dims)) << "a dim before";
  EXPECT_FALSE(LayoutFits({{4}, {{0}, {1}}}, dims)) << "more axes than lengths";
  EXPECT_FALSE(LayoutFits({{4, 3, 1}, {{0}, {1}}}, dims)) << "fewer axes than lengths";
  EXPECT_FALSE(LayoutFits({{4, 3, 5}, {{0}, {1}, {}}}, dims))
      << "an axis of nothing, longer than 1";
  EXPECT_FALSE(LayoutFits({{0}, {{0, 1, 2, 3}}}, Dims{1U << 31, 1U << 31, 1U << 31, 1U << 31}));
  EXPECT_FALSE(LayoutFits({{1}, {{0, 1, 2, 3}}}, Dims{UINT32_MAX, UINT32_MAX, UINT32_MAX, 1}));
}

TEST(ToIntegersTest, InTheIntegerTensorsOrder) {
  // [2][3] as [3][2].
  const auto input = InputOf({{2, 3}, {{1}, {0}}}, {3, 2}, 0.5, -100, 100);
  const auto integers = ToIntegers(input, std::vector<float>{0, 1, 2, 10, 11, 12});
  ASSERT_TRUE(integers.ok()) << integers.error().message;
  EXPECT_EQ(*integers, (std::vector<int32_t>{0, 20, 2, 22, 4, 24}));
}

TEST(ToIntegersTest, RoundsToTheNearestAndClips) {
  const auto input = InputOf({{1}, {{0}}}, {1}, 0.125, -30, 1000);
  const auto of = [&](float x) {
    const auto integers = ToIntegers(input, std::vector<float>{x});
    EXPECT_TRUE(integers.ok());
    return integers.ok() ? (*integers)[0] : INT32_MIN;
  };
  for (int k = -3000; k < 3000; ++k) {
    const float x = static_cast<float>(k) / 256;
    if (x < -30 * 0.125F) continue;
    EXPECT_LE(std::abs(of(x) * 0.125 - double{x}), 0.125 / 2) << x;
  }
  EXPECT_EQ(of(-3.75F), -30);
  EXPECT_EQ(of(-3.9F), -30);
  EXPECT_EQ(of(-FLT_MAX), -30);
  EXPECT_EQ(of(125.1F), 1000);
  EXPECT_EQ(of(FLT_MAX), 1000);
  EXPECT_EQ(of(FLT_MIN), 0);
  EXPECT_EQ(of(-0.0F), 0);
  for (const double step : {DBL_MIN, 5e-324, DBL_MAX}) {
    const auto wide = InputOf({{2}, {{0}}}, {2}, step, INT32_MIN, INT32_MAX);
    const auto integers = ToIntegers(wide, std::vector<float>{1, -1});
    ASSERT_TRUE(integers.ok());
    const bool small = step < 1;
    EXPECT_EQ(*integers, (std::vector<int32_t>{small ? INT32_MAX : 0, small ? INT32_MIN : 0}));
  }
}

TEST(ToIntegersTest, IntegersAreNeitherRoundedNorClipped) {
  const QuantisedModel::Input tokens{"t", {2}, 0, 64, {"tokens", {{2}, {{0}}}, 1}, true};
  const auto taken = ToIntegers(tokens, std::vector<float>{64, 0});
  ASSERT_TRUE(taken.ok());
  EXPECT_EQ(*taken, (std::vector<int32_t>{64, 0}));
  for (const float v : {65.0F, -1.0F, 0.5F, 1e30F, -0.25F}) {
    const auto refused = ToIntegers(tokens, std::vector<float>{1, v});
    ASSERT_FALSE(refused.ok()) << v;
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(ToIntegersTest, WhatIsNoNumberOrOfAnotherSizeIsRefused) {
  const auto input = InputOf({{2}, {{0}}}, {2}, 1, -10, 10);
  const float inf = std::numeric_limits<float>::infinity();
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), inf, -inf}) {
    const auto integers = ToIntegers(input, std::vector<float>{0, bad});
    ASSERT_FALSE(integers.ok());
    EXPECT_EQ(integers.error().code, ErrorCode::kInvalidArgument);
    EXPECT_NE(integers.error().message.find("'signal'"), std::string::npos);
  }
  for (const size_t size : {0U, 1U, 3U}) {
    const auto integers = ToIntegers(input, std::vector<float>(size));
    ASSERT_FALSE(integers.ok()) << size;
    EXPECT_EQ(integers.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(ToRealsTest, InTheFloatTensorsOrder) {
  const QuantisedModel::Quantity quantity{"y", {{1, 2, 3}, {{}, {1}, {0}}}, 0.25};
  const auto reals = ToReals(quantity, Dims{3, 2}, std::vector<int32_t>{1, 2, 3, 4, 5, -6});
  ASSERT_TRUE(reals.ok()) << reals.error().message;
  EXPECT_EQ(*reals, (std::vector<float>{0.25F, 0.75F, 1.25F, 0.5F, 1, -1.5F}));
  for (const size_t size : {0U, 5U, 7U}) {
    const auto other = ToReals(quantity, Dims{3, 2}, std::vector<int32_t>(size));
    ASSERT_FALSE(other.ok()) << size;
    EXPECT_EQ(other.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(ToRealsTest, UndoesToIntegers) {
  const TensorLayout layout{{2, 12, 5}, {{2}, {3, 0}, {1}}};
  const Dims dims{4, 5, 2, 3};
  const auto input = InputOf(layout, dims, 0.5, -1000, 1000);
  std::vector<float> reals(120);
  for (size_t i = 0; i < reals.size(); ++i) reals[i] = static_cast<float>(i) / 2 - 20;
  const auto integers = ToIntegers(input, reals);
  ASSERT_TRUE(integers.ok());
  const auto back = ToReals(input.quantity, dims, *integers);
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(*back, reals);
}

}  // namespace
}  // namespace voizk
