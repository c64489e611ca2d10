// Everything a bundle says, checked (docs/bundle.md).
#ifndef VOIZK_LOGIN_BUNDLE_BUNDLE_DATA_H_
#define VOIZK_LOGIN_BUNDLE_BUNDLE_DATA_H_

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "login/bundle/speaker_network.h"
#include "login/relation/decision_config.h"
#include "network/graph/graph_model.h"
#include "speech/features/config.h"

namespace voizk {

struct BundleData {
  /// SHA-256 over both files as they lie on disk.
  std::array<uint8_t, 32> digest{};
  std::string name;
  int32_t sample_rate_hz = 0;
  std::vector<uint32_t> buckets;  // legal numbers of frames, ascending, even
  FrontEndConfig features;
  GraphModel embedding;  // features, mask -> [1][kEmbeddingSize]; of format 2 empty
  std::shared_ptr<const SpeakerNetwork> speaker;  // of format 2, in its place
  GraphModel recogniser;                          // features -> [T/2][kClasses]
  std::vector<std::string> classes;
  DecisionConfig decision;
  std::string operating_point;  // how the thresholds were chosen; may be empty
};

/// Limits of the two files: the shipped bundle has 20 kB and about 1 MB.
inline constexpr size_t kMaxBundleJson = size_t{1} << 20;
inline constexpr size_t kMaxBundleWeights = size_t{1} << 28;

/// Any bytes are safe.  Both graphs are checked at every bucket: shapes of inputs, nodes, outputs.
/// What is not checked here: that no accumulator can wrap, which the certificate of the relation
/// shows each time a statement is built.  Errors: kMalformed, kLimitExceeded, kUnsupported (unknown
/// format or operation), kInvalidArgument (a graph whose shapes do not fit).
Result<std::shared_ptr<const BundleData>> ParseBundle(std::span<const uint8_t> json,
                                                      std::span<const uint8_t> weights);

/// Reads <folder>/bundle.json and the weights file that it names.  Also kNotFound, kIo.
Result<std::shared_ptr<const BundleData>> LoadBundle(const std::string& folder);

/// BundleData::digest of what may be no bundle, without a look at what the files say but for the
/// weights file's name: whether a bundle is trusted shows before anything is built from it.
std::array<uint8_t, 32> DigestOfBundle(std::span<const uint8_t> json,
                                       std::span<const uint8_t> weights);
/// The same of the files that LoadBundle would read.  kNotFound, kIo, kLimitExceeded, kMalformed.
Result<std::array<uint8_t, 32>> DigestOfBundle(const std::string& folder);

}  // namespace voizk

#endif  // VOIZK_LOGIN_BUNDLE_BUNDLE_DATA_H_
