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

/// kMalformed: bytes that are no model file; kLimitExceeded: more than 2^26 of JSON.  What the
/// operations say of the attributes and shapes is BuildGraph's to tell.
Result<QuantisedModel> ReadModel(std::span<const uint8_t> bytes);

/// SHA-256 of the file.
Digest ModelDigest(std::span<const uint8_t> bytes);

}  // namespace voizk

#endif  // VOIZK_NETWORK_MODEL_FILE_MODEL_FILE_H_
