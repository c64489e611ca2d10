#include "voizk/bundle.h"

#include <span>
#include <utility>

#include "base/exceptions.h"
#include "login/bundle/bundle_data.h"
#include "login/bundle/speaker_network.h"
#include "login/store/text.h"

extern "C" {
extern const uint8_t voizk_embedded_json[];
extern const uint8_t voizk_embedded_json_end[];
extern const uint8_t voizk_embedded_weights[];
extern const uint8_t voizk_embedded_weights_end[];
}

namespace voizk {

Result<Bundle> Bundle::Load(const std::string& folder) try {
  VOIZK_ASSIGN_OR_RETURN(auto data, LoadBundle(folder));
  return Bundle(std::move(data));
} catch (...) {
  return ErrorOfException();
}

Result<Bundle> Bundle::Parse(std::span<const uint8_t> json, std::span<const uint8_t> weights) try {
  VOIZK_ASSIGN_OR_RETURN(auto data, ParseBundle(json, weights));
  return Bundle(std::move(data));
} catch (...) {
  return ErrorOfException();
}

Result<Bundle> Bundle::Default() try {
  const std::span json(voizk_embedded_json, voizk_embedded_json_end);
  const std::span weights(voizk_embedded_weights, voizk_embedded_weights_end);
  if (json.empty()) {
    return {ErrorCode::kNotFound, "this build has no bundle built in: name a bundle folder"};
  }
  return Parse(json, weights);
} catch (...) {
  return ErrorOfException();
}

const std::array<uint8_t, 32>& Bundle::digest() const { return data_->digest; }
const std::string& Bundle::name() const { return data_->name; }
const std::string& Bundle::operating_point() const { return data_->operating_point; }
std::string Bundle::speaker_network() const {
  if (!data_->speaker) {
    return "the bundle's own; it weighs the voiced frames of the phrase's digits alike";
  }
  const SpeakerNetwork& network = *data_->speaker;
  std::string name;  // of somebody's file: what does not show is left out
  for (const char c : network.name().substr(0, 64)) {
    if (c >= ' ' && c <= '~') name += c;
  }
  const bool raw = network.reads() == SpeakerSection::Reads::kSamples;
  return "imported: " + name + ", model " + ToHex(network.digest()) + "; it hears " +
         NameOf(network.reads()) + " of the phrase's voiced frames alone" +
         (network.pools_by_mask() ? ", and which they are" : "") +
         ", and weighs them as it likes: one digit may decide about the voice" +
         (raw ? "; it hears the samples raw, with whatever lies below 100 Hz, at a level that the "
                "prover may move by 10 to 15 dB"
              : "");
}
int Bundle::sample_rate_hz() const { return data_->sample_rate_hz; }
const std::vector<uint32_t>& Bundle::buckets() const { return data_->buckets; }
std::pair<size_t, size_t> Bundle::phrase_digits() const {
  const DecisionConfig& d = data_->decision;
  return {static_cast<size_t>(d.phrase_digits_min), static_cast<size_t>(d.phrase_digits_max)};
}
uint32_t Bundle::samples(uint32_t bucket) const { return data_->features.Samples(bucket); }

}  // namespace voizk
