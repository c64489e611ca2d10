// A search for relations that the certificate accepts and should not: small random relations, their
// claimed ranges drawn as tight as the certificate allows, then every assignment of values in and
// around the claims.  What holds mod p must hold over the integers and within the claims.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "relation/certificate/certificate.h"
#include "relation/execution/checker.h"

namespace voizk {
namespace {

const Shape kOne = MakeShape({1});
constexpr int64_t kWidest = 30;

class RandomRelation {
 public:
  explicit RandomRelation(uint32_t seed) : rng_(seed) {}

  Relation Make() {
    r_ = {};
    const uint32_t tensors = 1 + Below(3);
    for (uint32_t t = 0; t < tensors; ++t) r_.tensors.push_back({"", kOne, -kWidest, kWidest});
    for (uint32_t k = 1 + Below(2); k > 0; --k) r_.tables.push_back(SomeTable());
    // One constraint at least for each tensor, most of them of the kinds that bound it.
    for (uint32_t k = tensors + Below(3); k > 0; --k) AddConstraint();
    for (const Table& t : r_.tables) {
      r_.multiplicities.push_back(static_cast<TensorId>(r_.tensors.size()));
      r_.tensors.push_back({"", MakeShape({static_cast<uint32_t>(t.keys.size())}), 0, 9});
    }
    return r_;
  }

 private:
  uint32_t Below(uint32_t n) { return static_cast<uint32_t>(rng_() % n); }
  int32_t Pick(std::initializer_list<int32_t> values) {
    return values.begin()[Below(static_cast<uint32_t>(values.size()))];
  }

  Table SomeTable() {
    Table t;
    const int32_t first = Pick({-3, -1, 0, 0, 2});
    const int32_t kind = Pick({0, 0, 1, 2, 3});
    for (int32_t k = first; k <= first + 4; ++k) {
      t.keys.push_back(k);
      t.values.push_back(kind == 0 ? 0 : kind == 1 ? k : kind == 2 ? std::max(k, 0) : -2 * k);
    }
    return t;
  }

  TensorId SomeTensor() {
    return Below(static_cast<uint32_t>(r_.tensors.size() - r_.multiplicities.size()));
  }
  Term TermOf(TensorId t, int32_t coeff) {
    return {t, coeff, IndexMap{{{DimSource::Kind::kAffine, 0, 1, 0, {}}}, {}, {}}};
  }
  View SomeView() {
    View v{kOne, {}, {}};
    for (uint32_t k = Below(4) + (Below(2) == 0 ? 1 : 0); k > 0; --k) {
      constexpr int32_t kLarge = (1 << 30) - 1;
      v.terms.push_back(TermOf(SomeTensor(), Pick({1, 1, 1, -1, -1, 2, -3, kLarge, -kLarge})));
    }
    if (Below(2) == 0) {
      v.constants.push_back({0, {Pick({1, -1, 3, -7, INT32_MAX, INT32_MIN, 1 << 30})}});
    }
    if (Below(8) == 0) v.constants.push_back({0, {Pick({INT32_MAX, INT32_MIN, 5, -5})}});
    return v;
  }
  View SimpleView() {
    View v{kOne, {TermOf(SomeTensor(), Pick({1, 1, -1}))}, {}};
    if (Below(3) == 0) v.constants.push_back({0, {Pick({1, -1, 2})}});
    if (Below(3) == 0) v.terms.push_back(TermOf(SomeTensor(), Pick({1, -1, 2})));
    return v;
  }
  View AnyView() { return Below(3) == 0 ? SomeView() : SimpleView(); }

