// Recordings in memory.  First byte: 0 headerless, else by content.  The decoder and the resampler
// are libraries; the limits around them are ours.
#include "fuzz_input.h"
#include "voizk/audio.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace voizk;
  if (size == 0) return 0;
  DecodeOptions options;
  options.limits.max_seconds = 2;
  if (data[0] == 0) options.raw_rate_hz = 16000;
  const auto pcm = DecodeMemory({data + 1, size - 1}, options);
  if (!pcm.ok()) return 0;
  Claim(pcm->rate_hz == options.target_rate_hz, "the rate asked for");
  Claim(!pcm->samples.empty() && pcm->seconds() <= options.limits.max_seconds + 0.1, "the limits");
  return 0;
}
