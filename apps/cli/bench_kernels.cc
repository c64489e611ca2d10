#include "bench_kernels.h"

#include <memory>
#include <utility>
#include <vector>

#include "crypto/hash/rng.h"
#include "proof/commit/prover.h"
#include "proof/lookup/fraction_tree.h"
#include "proof/lookup/leaves.h"
#include "proof/lookup/reduction.h"
#include "proof/security/table.h"
#include "proof/sumcheck/prover_side.h"
#include "relation/builder/builder.h"
#include "relation/core/layout.h"
#include "relation/gadgets/commit.h"
#include "voizk/memory.h"

namespace voizk::cli {
namespace {

constexpr uint32_t kRows = 1 << 12;
constexpr int kDegree = 4;
constexpr int kDegreeFiveFrom = 24;  // 2^24 leaves

/// Like a login's: about a thousand pads, a hundred triples.
PadPlan LoginPlan() {
  PadPlan plan;
  plan.pads = 1000;
  for (uint32_t e = 0; e < 100; ++e) plan.AddTriple(2 * e, 2 * e + 1);
  plan.AddOpening();
  return plan;
}

/// Spread over all rows.
uint32_t Key(uint32_t i) { return (i * 2654435761U) >> 20; }

template <int D>
KernelResult TimeLookups(uint32_t items, int repeats, ThreadPool* pool) {
  const uint32_t lookups = items - kRows;
  Builder b;
  gadgets::Input(b, "x", MakeShape({lookups}), 0, kRows - 1);
  auto relation = std::move(b).Finish();
  if (!relation.ok()) return {};
  const Layout layout = MakeLayout(*relation);
  SecureVector<int32_t> keys(lookups);
  std::vector<int32_t> counts(kRows);
  for (uint32_t i = 0; i < lookups; ++i) {
    const uint32_t key = Key(i);
    keys[i] = static_cast<int32_t>(key);
    ++counts[key];
  }
  const LookupLeaves leaves(*relation, layout, [&](const View&) { return keys; }, {counts});
  const PadPlan plan = PlanLookups(layout.lookups.bits);
  const std::vector<Ext<D>> pads(plan.pads, Ext<D>::kOne);
  bool ran = true;
  const double seconds = BestOf(repeats, [&] {
    Transcript transcript;
    ByteWriter proof;
    ConstraintSystem<D> constraints(plan);
    ProverChannel<D> channel(&transcript, &constraints, pads, &proof);
    ProverSide<D> side(&channel);
    const auto challenges = DrawLookupChallenges<D>(side);
    FractionTree<D> tree(leaves, challenges, *pool);
    ran = ran && RunLookups<D>(side, layout.lookups.bits, tree).ok();
  });
  return {ran ? seconds : 0, items};
}

}  // namespace

double CalibrationNanoseconds(int repeats) {
  constexpr int kSteps = 1 << 24;
  volatile uint64_t sink = 1;
  const double seconds = BestOf(repeats, [&sink] {
    uint64_t x = sink;
    for (int i = 0; i < kSteps; ++i) x = x * 6364136223846793005U + 1442695040888963407U;
    sink = x;
  });
  return seconds * 1e9 / kSteps;
}

KernelResult LookupKernel(int log_items, int repeats, ThreadPool* pool) {
  const KeepMemory keep;
  const uint32_t items = 1U << log_items;
  return log_items < kDegreeFiveFrom ? TimeLookups<4>(items, repeats, pool)
                                     : TimeLookups<5>(items, repeats, pool);
}

KernelResult CommitKernel(int log_items, int repeats, ThreadPool* pool) {
  const KeepMemory keep;
  const uint32_t items = 1U << log_items;
  const PadPlan plan = LoginPlan();
  const auto params = ChooseParams(items, plan, kDegree, kRequiredBits + 1);
  if (!params.ok()) return {};
  SecureRng rng;
  std::vector<Fp> cells(items);
  rng.Fill(std::span<Fp>(cells));
  const double seconds = BestOf(repeats, [&] {
    SecureRng fresh;
    CommitProver<kDegree> prover(*params, plan, &fresh, pool);
    prover.Commit(cells);
  });
  return {seconds, items};
}

}  // namespace voizk::cli
