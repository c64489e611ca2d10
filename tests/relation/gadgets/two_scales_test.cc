// Guards: a lookup in two scales is the fine function where the fine scale reaches and the coarse
// one elsewhere, whatever range, shifts and ends; no cell of it can be another; a remainder of one
// scale passes for none of the other; what does not fit is a typed error.
#include "relation/gadgets/two_scales.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <random>
#include <string>

#include "relation/gadgets/commit.h"
#include "relation/gadgets/proven.h"

namespace voizk {
namespace {

int64_t FloorOf(int64_t v, int64_t unit) { return v / unit - (v % unit < 0); }

// Two functions that agree nowhere.
int32_t Coarse(int64_t h) { return static_cast<int32_t>(std::clamp<int64_t>(h, -900, 900)); }
int32_t Fine(int64_t g) { return static_cast<int32_t>(2000 + (g & 1023)); }

struct Case {
  int64_t v_lo = 0, v_hi = 0;
  int shift = 0, fine_shift = 0;
  int64_t fine_begin = 0, fine_end = 0;
};

gadgets::TwoScales ScalesOf(const Case& c) {
  return {c.shift, c.fine_shift, c.fine_begin, c.fine_end, Coarse, Fine};
}

// On both ends of v's range and of the fine scale, and in between.
Proven ProveLookups(const Case& c, std::mt19937& rng, TensorId* y) {
  const int64_t unit = int64_t{1} << c.fine_shift;
  std::vector<int64_t> values{c.v_lo, c.v_hi, 0, -1};
  for (const int64_t end : {c.fine_begin * unit, c.fine_end * unit}) {
    values.insert(values.end(), {end - 1, end});
  }
  while (values.size() < 24) {
    values.push_back(std::uniform_int_distribution<int64_t>(c.v_lo, c.v_hi)(rng));
  }
  std::vector<int32_t> x;
  for (const int64_t v : values) x.push_back(static_cast<int32_t>(std::clamp(v, c.v_lo, c.v_hi)));
  Builder b;
  const TensorId in = gadgets::Input(b, "in x", MakeShape({4, 6}), c.v_lo, c.v_hi);
  *y = gadgets::LookupInTwoScales(b, "y", b.Identity(in), ScalesOf(c));
  Proven p = Prove(std::move(b), {{"in x", x}});
  if (p.witness.empty()) return p;
  for (size_t i = 0; i < x.size(); ++i) {
    const int64_t g = FloorOf(x[i], unit);
    const bool fine = g >= c.fine_begin && g < c.fine_end;
    EXPECT_EQ(p.witness[*y][i], fine ? Fine(g) : Coarse(FloorOf(x[i], int64_t{1} << c.shift)))
        << x[i];
  }
  return p;
}

TEST(TwoScalesTest, IsTheFunctionAndNoOther) {
  std::mt19937 rng(1);
  TensorId y = 0;
  const Case cases[] = {
      {-5000, 5000, 6, 1, -128, 128},  // both scales, both signs
      {0, 100000, 8, 0, 0, 512},       // never negative
      {-5000, 5000, 6, 1, 0, 2560},    // more fine values than there are
      {-50, 60, 4, 2, -16, 16},        // fine alone
      {5000, 9000, 4, 2, -16, 16},     // coarse alone
      {-(1 << 28), (1 << 28) - 1, 14, 4, -1024, 1024},
  };
  for (const Case& c : cases) ExpectPinned(ProveLookups(c, rng, &y));
}

TEST(TwoScalesTest, RandomRanges) {
  std::mt19937 rng(2);
  const auto some = [&](int64_t lo, int64_t hi) {
    return std::uniform_int_distribution<int64_t>(lo, hi)(rng);
  };
  for (int round = 0; round < 30; ++round) {
    Case c;
    const int64_t reach = int64_t{1} << some(4, 26);
    c.v_lo = some(-reach, reach - 1);
    c.v_hi = some(c.v_lo, reach);
    c.shift = static_cast<int>(
        some(std::max<int64_t>(1, std::bit_width(static_cast<uint64_t>(reach)) - 14), 16));
    c.fine_shift = static_cast<int>(some(std::max(0, c.shift - 8), c.shift - 1));
    const int64_t parts = int64_t{1} << (c.shift - c.fine_shift);
    c.fine_begin = parts * some(-20, 10);
    c.fine_end = c.fine_begin + parts * some(1, 20);
    TensorId y = 0;
    const Proven p = ProveLookups(c, rng, &y);
    ASSERT_FALSE(p.witness.empty()) << c.v_lo << ".." << c.v_hi << " " << c.shift;
  }
}

// The lie that the gap is there for: the remainder of the coarse scale with a value of the fine
// one, and the other way round.
TEST(TwoScalesTest, NoValueOfTheOtherScale) {
  std::mt19937 rng(3);
  TensorId y = 0;
  const Case c{-5000, 5000, 6, 1, -128, 128};
  const Proven p = ProveLookups(c, rng, &y);
  ASSERT_FALSE(p.witness.empty());
  const TensorId low = y + 1, fine = y + 2;
  ASSERT_EQ(p.relation.tensors[fine].name, "y fine");
  const TensorId x = 0;
  for (size_t i = 0; i < p.witness[y].size(); ++i) {
    const int32_t v = p.witness[x][i];
    const bool is_fine = p.witness[fine][i] == 1;
    Witness w = p.witness;
    w[fine][i] = is_fine ? 0 : 1;
    w[low][i] = static_cast<int32_t>(v - FloorOf(v, is_fine ? 64 : 2) * (is_fine ? 64 : 2));
    w[y][i] = is_fine ? Coarse(FloorOf(v, 64)) : Fine(FloorOf(v, 2));
    EXPECT_FALSE(Accepted(p.relation, w)) << v;
  }
}

TEST(TwoScalesTest, RefusesWhatDoesNotFit) {
  const auto code = [](const Case& c) {
    Builder b;
    const TensorId in = gadgets::Input(b, "in x", MakeShape({4}), c.v_lo, c.v_hi);
    gadgets::LookupInTwoScales(b, "y", b.Identity(in), ScalesOf(c));
    return b.failed() ? b.error().code : ErrorCode::kInternal;
  };
  EXPECT_EQ(code({-100, 100, 4, 4, -16, 16}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({-100, 100, 17, 4, -8192, 8192}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({-100, 100, 4, 2, -15, 16}), ErrorCode::kInvalidArgument);  // within a coarse one
  EXPECT_EQ(code({-100, 100, 4, 2, 16, 16}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({-(1 << 28), (1 << 28) - 1, 4, 2, -16, 16}), ErrorCode::kUnsupported);  // rows
  EXPECT_EQ(code({-(1 << 28), (1 << 28) - 1, 14, 2, -4096, 4096}), ErrorCode::kInternal);
}

}  // namespace
}  // namespace voizk