  void AddConstraint() {
    const auto table = Below(static_cast<uint32_t>(r_.tables.size()));
    switch (Below(8)) {
      case 0:
      case 1:
        return r_.lookups.push_back({AnyView(), Pick({0, 0, 1, 2, 29}), false, {}, table});
      case 2:
      case 3:
        return r_.lookups.push_back({AnyView(), Pick({0, 0, 1}), true, AnyView(), table});
      case 4:
        return r_.equalities.push_back({AnyView()});
      case 7: {
        const int32_t lo = Pick({-5, -1, 0, 0, 3, -1065353216});
        return r_.publics.push_back({"", AnyView(), lo, lo + Pick({0, 1, 4, 1 << 20})});
      }
      case 5: {
        const View v = AnyView();
        return r_.products.push_back({v, v, Below(2) == 0 ? v : AnyView()});
      }
      default:
        return r_.products.push_back({AnyView(), AnyView(), AnyView()});
    }
  }

  std::mt19937 rng_;
  Relation r_;
};

bool Certified(const Relation& r) { return Certify(r).ok(); }

// Every end of every claim moved inwards as long as the certificate stands.
void Tighten(Relation* r) {
  for (size_t t = 0; t + r->multiplicities.size() < r->tensors.size(); ++t) {
    Tensor& tensor = r->tensors[t];
    for (int64_t step = 16; step > 0; step /= 2) {
      for (const bool low : {true, false}) {
        for (;;) {
          const Tensor before = tensor;
          (low ? tensor.lo : tensor.hi) += low ? step : -step;
          if (tensor.lo <= tensor.hi && Certified(*r)) continue;
          tensor = before;
          break;
        }
      }
    }
  }
}

std::vector<int32_t> Candidates(const Tensor& t, int64_t beyond) {
  std::vector<int32_t> values;
  for (int64_t x = t.lo - beyond; x <= t.lo + 1; ++x) values.push_back(static_cast<int32_t>(x));
  for (int64_t x = t.hi - 1; x <= t.hi + beyond; ++x) values.push_back(static_cast<int32_t>(x));
  // Halves and quarters mod p, the ends of the field.
  for (const int32_t x : {0, 1065353216, -1065353216, 532676608, -532676608}) values.push_back(x);
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  return values;
}

// Tries every assignment of values up to `beyond` outside the claims.  Returns how many satisfy the
// relation mod p.
size_t TryAll(const Relation& r, size_t tensor, Witness* w, int64_t beyond = 3) {
  if (tensor + r.multiplicities.size() < r.tensors.size()) {
    size_t found = 0;
    for (const int32_t x : Candidates(r.tensors[tensor], beyond)) {
      (*w)[tensor] = {x};
      found += TryAll(r, tensor + 1, w, beyond);
    }
    return found;
  }
  // The one statement that could go with these values mod p.
  PublicInputValues inputs;
  for (const PublicInput& p : r.publics) {
    int64_t x = EvaluateView(r, p.v, *w)[0] % kModulus;
    if (x > kHalfModulus) x -= kModulus;
    if (x < -kHalfModulus) x += kModulus;
    inputs.push_back({static_cast<int32_t>(x)});
  }
  if (!FillMultiplicities(r, w).ok() || !CheckRelationModP(r, *w, inputs).ok()) return 0;
  const Status over_the_integers = CheckRelation(r, *w, inputs);
  EXPECT_TRUE(over_the_integers.ok()) << over_the_integers.error().message;
  return 1;
}

TEST(CertificateSearch, NothingThatHoldsModPFailsOverTheIntegers) {
  const char* more = std::getenv("VOIZK_SEARCH_ROUNDS");
  const int rounds = more == nullptr ? 30000 : std::atoi(more);
  RandomRelation random(1);
  size_t certified = 0, satisfied = 0;
  for (int round = 0; round < rounds; ++round) {
    Relation r = random.Make();
    if (!Certified(r)) continue;
    ++certified;
    Tighten(&r);
    Witness w(r.tensors.size());
    satisfied += TryAll(r, 0, &w);
    ASSERT_FALSE(HasFailure()) << "round " << round;
  }
  std::printf("%zu certified, %zu satisfied\n", certified, satisfied);
  EXPECT_GT(certified, 100u);
  EXPECT_GT(satisfied, 100u);
}

/// Small relations whose views are small numbers in disguise: terms near the limit of a coefficient
/// that cancel, in any order, in views up to and beyond the length at which equal terms are merged.
/// Tensor 0 is a constant, so that such sums are bounded exactly.
class DisguisedRelation {
 public:
  explicit DisguisedRelation(uint32_t seed) : rng_(seed) {}

