#include "bench_kernels.h"

#include <memory>
#include <utility>
#include <vector>

#include "commit/prover.h"
#include "hash/rng.h"
#include "lookup/fraction_tree.h"
#include "lookup/leaves.h"
#include "lookup/reduction.h"
#include "relation/builder.h"
#include "relation/layout.h"
#include "security/table.h"

namespace voizk::cli {
namespace {

constexpr uint32_t kRows = 1 << 12;
constexpr uint32_t kItems = 1 << 20;
constexpr int kDegree = 4;

/// Like a login's: about a thousand pads, a hundred triples.
PadPlan LoginPlan() {
  PadPlan plan;
  plan.pads = 1000;
  for (uint32_t e = 0; e < 100; ++e) plan.AddTriple(2 * e, 2 * e + 1);
  plan.AddOpening();
  return plan;
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

KernelResult LookupKernel(int repeats, ThreadPool* pool) {
  constexpr uint32_t kLookups = kItems - kRows;
  Builder b;
  b.Input("x", MakeShape({kLookups}), 0, kRows - 1);
  auto relation = std::move(b).Finish();
  if (!relation.ok()) return {};
  const Layout layout = MakeLayout(*relation);
  SecureVector<int32_t> keys(kLookups);
  std::vector<int32_t> counts(kRows);
  for (uint32_t i = 0; i < kLookups; ++i) {
    const uint32_t key = (i * 2654435761U) >> 20;  // spread over all rows
    keys[i] = static_cast<int32_t>(key);
    ++counts[key];
  }
  const LookupLeaves leaves(*relation, layout, [&](const View&) { return keys; }, {counts});
  PadPlan plan;
  PlanLookups(layout.lookups.bits, &plan);
  const std::vector<Ext<kDegree>> pads(plan.pads, Ext<kDegree>::kOne);
  bool ran = true;
  const double seconds = BestOf(repeats, [&] {
    Transcript transcript;
    ByteWriter proof;
    ConstraintSystem<kDegree> constraints(plan);
    ProverChannel<kDegree> channel(&transcript, &constraints, pads, &proof);
    ProverSide<kDegree> side(&channel);
    const auto challenges = DrawLookupChallenges<kDegree>(side);
    FractionTree<kDegree> tree(leaves, challenges, *pool);
    ran = ran && RunLookups<kDegree>(side, layout.lookups.bits, tree).ok();
  });
  return {ran ? seconds : 0, kItems};
}

KernelResult CommitKernel(int repeats, ThreadPool* pool) {
  const PadPlan plan = LoginPlan();
  const auto params = ChooseParams(kItems, plan, kDegree, kRequiredBits + 0.5);
  if (!params.ok()) return {};
  SecureRng rng;
  std::vector<Fp> cells(kItems);
  rng.Fill(std::span<Fp>(cells));
  const double seconds = BestOf(repeats, [&] {
    SecureRng fresh;
    CommitProver<kDegree> prover(*params, plan, &fresh, pool);
    prover.Commit(cells);
  });
  return {seconds, kItems};
}

}  // namespace voizk::cli
