// Proving time: the lookup argument alone, the batch alone, whole networks.
//   build/release/prove_bench --benchmark_filter=Lookup --benchmark_format=json
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <algorithm>
#include <memory>
#include <random>

#include "crypto/hash/rng.h"
#include "proof/lookup/fraction_tree.h"
#include "proof/prover/prover.h"
#include "proof/prover/secrets.h"
#include "proof/sumcheck/product_polynomials.h"
#include "proof/sumcheck/prover_side.h"
#include "proof/verifier/verifier.h"
#include "relation/builder/builder.h"
#include "relation/builder/views.h"
#include "relation/execution/executor.h"
#include "relation/gadgets/commit.h"
#include "relation/gadgets/table.h"

namespace voizk {
namespace {

std::vector<int32_t> Random(size_t n, int lo, int hi, uint32_t seed) {
  std::mt19937 rng(seed);
  std::vector<int32_t> v(n);
  for (auto& x : v) x = lo + static_cast<int>(rng() % static_cast<uint32_t>(hi - lo + 1));
  return v;
}

std::shared_ptr<const Relation> FinishOrDie(Builder&& b) {
  auto relation = std::move(b).Finish();
  if (!relation.ok()) {
    std::fprintf(stderr, "%s\n", relation.error().message.c_str());
    std::abort();
  }
  return std::make_shared<const Relation>(std::move(relation).value());
}

double PeakMegabytes() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

// 2^bits - 2^12 lookups in a table of 2^12 rows: tree and all its sum-checks, masks included.
template <int D>
void BM_Lookup(benchmark::State& state) {
  const size_t n = (size_t{1} << state.range(0)) - 4096;
  Builder b;
  gadgets::Input(b, "x", MakeShape({static_cast<uint32_t>(n)}), 0, 4095);
  const auto relation = FinishOrDie(std::move(b));
  const Layout layout = MakeLayout(*relation);
  Witness witness = {Random(n, 0, 4095, 1), std::vector<int32_t>(4096)};
  for (const int32_t v : witness[0]) ++witness[1][static_cast<size_t>(v)];
  const LookupLeaves leaves(
      *relation, layout,
      [&](const View&) { return SecureVector<int32_t>(witness[0].begin(), witness[0].end()); },
      {witness[1]});
  const PadPlan plan = PlanLookups(layout.lookups.bits);
  const std::vector<Ext<D>> pads(plan.pads, Ext<D>::kOne);
  ThreadPool pool(static_cast<size_t>(state.range(1)));
  for (auto _ : state) {
    Transcript transcript;
    ByteWriter proof;
    ConstraintSystem<D> constraints(plan);
    ProverChannel<D> channel(&transcript, &constraints, pads, &proof);
    ProverSide<D> side(&channel);
    const auto challenges = DrawLookupChallenges<D>(side);
    FractionTree<D> tree(leaves, challenges, pool);
    auto claims = RunLookups<D>(side, layout.lookups.bits, tree);
    benchmark::DoNotOptimize(claims);
  }
  state.counters["ns_per_item"] = benchmark::Counter(
      static_cast<double>(n + 4096) * 1e-9,
      benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK_TEMPLATE(BM_Lookup, 4)
    ->Args({16, 1})
    ->Args({20, 1})
    ->Args({21, 1})
    ->Args({22, 1})
    ->Args({21, 2})
    ->Unit(benchmark::kMillisecond);
BENCHMARK_TEMPLATE(BM_Lookup, 5)->Args({20, 1})->Args({24, 1})->Unit(benchmark::kMillisecond);

// The batch sum-check on 2^bits cells, E given.
template <int D>
void BM_Batch(benchmark::State& state) {
  const int bits = static_cast<int>(state.range(0));
  const size_t n = size_t{1} << bits;
  SecureRng rng;
  std::vector<Fp> w(n);
  rng.Fill(w);
  ExtVec<D> e(n);
  for (int l = 0; l < D; ++l) rng.Fill(std::span<Fp>(e.limb(l), n));
  ThreadPool pool(static_cast<size_t>(state.range(1)));
  for (auto _ : state) {
    DotPolynomial<D> dot(e.Clone(), w, bits, pool);
    for (int i = 0; i < bits; ++i) {
      benchmark::DoNotOptimize(dot.Evaluate());
      dot.Bind(e.get(static_cast<size_t>(i)));
    }
  }
  state.counters["ns_per_item"] = benchmark::Counter(
      static_cast<double>(n) * 1e-9,
      benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK_TEMPLATE(BM_Batch, 4)->Args({20, 1})->Args({22, 1})->Unit(benchmark::kMillisecond);

// layers convolutions 64 -> 64, kernel 5, on `frames` frames, each requantised: 2 lookups and 2
// cells per activation.  Args: frames, layers, threads, degree (0: the relation's).
void BM_Network(benchmark::State& state) {
  const auto frames = static_cast<uint32_t>(state.range(0));
  Builder b;
  TensorId x = gadgets::Input(b, "x", MakeShape({frames, 64}), -128, 127);
  for (int layer = 0; layer < state.range(1); ++layer) {
    const auto seed = static_cast<uint32_t>(layer);
    const WeightsId w = b.AddWeights(MakeShape({64, 5, 64}), Random(64 * 5 * 64, -40, 40, seed));
    x = gadgets::Requant(
        b, "y", views::Conv1d(b, x, w, Random(64, -999, 999, seed), frames, 1, 1, 2, 1), 9,
        [](int64_t v) { return static_cast<int32_t>(std::clamp<int64_t>(v, 0, 127)); });
  }
  const auto relation = FinishOrDie(std::move(b));
  ThreadPool pool(static_cast<size_t>(state.range(2)));
  auto witness = Execute(*relation, {{"x", Random(frames * 64, -128, 127, 5)}}, &pool);
  if (!witness.ok()) return state.SkipWithError(witness.error().message.c_str());
  const auto instance = Instance::Make(relation, static_cast<int>(state.range(3)));
  if (!instance.ok()) return state.SkipWithError(instance.error().message.c_str());
  const PublicValues public_values;
  ProveStats stats;
  size_t bytes = 0;
  for (auto _ : state) {
    stats = {};
    const auto proof = Prove(*instance, public_values, *witness, &pool, &stats);
    bytes = proof->size();
    state.PauseTiming();
    VerifyStats verify;
    const Status status = Verify(*instance, public_values, *proof, &verify);
    if (!status.ok()) return state.SkipWithError(status.error().message.c_str());
    state.counters["verify_reductions_ms"] = verify.reductions_s * 1e3;
    state.counters["verify_functionals_ms"] = verify.functionals_s * 1e3;
    state.counters["verify_opening_ms"] = verify.opening_s * 1e3;
    state.ResumeTiming();
  }
  state.counters["lookups"] = static_cast<double>(instance->counts().leaves);
  state.counters["committed"] = static_cast<double>(instance->layout().cells.size);
  state.counters["degree"] = instance->degree();
  state.counters["proof_bytes"] = static_cast<double>(bytes);
  state.counters["peak_MB"] = PeakMegabytes();
  state.counters["evaluate_ms"] = stats.evaluate_s * 1e3;
  state.counters["commit_ms"] = stats.commit_s * 1e3;
  state.counters["lookups_ms"] = stats.lookups_s * 1e3;
  state.counters["batch_ms"] = stats.batch_s * 1e3;
  state.counters["open_ms"] = stats.open_s * 1e3;
}
BENCHMARK(BM_Network)
    ->Args({100, 2, 1, 0})
    ->Args({512, 8, 1, 0})
    ->Args({1024, 15, 1, 0})
    ->Args({1024, 15, 2, 0})
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace voizk
