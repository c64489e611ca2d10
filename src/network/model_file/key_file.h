// The key of a model whose weights are committed: the salt, the file that verifies and the model
// file.
//   "voizkkey", u32 version, i16 of the salt (2048), u64 n, n bytes that verify, the model file
#ifndef VOIZK_NETWORK_MODEL_FILE_KEY_FILE_H_
#define VOIZK_NETWORK_MODEL_FILE_KEY_FILE_H_

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "voizk/secure.h"

namespace voizk {

/// Secret but for `open`.
struct KeyFile {
  SecureVector<int32_t> salt;   // 2048 of -512..511
  std::vector<uint8_t> open;    // CommittedModel::open, byte for byte, since its digest is a name
  SecureVector<uint8_t> model;  // a file of ReadModel
};

SecureVector<uint8_t> WriteKey(const KeyFile& key);
bool IsKey(ByteSpan bytes);
/// kMalformed: no key file, or cut off; kUnsupported: of another version.
Result<KeyFile> ReadKey(ByteSpan bytes);

}  // namespace voizk

#endif  // VOIZK_NETWORK_MODEL_FILE_KEY_FILE_H_
