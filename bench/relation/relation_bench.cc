// What a verifier spends on a relation before it has looked at a proof, and what the plain oracle
// costs the tests: a stack of convolutions over 300 frames, about 3 M weights.
#include <benchmark/benchmark.h>

#include <algorithm>

#include "relation/builder/builder.h"
#include "relation/builder/views.h"
#include "relation/certificate/certificate.h"
#include "relation/core/digest.h"
#include "relation/core/layout.h"
#include "relation/execution/checker.h"
#include "relation/gadgets/commit.h"
#include "relation/gadgets/table.h"

namespace voizk {
namespace {

constexpr uint32_t kFrames = 300, kChannels = 256, kTaps = 5;
constexpr int kLayers = 9;

Relation MakeNetwork() {
  Builder b;
  TensorId x = gadgets::Input(b, "x", MakeShape({kFrames, kChannels}), -128, 127);
  for (int n = 0; n < kLayers; ++n) {
    std::vector<int32_t> weights(kChannels * kTaps * kChannels);
    for (size_t i = 0; i < weights.size(); ++i) {
      weights[i] = static_cast<int32_t>((i * 2654435761u >> 24) & 31) - 16;
    }
    const WeightsId w = b.AddWeights(MakeShape({kChannels, kTaps, kChannels}), std::move(weights));
    const std::vector<int32_t> bias(kChannels, n);
    const View acc = views::Conv1d(b, x, w, bias, kFrames, 1, 1, 2, 1);
    x = gadgets::Requant(b, "layer", acc, 9, [](int64_t hi) {
      return static_cast<int32_t>(std::clamp<int64_t>(hi / 8, 0, 127));
    });
  }
  auto r = std::move(b).Finish();
  if (!r.ok()) std::abort();
  return std::move(*r);
}

const Relation& Network() {
  static const Relation kNetwork = MakeNetwork();
  return kNetwork;
}

void BM_Certify(benchmark::State& state) {
  const Relation& r = Network();
  for (auto _ : state) benchmark::DoNotOptimize(Certify(r).ok());
}
BENCHMARK(BM_Certify)->Unit(benchmark::kMillisecond);

void BM_Digest(benchmark::State& state) {
  const Relation& r = Network();
  for (auto _ : state) benchmark::DoNotOptimize(RelationDigest(r));
}
BENCHMARK(BM_Digest)->Unit(benchmark::kMillisecond);

void BM_Layout(benchmark::State& state) {
  const Relation& r = Network();
  for (auto _ : state) benchmark::DoNotOptimize(MakeLayout(r).cells.size);
}
BENCHMARK(BM_Layout)->Unit(benchmark::kMicrosecond);

void BM_EvaluateConvolution(benchmark::State& state) {
  const Relation& r = Network();
  const View& key = r.lookups[2].key;
  Witness w(r.tensors.size());
  for (size_t t = 0; t < w.size(); ++t) w[t].assign(r.tensors[t].shape.Cells(), 1);
  for (auto _ : state) benchmark::DoNotOptimize(EvaluateView(r, key, w));
  state.counters["MAC/s"] = benchmark::Counter(double{kFrames} * kChannels * kChannels * kTaps,
                                               benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(BM_EvaluateConvolution)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace voizk
