// Integer inference: the login's spectrum as one convolution, and whole networks as executions of
// their relations (every tensor, range checks and multiplicities included).
#include <benchmark/benchmark.h>

#include "network/samples/benchmark_networks.h"
#include "relation/execution/convolution.h"
#include "relation/execution/executor.h"

namespace voizk {
namespace {

// 201 taps, 256 outputs, 512 frames 80 samples apart: 26 million multiplications.
void BM_Spectrum(benchmark::State& state) {
  constexpr uint32_t kFrames = 512, kTaps = 201, kRows = 256, kHop = 80;
  const uint32_t samples = kHop * (kFrames - 1) + kTaps;
  const Tensor x{"x", MakeShape({samples}), -8192, 8192};
  Weights dft{MakeShape({kRows, kTaps, 1}), {}};
  for (uint32_t i = 0; i < kRows * kTaps; ++i) {
    dft.values.push_back(static_cast<int32_t>(i * 2654435761u >> 21) - 1024);
  }
  Conv conv;
  conv.stride[0] = kHop;
  const auto made = Convolution::Make(conv, x, dft, MakeShape({kFrames, kRows}));
  std::vector<int32_t> in(samples), out(made->outputs());
  for (uint32_t i = 0; i < samples; ++i) in[i] = static_cast<int32_t>(i * 40503u & 16383) - 8192;
  ThreadPool pool(static_cast<size_t>(state.range(0)));
  for (auto _ : state) {
    made->Run(in, out, &pool);
    benchmark::DoNotOptimize(out.data());
  }
  state.counters["multiplications/s"] = benchmark::Counter(
      static_cast<double>(made->multiplications()) * static_cast<double>(state.iterations()),
      benchmark::Counter::kIsRate);
}
BENCHMARK(BM_Spectrum)
    ->Arg(1)
    ->Arg(2)
    ->ArgName("threads")
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

void BM_Execute(benchmark::State& state, Result<SampleNetwork> (*make)(uint32_t)) {
  const auto network = make(1);
  const auto relation = network->graph.BuildStandalone();
  const auto executor = Executor::Make(*relation);
  if (!executor.ok()) return state.SkipWithError(executor.error().message.c_str());
  ThreadPool pool(static_cast<size_t>(state.range(0)));
  for (auto _ : state) {
    const auto witness = executor->Execute(network->inputs, &pool);
    if (!witness.ok()) return state.SkipWithError(witness.error().message.c_str());
    benchmark::DoNotOptimize(witness->data());
  }
}
BENCHMARK_CAPTURE(BM_Execute, lenet5, LeNet5)->Arg(1)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_Execute, speech1d, Speech1d)
    ->Arg(1)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_Execute, vgg16, Vgg16)
    ->Arg(1)
    ->Arg(2)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

void BM_MakeExecutor(benchmark::State& state) {
  const auto network = Vgg16(1);
  const auto relation = network->graph.BuildStandalone();
  for (auto _ : state) {
    const auto executor = Executor::Make(*relation);
    benchmark::DoNotOptimize(executor.ok());
  }
}
BENCHMARK(BM_MakeExecutor)->Unit(benchmark::kMillisecond);

void BM_BuildVgg16(benchmark::State& state) {
  const auto network = Vgg16(1);
  for (auto _ : state) {
    const auto relation = network->graph.BuildStandalone();
    benchmark::DoNotOptimize(relation.ok());
  }
}
BENCHMARK(BM_BuildVgg16)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace voizk
