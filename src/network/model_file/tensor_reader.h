// Tensors of a file of weights, by the references of the JSON beside it (docs/bundle.md, 1).
#ifndef VOIZK_NETWORK_MODEL_FILE_TENSOR_READER_H_
#define VOIZK_NETWORK_MODEL_FILE_TENSOR_READER_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "network/model_file/json_reader.h"
#include "network/operations/attribute_reader.h"

namespace voizk {

class TensorReader {
 public:
  static constexpr size_t kMaxRank = 4;

  /// The bytes must outlive the reader.
  explicit TensorReader(std::span<const uint8_t> bytes) : bytes_(bytes) {}

  /// The tensor under `key`, of this type (or a narrower signed one, if this is signed) and rank.
  /// Errors (unknown type, offset not a multiple of
  /// 4, bytes beyond the end) are recorded in the object.
  TensorData Read(JsonObject& object, std::string_view key, std::string_view dtype, size_t rank);

  /// The tensor of a reference, of any signed type and rank.
  TensorData ReadAny(JsonObject& reference);

  /// {"offset", "bytes"} under `key`: those bytes, within the reader's.  Errors as above.
  std::span<const uint8_t> ReadBytes(JsonObject& object, std::string_view key);

  /// kMalformed if two tensors overlap.
  Status CheckDisjoint() const;

 private:
  TensorData ReadReference(JsonObject& ref, std::string_view dtype, size_t least_rank,
                           size_t most_rank);

  std::span<const uint8_t> bytes_;
  std::vector<std::pair<uint64_t, uint64_t>> used_;  // begin, end
  uint64_t total_ = 0;  // bytes of all tensors: above the file's size, some two overlap
};

}  // namespace voizk

#endif  // VOIZK_NETWORK_MODEL_FILE_TENSOR_READER_H_
