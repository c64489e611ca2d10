// Every gadget holds for the honest witness and for no lie about its outputs, mod p.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "relation/builder.h"
#include "relation/checker.h"
#include "relation/reference_executor.h"

namespace voizk {
namespace {

std::vector<int32_t> Count(int32_t first, size_t n, int32_t step = 1) {
  std::vector<int32_t> v(n);
  for (size_t i = 0; i < n; ++i) v[i] = first + static_cast<int32_t>(i) * step;
  return v;
}

struct Proven {
  Relation relation;
  Witness witness;
};

Proven Prove(Builder&& b, const Inputs& inputs) {
  auto r = std::move(b).Finish();
  EXPECT_TRUE(r.ok()) << r.error().message;
  if (!r.ok()) return {};
  auto w = RunSteps(*r, inputs);
  EXPECT_TRUE(w.ok()) << w.error().message;
  if (!w.ok()) return {};
  const Status status = CheckRelation(*r, *w);
  EXPECT_TRUE(status.ok()) << status.error().message;
  const Status mod_p = CheckRelationModP(*r, *w);
  EXPECT_TRUE(mod_p.ok()) << mod_p.error().message;
  return {std::move(*r), std::move(*w)};
}

/// Whether the constraints hold mod p with some multiplicities: a lying prover may choose those.
bool Accepted(const Relation& r, Witness w) {
  return FillMultiplicities(r, &w).ok() && CheckRelationModP(r, w).ok();
}

const std::vector<int64_t> kLies = {-1,   1,       2,       -2,           128,
                                    -128, 1 << 14, 1 << 15, kHalfModulus, -kHalfModulus};

/// Every lie about a single cell that is no input is refused.
void ExpectPinned(const Proven& p) {
  ASSERT_FALSE(p.relation.tensors.empty());
  const size_t plain = p.relation.tensors.size() - p.relation.multiplicities.size();
  for (size_t t = 0; t < plain; ++t) {
    if (p.relation.tensors[t].name.starts_with("in ")) continue;
    for (size_t i = 0; i < p.witness[t].size(); i += 1 + p.witness[t].size() / 7) {
      for (int64_t lie : kLies) {
        Witness w = p.witness;
        int64_t x = (w[t][i] + lie) % kModulus;
        if (x > kHalfModulus) x -= kModulus;
        if (x < -kHalfModulus) x += kModulus;
        w[t][i] = static_cast<int32_t>(x);
        EXPECT_FALSE(Accepted(p.relation, w))
            << p.relation.tensors[t].name << "[" << i << "] off by " << lie;
      }
    }
  }
}

TEST(Gadgets, RequantPinsLowPartAndValue) {
  Builder b;
  const TensorId x = b.Input("in x", MakeShape({64}), -5000, 5000);
  const TensorId y = b.Requant("y", b.Identity(x), 4, [](int64_t hi) {
    return static_cast<int32_t>(std::clamp<int64_t>(hi, 0, 127));
  });
  const Proven p = Prove(std::move(b), {{"in x", Count(-5000, 64, 157)}});
  for (size_t i = 0; i < 64; ++i) {
    EXPECT_EQ(p.witness[y][i], std::clamp(p.witness[x][i] >> 4, 0, 127)) << i;
  }
  ExpectPinned(p);
}

TEST(Gadgets, DivisionPinsQuotientAndRemainder) {
  Builder b;
  const TensorId n = b.Input("in n", MakeShape({32}), -20000, 20000);
  const TensorId d = b.Input("in d", MakeShape({32}), -3, 200);
  const TensorId q = b.FloorDiv("q", b.Identity(n), b.Identity(d));
  const Proven p =
      Prove(std::move(b), {{"in n", Count(-20000, 32, 1203)}, {"in d", Count(1, 32, 5)}});
  for (size_t i = 0; i < 32; ++i) {
    EXPECT_EQ(
        p.witness[q][i],
        static_cast<int32_t>(std::floor(static_cast<double>(p.witness[n][i]) / p.witness[d][i])));
  }
}

TEST(Gadgets, AllTogether) {
  Builder b;
  const TensorId x = b.Input("in x", MakeShape({4, 6}), -128, 127);
  const View v = b.Identity(x);
  b.Max("narrow max", v, MakeShape({4}));
  b.Max("wide max", Builder::Scale(v, 100), MakeShape({4}));
  b.IsNonNegative("sign", v);
  b.Bits("bits", v, 8, true);
  const TensorId square = b.Mul("square", v, v, MakeShape({4, 6}));
  b.Isqrt("root", b.Identity(square));
  b.Mul("dot", v, v, MakeShape({4}));
  b.Materialise("sum", b.SumOver(x, 0));
  ExpectPinned(Prove(std::move(b), {{"in x", Count(-128, 24, 11)}}));
}

}  // namespace
}  // namespace voizk
