// Commitment and opening per cell, at login parameters (degree 4, about 101 bits of queries), one
// thread.  "opening" is what src/proof/commit does after the batch sum-check.
#include <benchmark/benchmark.h>

#include <vector>

#include "crypto/hash/rng.h"
#include "proof/commit/opening.h"
#include "proof/commit/prover.h"
#include "proof/commit/public_writer.h"
#include "proof/commit/verifier.h"

namespace voizk {
namespace {

constexpr int kQueryBits = 101;

PadPlan LoginPlan() {
  PadPlan plan;
  plan.pads = 1000;
  for (uint32_t e = 0; e < 100; ++e) plan.AddTriple(2 * e, 2 * e + 1);
  plan.AddOpening();
  return plan;
}

// A true statement that costs nothing besides the opening: all scalars are 0, and the claim on the
// committed vector is 0 = 0 w(z).
template <int D>
struct Run {
  explicit Run(size_t count)
      : plan(LoginPlan()), params(*ChooseParams(count, plan, D, kQueryBits)) {
    SecureRng rng = SecureRng::ForTest(1);
    cells.resize(count);
    rng.Fill(std::span<Fp>(cells));
    for (int i = 0; i < params.cells_bits; ++i) z.push_back(rng.NextExt<D>());
  }
  // Send one scalar by `next`, a function of no arguments, per pad; then the products.
  template <typename Next>
  void Scalars(ConstraintSystem<D>* constraints, Next&& next) const {
    std::vector<Masked<D>> sent;
    while (sent.size() < plan.pads - PadPlan::kOpeningPads) sent.push_back(next());
    for (const auto& [x, y] : plan.triples) {
      constraints->RequireZero(constraints->Product(sent[x], sent[y]));
    }
  }
  // The proof; timing, if given, runs during the opening only.
  std::vector<uint8_t> Prove(benchmark::State* timing) const {
    if (timing != nullptr) timing->PauseTiming();
    ThreadPool pool(1);
    SecureRng rng;
    CommitProver<D> prover(params, plan, &rng, &pool);
    Transcript transcript;
    ByteWriter proof;
    SendRoot(prover.Commit(cells), &transcript, &proof);
    ConstraintSystem<D> constraints(plan);
    ProverChannel<D> channel(&transcript, &constraints, prover.pads(), &proof);
    Scalars(&constraints, [&] { return channel.Send("s", Ext<D>()); });
    if (timing != nullptr) timing->ResumeTiming();
    prover.Open(z, Ext<D>(), AffineForm<D>(), &channel, &transcript, &proof);
    return std::move(proof).Take();
  }
  PadPlan plan;
  CommitParams params;
  std::vector<Fp> cells;
  std::vector<Ext<D>> z;
};

template <int D>
void Commit(benchmark::State& state) {
  const Run<D> run(static_cast<size_t>(state.range(0)));
  ThreadPool pool(1);
  for (auto _ : state) {
    SecureRng rng;
    CommitProver<D> prover(run.params, run.plan, &rng, &pool);
    benchmark::DoNotOptimize(prover.Commit(run.cells));
  }
  state.counters["ns/cell"] = benchmark::Counter(
      static_cast<double>(run.cells.size()) * 1e-9,
      benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

template <int D>
void Open(benchmark::State& state) {
  const Run<D> run(static_cast<size_t>(state.range(0)));
  size_t bytes = 0;
  for (auto _ : state) bytes = run.Prove(&state).size();
  state.counters["proof_bytes"] = static_cast<double>(bytes);
  state.counters["ns/cell"] = benchmark::Counter(
      static_cast<double>(run.cells.size()) * 1e-9,
      benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

// Scalars included, which the opening's constraints need.
template <int D>
void Verify(benchmark::State& state) {
  const Run<D> run(static_cast<size_t>(state.range(0)));
  const std::vector<uint8_t> proof = run.Prove(nullptr);
  for (auto _ : state) {
    Transcript transcript;
    ByteReader reader(proof, ErrorCode::kProofMalformed, "proof");
    const Result<Digest> root = ReceiveRoot(&transcript, &reader);
    ConstraintSystem<D> constraints(run.plan);
    VerifierChannel<D> channel(&transcript, &constraints, &reader);
    run.Scalars(&constraints, [&] { return *channel.Receive("s"); });
    const Status status =
        VerifyOpening<D>(run.params, {*root, run.z, Ext<D>(), AffineForm<D>()}, &channel);
    if (!status.ok()) return state.SkipWithError(status.error().message.c_str());
  }
}

BENCHMARK(Commit<4>)->Arg(1 << 20)->Arg(1 << 22)->Unit(benchmark::kMillisecond);
BENCHMARK(Open<4>)->Arg(1 << 20)->Arg(1 << 22)->Unit(benchmark::kMillisecond);
BENCHMARK(Verify<4>)->Arg(1 << 20)->Arg(1 << 22)->Unit(benchmark::kMillisecond);
BENCHMARK(Commit<5>)->Arg(1 << 22)->Unit(benchmark::kMillisecond);
BENCHMARK(Open<5>)->Arg(1 << 22)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace voizk
