// A model file taken apart and put together again, for tests that change its parts.
#ifndef VOIZK_TESTS_NETWORK_MODEL_FILE_FILE_PARTS_H_
#define VOIZK_TESTS_NETWORK_MODEL_FILE_FILE_PARTS_H_

#include <cstdint>
#include <string>
#include <vector>

namespace voizk {

/// "voizkvzm", u32 version, u64 length of the JSON, the JSON, the integers.
struct FileParts {
  static constexpr size_t kHead = 20;

  std::string json;
  std::vector<uint8_t> weights;
  std::string magic = "voizkvzm";
  uint32_t version = 1;

  explicit FileParts(const std::vector<uint8_t>& file) {
    uint64_t length = 0;
    for (size_t k = 0; k < 8; ++k) length |= uint64_t{file.at(12 + k)} << (8 * k);
    const auto begin = file.begin() + kHead, end = begin + static_cast<std::ptrdiff_t>(length);
    json.assign(begin, end);
    weights.assign(end, file.end());
  }

  std::vector<uint8_t> Bytes() const { return Bytes(json.size()); }
  /// With a length of the JSON that need not be true.
  std::vector<uint8_t> Bytes(uint64_t length) const {
    std::vector<uint8_t> file(magic.begin(), magic.end());
    for (size_t k = 0; k < 4; ++k) file.push_back(static_cast<uint8_t>(version >> (8 * k)));
    for (size_t k = 0; k < 8; ++k) file.push_back(static_cast<uint8_t>(length >> (8 * k)));
    file.insert(file.end(), json.begin(), json.end());
    file.insert(file.end(), weights.begin(), weights.end());
    return file;
  }
};

}  // namespace voizk

#endif  // VOIZK_TESTS_NETWORK_MODEL_FILE_FILE_PARTS_H_
