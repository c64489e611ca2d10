#include "voizk/bundle.h"

#include <span>
#include <utility>

#include "base/exceptions.h"
#include "login/bundle/bundle_data.h"

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
int Bundle::sample_rate_hz() const { return data_->sample_rate_hz; }
const std::vector<uint32_t>& Bundle::buckets() const { return data_->buckets; }
std::pair<size_t, size_t> Bundle::phrase_digits() const {
  const DecisionConfig& d = data_->decision;
  return {static_cast<size_t>(d.phrase_digits_min), static_cast<size_t>(d.phrase_digits_max)};
}
uint32_t Bundle::samples(uint32_t bucket) const { return data_->features.Samples(bucket); }

}  // namespace voizk
