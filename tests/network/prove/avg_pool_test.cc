// Guards: average pooling through the public interface gives the floored mean of each window, is
// proven and verified, and no other mean is, whatever witness the prover makes up.
#include <gtest/gtest.h>

#include <memory>
#include <random>

#include "network/graph/graph.h"
#include "network/operations/pool.h"
#include "proof/prover/prover.h"
#include "proof/verifier/verifier.h"
#include "relation/execution/executor.h"
#include "voizk/graph.h"

namespace voizk {
namespace {

struct Image {
  uint32_t height, width, channels;
  std::vector<int32_t> cells;
};

/// floor(sum / number) by definition.
std::vector<int32_t> Averages(const Image& x, std::array<uint32_t, 2> size,
                              std::array<uint32_t, 2> stride) {
  std::vector<int32_t> y;
  const auto number = static_cast<int64_t>(size[0] * size[1]);
  for (uint32_t h = 0; h + size[0] <= x.height; h += stride[0]) {
    for (uint32_t w = 0; w + size[1] <= x.width; w += stride[1]) {
      for (uint32_t c = 0; c < x.channels; ++c) {
        int64_t sum = 0;
        for (uint32_t i = 0; i < size[0]; ++i) {
          for (uint32_t j = 0; j < size[1]; ++j) {
            sum += x.cells[((h + i) * x.width + w + j) * x.channels + c];
          }
        }
        y.push_back(static_cast<int32_t>(sum / number - (sum % number < 0 ? 1 : 0)));
      }
    }
  }
  return y;
}

void Check(const Network& n, const Inputs& inputs, const std::vector<int32_t>& expected) {
  ASSERT_TRUE(n.status().ok()) << n.status().error().message;
  const auto y = EvaluateNetwork(n, inputs);
  ASSERT_TRUE(y.ok()) << y.error().message;
  EXPECT_EQ(*y, expected);
  const auto proof = ProveNetwork(n, inputs, *y, {});
  ASSERT_TRUE(proof.ok()) << proof.error().message;
  EXPECT_TRUE(VerifyNetwork(n, *y, {}, *proof).ok());
  for (const int32_t change : {1, -1}) {
    std::vector<int32_t> other = *y;
    other.back() += change;
    EXPECT_FALSE(ProveNetwork(n, inputs, other, {}).ok());
    EXPECT_FALSE(VerifyNetwork(n, other, {}, *proof).ok());
  }
}

TEST(AvgPool, IsTheFlooredMeanAndProven) {
  std::mt19937 rng(7);
  const auto up_to = [&rng](uint32_t n) { return 1 + static_cast<uint32_t>(rng() % n); };
  for (int round = 0; round < 12; ++round) {
    const std::array<uint32_t, 2> size{up_to(3), up_to(3)}, stride{up_to(3), up_to(3)};
    Image x{size[0] + up_to(4), size[1] + up_to(4), up_to(3), {}};
    x.cells.resize(size_t{x.height} * x.width * x.channels);
    for (int32_t& v : x.cells) v = static_cast<int32_t>(rng() % 255) - 127;
    Network two;
    two.AvgPool2d(two.Input("x", {x.height, x.width, x.channels}, -127, 127), size, stride);
    Check(two, {{"x", x.cells}}, Averages(x, size, stride));

    x.width = 1;
    x.cells.resize(size_t{x.height} * x.channels);
    Network one;
    one.AvgPool1d(one.Input("x", {x.height, x.channels}, -127, 127), size[0], stride[0]);
    Check(one, {{"x", x.cells}}, Averages(x, {size[0], 1}, {stride[0], 1}));
  }
}

/// Any mean but the right one, with the remainder and the multiplicities made to fit as far as they
/// can: too far for the remainder's range, or a fraction mod p outside the mean's.
TEST(AvgPool, AnyOtherMeanIsNotProven) {
  Graph g;
  g.Add("y", op::MeanPool({1, {3, 1}, {3, 1}}), {g.Input("x", MakeShape({6, 1}), -100, 100)});
  auto relation = g.BuildStandalone();
  ASSERT_TRUE(relation.ok()) << relation.error().message;
  const auto instance = Instance::Make(std::make_shared<const Relation>(*relation));
  ASSERT_TRUE(instance.ok()) << instance.error().message;
  const auto honest = Execute(*relation, {{"x", {5, 6, 9, -1, 0, 0}}}, nullptr);
  ASSERT_TRUE(honest.ok()) << honest.error().message;
  size_t mean = 0;
  while (relation->tensors[mean].name != "y") ++mean;
  ASSERT_EQ((*honest)[mean], (std::vector<int32_t>{6, -1}));
  const PublicValues none;
  ThreadPool pool;
  const auto prove = [&](const Witness& w) { return Prove(*instance, none, w, &pool); };
  const auto proof = prove(*honest);
  ASSERT_TRUE(proof.ok());
  EXPECT_TRUE(Verify(*instance, none, *proof).ok());
  // (20 - 1) / 3 and (20 - 0) / 3 mod p leave remainders 1 and 0, which are in range.
  constexpr int64_t kThird = 710'235'478;  // 1/3 mod p
  static_assert((3 * kThird - 1) % kModulus == 0);
  const auto centered = [](int64_t v) {
    v %= kModulus;
    if (v > kHalfModulus) v -= kModulus;
    if (v < -kHalfModulus) v += kModulus;
    return static_cast<int32_t>(v);
  };
  for (const int32_t lie : {5, 7, 100, -100, centered(19 * kThird), centered(20 * kThird)}) {
    Witness w = *honest;
    w[mean][0] = lie;
    (void)FillMultiplicities(*relation, &w);  // where every entry is in its table
    EXPECT_FALSE(prove(w).ok()) << lie;
  }
}

}  // namespace
}  // namespace voizk
