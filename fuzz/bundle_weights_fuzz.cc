// A bundle of somebody else's: bundle.json and the networks' weights, both mutated, through the
// parser and on to the front end and both networks at every length, built as for a login but for
// the certificate, which only reads what was built.
#include <cstring>
#include <span>
#include <vector>

#include "fuzz_input.h"
#include "login/bundle/bundle_data.h"
#include "relation/builder/builder.h"
#include "speech/features/front_end.h"

namespace {

using namespace voizk;

constexpr uint32_t kMaxFrames = 1024;  // more are legal and only slow

/// The front end's matrices, which the seeds share with the bundle in tests/vectors: bytes
/// [0, 108096) of weights.bin.
const std::vector<uint8_t>& FrontEndWeights() {
  static const std::vector<uint8_t> bytes = [] {
    auto all = ReadTreeFile("tests/vectors/random_bundle/weights.bin");
    all.resize(108096);
    return all;
  }();
  return bytes;
}

void Build(const Result<Graph>& graph) {
  Claim(graph.ok(), "the parser has seen the graph at every length");
  Builder b;
  const auto value = graph->BuildWithInputs(b, "network.");
  if (!value.ok()) {
    Claim(!value.error().message.empty(), "an error has a text");
    return;
  }
  const auto range = b.Bound(value->view);
  Claim(range.lo >= -kHalfModulus && range.hi <= kHalfModulus, "what is built does not wrap");
  Claim(value->view.shape.Cells() > 0, "an output has cells");
}

}  // namespace

/// le32 size of the JSON, the JSON, the weights that follow the front end's.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 4) return 0;
  uint32_t json_size = 0;
  std::memcpy(&json_size, data, 4);
  if (json_size > size - 4) return 0;
  const std::span<const uint8_t> json(data + 4, json_size);
  std::vector<uint8_t> weights = FrontEndWeights();
  weights.insert(weights.end(), data + 4 + json_size, data + size);
  const auto bundle = ParseBundle(json, weights);
  if (!bundle.ok()) {
    Claim(bundle.error().code != ErrorCode::kInternal, "a bundle's fault is not ours");
    return 0;
  }
  for (const uint32_t frames : (*bundle)->buckets) {
    if (frames > kMaxFrames) continue;
    Builder front;
    AddFrontEnd(front, (*bundle)->features, frames);
    const auto& speaker = (*bundle)->speaker;
    Build(speaker ? speaker->At((*bundle)->features, frames) : (*bundle)->embedding.At(frames));
    Build((*bundle)->recogniser.At(frames));
  }
  return 0;
}
