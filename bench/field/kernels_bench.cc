// Time per element of the kernels that the prover spends its time in, in cache (2^12 elements).
// Run: build/release/field_bench --benchmark_min_time=0.1
#include <benchmark/benchmark.h>
#include <hwy/targets.h>

#include <random>
#include <vector>

#include "algebra/field/kernels.h"

namespace voizk {
namespace {

constexpr size_t kSize = 1 << 12;

std::vector<Fp> Base(size_t n) {
  std::mt19937_64 rng(n);
  std::vector<Fp> v(n);
  for (Fp& x : v) x = Fp::FromU64(rng());
  return v;
}
template <int D>
ExtVec<D> Extension(size_t n) {
  std::mt19937_64 rng(n);
  ExtVec<D> v(n);
  for (size_t i = 0; i < n; ++i) {
    Ext<D> x;
    for (int l = 0; l < D; ++l) x[l] = Fp::FromU64(rng());
    v.set(i, x);
  }
  return v;
}
template <typename Body>
void PerElement(benchmark::State& state, size_t n, Body body) {
  for (auto _ : state) {
    body();
    benchmark::ClobberMemory();
  }
  state.counters["per_element"] =
      benchmark::Counter(static_cast<double>(n), benchmark::Counter::kIsIterationInvariantRate |
                                                     benchmark::Counter::kInvert);
}

void BaseMul(benchmark::State& state) {
  const auto a = Base(kSize), b = Base(kSize);
  std::vector<Fp> out(kSize);
  PerElement(state, kSize, [&] { MulVec(a, b, out); });
}
BENCHMARK(BaseMul);

template <int D>
void ExtMul(benchmark::State& state) {
  const auto a = Extension<D>(kSize), b = Extension<D>(kSize);
  ExtVec<D> out(kSize);
  PerElement(state, kSize, [&] { MulVec<D>(a.span(), b.span(), out.span()); });
}
BENCHMARK(ExtMul<4>);
BENCHMARK(ExtMul<5>);

// The same without AVX-512, which most machines lack.
template <int D>
void ExtMulAvx2(benchmark::State& state) {
  hwy::DisableTargets(HWY_AVX3 | HWY_AVX3_DL);
  ExtMul<D>(state);
  hwy::DisableTargets(0);
}
BENCHMARK(ExtMulAvx2<4>);
BENCHMARK(ExtMulAvx2<5>);

template <int D>
void ExtMulPlain(benchmark::State& state) {
  const auto a = Extension<D>(kSize), b = Extension<D>(kSize);
  ExtVec<D> out(kSize);
  PerElement(state, kSize, [&] { plain::MulVec<D>(a.span(), b.span(), out.span()); });
}
BENCHMARK(ExtMulPlain<4>);
BENCHMARK(ExtMulPlain<5>);

template <int D>
void InnerBase(benchmark::State& state) {
  const auto a = Extension<D>(kSize);
  const auto b = Base(kSize);
  PerElement(state, kSize, [&] { benchmark::DoNotOptimize(InnerProduct<D>(a.span(), FpSpan(b))); });
}
BENCHMARK(InnerBase<4>);

template <int D>
void InnerInt8(benchmark::State& state) {
  const auto a = Extension<D>(kSize);
  const std::vector<int8_t> b(kSize, -77);
  PerElement(state, kSize, [&] {
    benchmark::DoNotOptimize(InnerProduct<D>(a.span(), std::span<const int8_t>(b)));
  });
}
BENCHMARK(InnerInt8<4>);

template <int D>
void InnerExt(benchmark::State& state) {
  const auto a = Extension<D>(kSize), b = Extension<D>(kSize);
  PerElement(state, kSize, [&] { benchmark::DoNotOptimize(InnerProduct<D>(a.span(), b.span())); });
}
BENCHMARK(InnerExt<4>);

template <int D>
void FoldExt(benchmark::State& state) {
  const auto a = Extension<D>(2 * kSize);
  ExtVec<D> out(kSize);
  const Ext<D> r = a.get(3);
  PerElement(state, kSize,
             [&] { Fold<D>(a.subspan(0, kSize), a.subspan(kSize, kSize), r, out.span()); });
}
BENCHMARK(FoldExt<4>);
BENCHMARK(FoldExt<5>);

template <int D>
void FoldBase(benchmark::State& state) {
  const auto lo = Base(kSize), hi = Base(kSize);
  ExtVec<D> out(kSize);
  const Ext<D> r = Extension<D>(1).get(0);
  PerElement(state, kSize, [&] { Fold<D>(FpSpan(lo), FpSpan(hi), r, out.span()); });
}
BENCHMARK(FoldBase<4>);

template <int D>
void RowCombination(benchmark::State& state) {
  constexpr size_t kRows = 64;
  const auto storage = Base(kRows * kSize);
  const auto factors = Extension<D>(kRows).ToVector();
  std::vector<FpSpan> rows;
  for (size_t k = 0; k < kRows; ++k) rows.push_back(FpSpan(storage).subspan(k * kSize, kSize));
  ExtVec<D> y(kSize);
  PerElement(state, kRows * kSize, [&] { AxpyRows<D>(factors, rows, y.span()); });
}
BENCHMARK(RowCombination<4>);

template <int D>
void EqStep(benchmark::State& state) {
  auto lo = Extension<D>(kSize);
  ExtVec<D> hi(kSize);
  const Ext<D> r = lo.get(3);
  PerElement(state, 2 * kSize, [&] { EqExpand<D>(lo.span(), hi.span(), r); });
}
BENCHMARK(EqStep<4>);

}  // namespace
}  // namespace voizk
