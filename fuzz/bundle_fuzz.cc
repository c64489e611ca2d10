// bundle.json, beside the weights of the bundle in tests/vectors (any bytes are weights; what can
// be wrong is what the JSON says of them).
#include "fuzz_input.h"
#include "login/bundle/bundle_data.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace voizk;
  static const std::vector<uint8_t> weights =
      ReadTreeFile("tests/vectors/random_bundle/weights.bin");
  const auto bundle = ParseBundle({data, size}, weights);
  if (!bundle.ok()) return 0;
  Claim(*bundle != nullptr && !(*bundle)->buckets.empty(), "a bundle has buckets");
  return 0;
}
