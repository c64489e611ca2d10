// The model bundle: everything public that decides a login apart from the challenge (front-end
// constants, both networks, thresholds; docs/bundle.md).  Prover and relying party name it by
// digest.
#ifndef VOIZK_BUNDLE_H_
#define VOIZK_BUNDLE_H_

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "voizk/result.h"

namespace voizk {

struct BundleData;  // src/login/bundle/bundle_data.h

/// Immutable, cheap to copy, safe to share between threads.
class Bundle {
 public:
  /// Reads <folder>/bundle.json and weights.bin.  Any bytes are safe; errors: kNotFound, kIo, those
  /// of Parse.
  static Result<Bundle> Load(const std::string& folder);
  /// The same of the two files' bytes.  kMalformed, kLimitExceeded, kUnsupported, kInvalidArgument
  /// (a network whose shapes do not fit).
  static Result<Bundle> Parse(std::span<const uint8_t> json, std::span<const uint8_t> weights);
  /// The bundle built into the library (models/digits8k).  kNotFound: this
  /// build has none (that for WebAssembly).
  static Result<Bundle> Default();

  const std::array<uint8_t, 32>& digest() const;
  const std::string& name() const;
  /// How the thresholds were chosen, in words; may be empty.
  const std::string& operating_point() const;
  /// The network that hears the voice and what of a recording it hears, in words; of an imported
  /// one also what the policy does not bound (docs/decision.md, 11).  Follows from the bundle's
  /// format, not from a text in it.
  std::string speaker_network() const;
  int sample_rate_hz() const;
  /// Legal lengths in 10 ms frames, ascending.  Only the length bucket of a login becomes public.
  const std::vector<uint32_t>& buckets() const;
  /// Fewest and most digits of a phrase.
  std::pair<size_t, size_t> phrase_digits() const;
  /// Longest audio of a bucket, in samples at sample_rate_hz.
  uint32_t samples(uint32_t bucket) const;

  // For the libraries below this header.
  const BundleData& data() const { return *data_; }
  const std::shared_ptr<const BundleData>& shared_data() const { return data_; }

 private:
  explicit Bundle(std::shared_ptr<const BundleData> data) : data_(std::move(data)) {}
  std::shared_ptr<const BundleData> data_;
};

}  // namespace voizk

#endif  // VOIZK_BUNDLE_H_
