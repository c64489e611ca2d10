// Quantised models as files (docs/import.md): one JSON object and the integers it refers to.
#ifndef VOIZK_NETWORK_MODEL_FILE_MODEL_FILE_H_
#define VOIZK_NETWORK_MODEL_FILE_MODEL_FILE_H_

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "crypto/hash/sha256.h"
#include "network/model/quantised_model.h"

namespace voizk {

/// The file of a model; equal models have equal files.
Result<std::vector<uint8_t>> WriteModel(const QuantisedModel& model);

/// kMalformed: bytes that are no model file; kLimitExceeded: more than `max_json` of JSON, which
/// takes ten times as much when it is parsed.  What the
/// operations say of the attributes and shapes is BuildGraph's to tell.
inline constexpr size_t kMaxModelJson = size_t{1} << 26;
Result<QuantisedModel> ReadModel(std::span<const uint8_t> bytes, size_t max_json = kMaxModelJson);

/// SHA-256 of the file.
Digest ModelDigest(std::span<const uint8_t> bytes);

}  // namespace voizk

#endif  // VOIZK_NETWORK_MODEL_FILE_MODEL_FILE_H_
