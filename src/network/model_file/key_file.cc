#include "network/model_file/key_file.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "base/secure.h"

namespace voizk {

namespace {

constexpr std::string_view kMagic = "voizkkey";
constexpr uint32_t kVersion = 1;
constexpr size_t kSalt = 2048;

}  // namespace

SecureVector<uint8_t> WriteKey(const KeyFile& key) {
  ByteWriter file;
  // At once: what a growing buffer leaves behind is not overwritten.
  file.Reserve(kMagic.size() + 4 + 2 * key.salt.size() + 8 + key.open.size() + key.model.size());
  file.Bytes(AsBytes(kMagic));
  file.U32(kVersion);
  for (const int32_t x : key.salt) {
    file.U8(static_cast<uint8_t>(static_cast<uint32_t>(x)));
    file.U8(static_cast<uint8_t>(static_cast<uint32_t>(x) >> 8));
  }
  file.U64(key.open.size());
  file.Bytes(key.open);
  file.Bytes(key.model);
  std::vector<uint8_t> bytes = std::move(file).Take();
  const ScopeEraser erase(bytes);
  return {bytes.begin(), bytes.end()};
}

bool IsKey(ByteSpan bytes) {
  const ByteSpan magic = AsBytes(kMagic);
  return bytes.size() >= magic.size() && std::equal(magic.begin(), magic.end(), bytes.begin());
}

Result<KeyFile> ReadKey(ByteSpan bytes) {
  ByteReader reader(bytes, ErrorCode::kMalformed, "key file");
  VOIZK_RETURN_IF_ERROR(reader.Expect(AsBytes(kMagic), "magic number"));
  VOIZK_ASSIGN_OR_RETURN(const uint32_t version, reader.U32());
  if (version != kVersion) {
    return {ErrorCode::kUnsupported, "key file: version " + std::to_string(version) +
                                         ", this program reads " + std::to_string(kVersion)};
  }
  VOIZK_ASSIGN_OR_RETURN(const ByteSpan salt, reader.Bytes(2 * kSalt));
  KeyFile key;
  for (size_t i = 0; i < kSalt; ++i) {
    key.salt.push_back(static_cast<int16_t>(salt[2 * i] | salt[2 * i + 1] << 8));
  }
  VOIZK_ASSIGN_OR_RETURN(const uint64_t size, reader.U64());
  if (size > reader.remaining()) return reader.Fail("it is cut off");
  VOIZK_ASSIGN_OR_RETURN(const ByteSpan open, reader.Bytes(static_cast<size_t>(size)));
  key.open.assign(open.begin(), open.end());
  VOIZK_ASSIGN_OR_RETURN(const ByteSpan model, reader.Bytes(reader.remaining()));
  key.model.assign(model.begin(), model.end());
  return key;
}

}  // namespace voizk
