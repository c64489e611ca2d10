// A relation with its honest witness, and lies about that witness.
#ifndef VOIZK_TESTS_RELATION_GADGETS_PROVEN_H_
#define VOIZK_TESTS_RELATION_GADGETS_PROVEN_H_

#include <gtest/gtest.h>

#include <initializer_list>
#include <utility>
#include <vector>

#include "relation/builder/builder.h"
#include "relation/core/structure.h"
#include "relation/execution/checker.h"
#include "relation/execution/executor.h"
#include "relation/support/reference_executor.h"

namespace voizk {

struct Proven {
  Relation relation;
  Witness witness;
};

inline Proven Prove(Builder&& b, const Inputs& inputs) {
  auto r = std::move(b).Finish();
  EXPECT_TRUE(r.ok()) << r.error().message;
  if (!r.ok()) return {};
  auto w = RunSteps(*r, inputs);
  EXPECT_TRUE(w.ok()) << w.error().message;
  if (!w.ok()) return {};
  const auto fast = Execute(*r, inputs, nullptr);
  EXPECT_TRUE(fast.ok() && *fast == *w) << "the executor and the plain reading of steps differ";
  const Status status = CheckRelation(*r, *w);
  EXPECT_TRUE(status.ok()) << status.error().message;
  const Status mod_p = CheckRelationModP(*r, *w);
  EXPECT_TRUE(mod_p.ok()) << mod_p.error().message;
  return {std::move(*r), std::move(*w)};
}

/// Whether the constraints hold mod p with some multiplicities: a lying prover may choose those.
inline bool Accepted(const Relation& r, Witness w) {
  return FillMultiplicities(r, &w).ok() && CheckRelationModP(r, w).ok();
}

inline const std::vector<int64_t> kLies = {-1,   1,       2,       -2,           128,
                                           -128, 1 << 14, 1 << 15, kHalfModulus, -kHalfModulus};

/// Every lie about a single cell that is no input is refused.
inline void ExpectPinned(const Proven& p) {
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

/// The witness with some cells overwritten.
inline Witness With(Witness w, std::initializer_list<std::pair<TensorId, int32_t>> firsts) {
  for (const auto& [t, x] : firsts) w[t][0] = x;
  return w;
}

}  // namespace voizk

#endif  // VOIZK_TESTS_RELATION_GADGETS_PROVEN_H_
