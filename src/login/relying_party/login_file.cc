#include "login/relying_party/login_file.h"

#include <string>
#include <utility>

#include "login/store/text.h"

namespace voizk {

std::vector<uint8_t> EncodeLoginFile(uint32_t frames, ByteSpan proof) {
  ByteWriter file;
  file.Reserve(kLoginHeaderBytes + proof.size());
  file.Bytes(AsBytes(kLoginMagic));
  file.U16(kLoginVersion);
  file.U32(frames);
  file.Bytes(proof);
  return std::move(file).Take();
}

Result<LoginFile> ParseLoginFile(ByteSpan bytes) {
  ByteReader file(bytes, ErrorCode::kProofMalformed, "login proof");
  VOIZK_RETURN_IF_ERROR(ExpectMagic(&file, kLoginMagic, "login proof of voizk"));
  VOIZK_ASSIGN_OR_RETURN(const uint16_t version, file.U16());
  if (version != kLoginVersion) {
    return file.Fail(
        {.check = Check::kHeader, .expected = kLoginVersion, .actual = version},
        "version " + std::to_string(version) + ", expected " + std::to_string(kLoginVersion));
  }
  LoginFile out;
  VOIZK_ASSIGN_OR_RETURN(out.frames, file.U32());
  VOIZK_ASSIGN_OR_RETURN(out.proof, file.Bytes(file.remaining()));
  return out;
}

}  // namespace voizk
