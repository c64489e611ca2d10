// A model file and a proof of it, split where the last three bytes say (little-endian, the length
// of the proof): what is read can be described, run and verified against; no proof of these bytes
// is accepted but by a model that they name.
#include <algorithm>
#include <span>

#include "fuzz_input.h"
#include "voizk/model.h"

namespace voizk {
namespace {

void Run(std::span<const uint8_t> file, std::span<const uint8_t> proof) {
  const auto model = Model::Read(file);
  if (!model.ok()) {
    const ErrorCode code = model.error().code;
    Claim(code != ErrorCode::kInternal && code != ErrorCode::kOutOfMemory, "a file's own fault");
    return;
  }
  Claim(model->rows().size() > 1, "a network has rows");
  for (size_t i = 0; i < model->inputs().size(); ++i) {
    size_t count = 1;
    for (const int64_t d : model->inputs()[i].dims) count *= static_cast<size_t>(d);
    if (count > (1 << 16)) continue;
    const auto integers = model->ToIntegers(i, std::vector<float>(count, 1));
    Claim(integers.ok(), "reals of an input's dims are taken");
    for (const int32_t v : *integers) {
      Claim(v >= model->inputs()[i].lo && v <= model->inputs()[i].hi, "integers are clipped");
    }
  }
  const auto run = VerifyModel(*model, {}, proof);
  if (run.ok()) {
    const auto& digest = model->digest();
    const auto named = std::search(proof.begin(), proof.end(), digest.begin(), digest.end());
    return Claim(named != proof.end(), "a proof of this model");
  }
  const ErrorCode code = run.error().code;
  Claim(code == ErrorCode::kProofMalformed || code == ErrorCode::kProofRejected,
        "errors of a proof");
  Claim(run.error().rejection.has_value(), "every refusal names its check");
}

}  // namespace
}  // namespace voizk

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 3) return 0;
  const size_t rest = size - 3;
  const size_t length = data[rest] | size_t{data[rest + 1]} << 8 | size_t{data[rest + 2]} << 16;
  const size_t proof = std::min(rest, length);
  const std::span<const uint8_t> bytes(data, rest);
  voizk::Run(bytes.first(rest - proof), bytes.last(proof));
  return 0;
}
