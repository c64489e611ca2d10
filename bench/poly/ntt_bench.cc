// Time per code-word cell of Reed-Solomon encoding at rate 1/4, per eq-table entry, per hashed
// byte. Run: build/release/poly_bench --benchmark_min_time=0.1
#include <benchmark/benchmark.h>

#include <random>
#include <vector>

#include "algebra/poly/eq.h"
#include "algebra/poly/ntt.h"
#include "crypto/hash/sha256.h"

namespace voizk {
namespace {

std::vector<Fp> Random(size_t n) {
  std::mt19937_64 rng(n);
  std::vector<Fp> v(n);
  for (Fp& x : v) x = Fp::FromU64(rng());
  return v;
}
benchmark::Counter Per(size_t n) {
  return benchmark::Counter(static_cast<double>(n), benchmark::Counter::kIsIterationInvariantRate |
                                                        benchmark::Counter::kInvert);
}

void EncodeRow(benchmark::State& state) {
  const NttPlan plan(static_cast<int>(state.range(0)), Fp::FromU32(3));
  const std::vector<Fp> f = Random(plan.size() / 4);
  std::vector<Fp> out(plan.size());
  for (auto _ : state) {
    plan.Forward(f, out);
    benchmark::ClobberMemory();
  }
  state.counters["per_code_cell"] = Per(plan.size());
}
BENCHMARK(EncodeRow)->Arg(13)->Arg(16);

void EncodeTile(benchmark::State& state) {
  const NttPlan plan(static_cast<int>(state.range(0)), Fp::FromU32(3));
  const std::vector<Fp> coefficients = Random(plan.size() / 4 * NttPlan::kTileRows);
  std::vector<Fp> columns(coefficients.size());
  for (auto _ : state) {
    for (size_t b = 0; b < 4; ++b) {
      plan.ForwardTileBlock(coefficients, 2, b, columns, [](size_t, std::span<Fp>) {});
    }
    benchmark::ClobberMemory();
  }
  state.counters["per_code_cell"] = Per(plan.size() * NttPlan::kTileRows);
}
BENCHMARK(EncodeTile)->Arg(13)->Arg(16);

void EqTableBuild(benchmark::State& state) {
  std::vector<Ext<4>> z(static_cast<size_t>(state.range(0)));
  const std::vector<Fp> limbs = Random(4 * z.size());
  for (size_t i = 0; i < limbs.size(); ++i) z[i / 4][static_cast<int>(i % 4)] = limbs[i];
  for (auto _ : state) benchmark::DoNotOptimize(EqTable<4>(z).limb(0));
  state.counters["per_entry"] = Per(size_t{1} << z.size());
}
BENCHMARK(EqTableBuild)->Arg(14)->Arg(20);

void HashLong(benchmark::State& state) {
  const std::vector<uint8_t> bytes(1 << 16, 7);
  Sha256 hasher;
  for (auto _ : state) benchmark::DoNotOptimize(hasher.Update(bytes).Finish());
  state.counters["per_byte"] = Per(bytes.size());
}
BENCHMARK(HashLong);

void HashMerkleNode(benchmark::State& state) {
  const std::vector<uint8_t> bytes(65, 7);
  Sha256 hasher;
  for (auto _ : state) benchmark::DoNotOptimize(hasher.Update(bytes).Finish());
}
BENCHMARK(HashMerkleNode);

}  // namespace
}  // namespace voizk
