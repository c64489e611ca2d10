// Sums of views are exact, however near their coefficients and constants come to 2^31: what the
// certificate bounds is what was asked for.  Saturated sums once cancelled to 0 and certified a
// relation that no integers satisfy.
#include "relation/certificate/view_algebra.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <random>

#include "relation/builder/view_arithmetic.h"
#include "relation/execution/checker.h"
#include "relation/support/raw_relation.h"

namespace voizk {
namespace {

constexpr int32_t kLarge = (1 << 30) - 1;  // the largest coefficient of a term
const Shape kOne = MakeShape({1});

// value = t - 5, written as t and six terms of the constant tensor 1.  With the sum cut at 2^31 - 1
// the six cancel to 0, key - rest is x instead of x + 5, only the rows x <= 5 seem to be reached,
// and t = T(x) + 5 seems to be 5.  With t = 25 the equality holds mod p; no integer satisfies it.
TEST(ViewAlgebra, ARelationThatNoIntegersSatisfyIsNotCertified) {
  Raw raw;
  const TensorId one = raw.Tensor(kOne, 1, 1), x = raw.Tensor(kOne, 0, 10);
  const TensorId t = raw.Tensor(kOne, 5, 5);
  raw.InRange(raw.Of(one), 1, 1);
  raw.InRange(raw.Of(x), 0, 10);
  Table step;
  for (int32_t k = 0; k <= 10; ++k) {
    step.keys.push_back(k);
    step.values.push_back(k <= 5 ? 0 : 20);
  }
  raw.r.tables.push_back(std::move(step));
  View value = raw.Of(t);
  for (const int32_t c : {-kLarge, -kLarge, -(1 + 5), kLarge, kLarge, 1}) {
    value.terms.push_back(raw.Of(one, c).terms[0]);
  }
  raw.r.lookups.push_back({raw.Of(x), 0, true, value, 2});
  View odd = raw.Of(t, 1 << 27);                // an even number ...
  odd.constants.push_back({0, {-1224736767}});  // ... and an odd one; 25 * 2^27 - p
  raw.r.equalities.push_back({odd});

  const Relation r = raw.Finished();
  Witness w(r.tensors.size());
  w[one] = {1};
  w[x] = {10};
  w[t] = {25};
  ASSERT_TRUE(FillMultiplicities(r, &w).ok());
  ASSERT_TRUE(CheckRelationModP(r, w).ok());
  ASSERT_FALSE(CheckRelation(r, w).ok());
  ExpectRefused(r, "tensor 2: its range is not enforced");

  raw.r.equalities.clear();
  raw.r.tensors[t].hi = 25;
  ExpectCertified(raw);
}

__extension__ using Int128 = __int128;

/// What a view of one cell per tensor is: its coefficient of each tensor, and the constant under
/// the number of no tensor.
std::map<int64_t, Int128> Meaning(const View& v) {
  std::map<int64_t, Int128> sums;
  for (const Term& t : v.terms) sums[t.tensor] += t.coeff;
  for (const ConstantTerm& c : v.constants) sums[-1] += c.values[0];
  std::erase_if(sums, [](const auto& entry) { return entry.second == 0; });
  return sums;
}

TEST(ViewAlgebra, SumsNearTheLimitAreExactOrNone) {
  std::mt19937 rng(3);
  const auto below = [&](uint32_t n) { return static_cast<uint32_t>(rng() % n); };
  const auto near = [&] {
    constexpr std::array<int32_t, 10> kPlaces{kLarge, -kLarge, INT32_MAX, INT32_MIN,  0,
                                              1,      -1,      1 << 30,   -(1 << 30), 77};
    return kPlaces[below(kPlaces.size())];
  };
  const auto any_view = [&] {
    View v{kOne, {}, {}};
    // Some views are longer than those in which equal terms are looked for.
    for (uint32_t n = below(4) == 0 ? 60 + below(20) : below(9); n > 0; --n) {
      v.terms.push_back({below(3), near(), IndexMap{{DimSource{}}, {}, {}}});
    }
    for (uint32_t n = below(4); n > 0; --n) v.constants.push_back({0, {near()}});
    return v;
  };
  size_t sums = 0, none = 0;
  for (int round = 0; round < 20000; ++round) {
    const View a = any_view(), b = any_view();
    const int32_t factor = below(2) == 0 ? -1 : near();
    const std::optional<View> sum = Combine(a, b, factor);
    if (!sum) {
      ++none;
      const auto leaves = [&](int32_t x) { return !std::in_range<int32_t>(int64_t{factor} * x); };
      EXPECT_TRUE(std::any_of(b.terms.begin(), b.terms.end(),
                              [&](const Term& t) { return leaves(t.coeff); }) ||
                  std::any_of(b.constants.begin(), b.constants.end(),
                              [&](const ConstantTerm& c) { return leaves(c.values[0]); }));
      continue;
    }
    ++sums;
    std::map<int64_t, Int128> expected = Meaning(a);
    for (const auto& [tensor, c] : Meaning(b)) expected[tensor] += c * factor;
    std::erase_if(expected, [](const auto& entry) { return entry.second == 0; });
    ASSERT_TRUE(Meaning(*sum) == expected) << "round " << round;
  }
  EXPECT_GT(sums, 1000u);
  EXPECT_GT(none, 1000u);
}

TEST(ViewAlgebra, ArithmeticOfTheBuilderIsExactToo) {
  const View c{kOne, {{0, kLarge, IndexMap{{DimSource{}}, {}, {}}}}, {}};
  View v{kOne, {}, {}};
  for (int k = 0; k < 5; ++k) v = views::Add(v, c);
  v = views::Offset(v, INT32_MAX);
  v = views::Offset(v, INT32_MAX);
  for (int k = 0; k < 4; ++k) v = views::Sub(v, c);
  v = views::Offset(v, -INT32_MAX);
  EXPECT_TRUE(Meaning(v) == Meaning(views::Offset(c, INT32_MAX)));
  EXPECT_EQ(views::Scale(c, 1 << 30).shape.rank, 0);  // 2^60 is no coefficient
  EXPECT_EQ(views::Scale(c, 0).terms.size(), 0u);
}

}  // namespace
}  // namespace voizk
