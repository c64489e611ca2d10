// Demuxers and decoders behind a container that the first byte chooses: without container_check,
// whose checksums and lengths a mutated file seldom passes.  The libraries are others'; that they
// stay within the bounds of av_decoder.h is ours.
#include "fuzz_input.h"
#include "speech/audio/av_decoder.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace voizk;
  if (size == 0) return 0;
  constexpr int kContainers = static_cast<int>(Container::kAmr) + 1;
  constexpr int64_t kEnough = 500'000;  // samples: seconds of any rate
  const auto source = ByteSource::OfMemory({data + 1, size - 1}, 1 << 20);
  if (!source.ok()) return 0;
  auto decoder = AvDecoder::Open(*source, static_cast<Container>(data[0] % kContainers),
                                 {0, static_cast<int64_t>(size) - 1});
  if (!decoder.ok()) return 0;
  AudioBlock block;
  for (int64_t taken = 0; taken < kEnough;) {
    const auto more = decoder->Next(&block);
    if (!more.ok() || !*more) break;
    Claim(block.rate_hz > 0 && block.channels > 0, "a rate and channels");
    Claim(!block.interleaved.empty(), "a block holds samples");
    Claim(block.interleaved.size() % static_cast<size_t>(block.channels) == 0, "whole frames");
    taken += static_cast<int64_t>(block.interleaved.size());
  }
  return 0;
}