  Relation Make() {
    r_ = {};
    for (int t = 0; t < 3; ++t) r_.tensors.push_back({"", kOne, -kWidest, kWidest});
    const int32_t constant = Between(1, 2);
    r_.tensors[0].lo = r_.tensors[0].hi = constant;
    View fixed = Of(0, 1);
    fixed.constants.push_back({0, {-constant}});
    r_.equalities.push_back({fixed});
    Table keys, steps;
    for (int32_t k = -4; k <= 4; ++k) {
      keys.keys.push_back(k);
      steps.keys.push_back(k);
      steps.values.push_back(k < Between(-3, 4) ? 0 : Between(-9, 9));
    }
    keys.values.assign(keys.keys.size(), 0);
    r_.tables = {std::move(keys), std::move(steps)};
    r_.lookups.push_back({Of(1, 1), 0, false, {}, 0});
    View key = Of(1, 1), value = Of(2, Between(0, 1) == 0 ? 1 : -1);
    if (Between(0, 2) == 0) value.terms.push_back(Of(1, 1).terms[0]);
    if (Between(0, 2) == 0) Disguise(&key, 0);
    Disguise(&value, Between(-4, 4));
    r_.lookups.push_back({key, 0, true, value, 1});
    for (const Table& t : r_.tables) {
      r_.multiplicities.push_back(static_cast<TensorId>(r_.tensors.size()));
      r_.tensors.push_back({"", MakeShape({static_cast<uint32_t>(t.keys.size())}), 0, 9});
    }
    return r_;
  }

 private:
  int32_t Between(int32_t lo, int32_t hi) {
    return lo + static_cast<int32_t>(rng_() % static_cast<uint32_t>(hi - lo + 1));
  }
  View Of(TensorId t, int32_t coeff) {
    return {kOne, {{t, coeff, IndexMap{{{DimSource::Kind::kAffine, 0, 1, 0, {}}}, {}, {}}}}, {}};
  }

  /// Adds terms of tensor 0 whose coefficients add up to `sum`.
  void Disguise(View* v, int32_t sum) {
    std::vector<int32_t> coefficients{sum};
    int32_t pairs = Between(2, 4);
    if (Between(0, 7) == 0) pairs += 30;  // more than the 64 terms in which equals are looked for
    for (; pairs > 0; --pairs) {
      const int32_t c = (1 << 30) - 1 - Between(0, 8);
      coefficients.insert(coefficients.end(), {c, -c});
    }
    std::shuffle(coefficients.begin(), coefficients.end(), rng_);
    for (const int32_t c : coefficients) v->terms.push_back(Of(0, c).terms[0]);
  }

  std::mt19937 rng_;
  Relation r_;
};

TEST(CertificateSearch, SumsInDisguiseAreNoOtherSums) {
  DisguisedRelation random(1);
  size_t certified = 0, satisfied = 0;
  for (int round = 0; round < 200; ++round) {
    Relation r = random.Make();
    if (!Certified(r)) continue;
    ++certified;
    Tighten(&r);
    Witness w(r.tensors.size());
    w[0] = {static_cast<int32_t>(r.tensors[0].lo)};
    satisfied += TryAll(r, 1, &w, 12);
    ASSERT_FALSE(HasFailure()) << "round " << round;
  }
  std::printf("%zu certified, %zu satisfied\n", certified, satisfied);
  EXPECT_GT(certified, 50u);
  EXPECT_GT(satisfied, 50u);
}

}  // namespace
}  // namespace voizk
