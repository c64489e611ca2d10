// A bundle with an imported speaker network out of another bundle (docs/bundle.md, 5).
#ifndef VOIZK_LOGIN_MAKING_SPEAKER_BUNDLE_H_
#define VOIZK_LOGIN_MAKING_SPEAKER_BUNDLE_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "login/bundle/speaker_network.h"
#include "speech/features/config.h"

namespace voizk {

struct BundleFiles {
  std::string json;
  std::vector<uint8_t> weights;
};

/// What of a network that somebody imported its bundle has to say.  `sound`: what it reads beside
/// the mask; without, its input's name in the imported file says so.  The projection keeps the
/// first 64 outputs, the roundings suit their certified range: it can be built and heard, no more.
/// kMalformed: no model file; kInvalidArgument, naming the input: one that is none of
/// docs/bundle.md, 5, or an output that is no vector.
Result<SpeakerSection> DraftSection(std::span<const uint8_t> model_file, const FrontEndConfig& c,
                                    std::optional<SpeakerSection::Reads> sound);

struct SpeakerDecision {
  std::string name;       // of the bundle, 1 to 64 bytes
  int32_t theta_q12 = 1;  // 1 .. 4096
  int32_t embedding_norm2_min = 1;
  std::string operating_point;  // how the threshold was chosen
};

/// The base's files with the network and these numbers in the place of its own; buckets that the
/// network cannot hold are left out.  What comes out is parsed: errors are ParseBundle's;
/// kInvalidArgument: the base is no bundle of format 1, or no bucket fits.
Result<BundleFiles> MakeSpeakerBundle(std::span<const uint8_t> base_json,
                                      std::span<const uint8_t> base_weights,
                                      std::span<const uint8_t> model_file,
                                      const SpeakerSection& section,
                                      const SpeakerDecision& decision);

}  // namespace voizk

#endif  // VOIZK_LOGIN_MAKING_SPEAKER_BUNDLE_H_
