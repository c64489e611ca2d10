// The key of a model whose weights are committed: the model file, the salt and the commitment.
//   "voizkkey", u32 version, i16 of the salt (2048), i32 of the commitment (1024), the model file
#ifndef VOIZK_NETWORK_MODEL_FILE_KEY_FILE_H_
#define VOIZK_NETWORK_MODEL_FILE_KEY_FILE_H_

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace voizk {

/// Secret but for the commitment.  Whoever makes one erases it.
struct KeyFile {
  std::vector<int32_t> salt;        // 2048 of -512..511
  std::vector<int32_t> commitment;  // 1024
  std::vector<uint8_t> model;       // a file of ReadModel
};

std::vector<uint8_t> WriteKey(const KeyFile& key);
bool IsKey(ByteSpan bytes);
/// kMalformed: no key file, or cut off; kUnsupported: of another version.
Result<KeyFile> ReadKey(ByteSpan bytes);

}  // namespace voizk

#endif  // VOIZK_NETWORK_MODEL_FILE_KEY_FILE_H_
