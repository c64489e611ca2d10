#include "login/relying_party/enrolment_file.h"

#include <string>
#include <utility>

#include "login/store/text.h"

namespace voizk {

std::vector<uint8_t> EncodeEnrolmentFile(const EnrolmentFile& file) {
  ByteWriter bytes;
  bytes.Bytes(AsBytes(kEnrolmentMagic));
  bytes.U16(kEnrolmentVersion);
  bytes.U32(file.frames);
  bytes.U8(file.phrases);
  bytes.Bytes(file.proof);
  return std::move(bytes).Take();
}

Result<EnrolmentFile> ParseEnrolmentFile(ByteSpan bytes) {
  ByteReader reader(bytes, ErrorCode::kProofMalformed, "enrolment proof");
  VOIZK_RETURN_IF_ERROR(ExpectMagic(&reader, kEnrolmentMagic, "enrolment proof of voizk"));
  VOIZK_ASSIGN_OR_RETURN(const uint16_t version, reader.U16());
  if (version != kEnrolmentVersion) {
    return reader.Fail(
        {.check = Check::kHeader, .expected = kEnrolmentVersion, .actual = version},
        "version " + std::to_string(version) + ", expected " + std::to_string(kEnrolmentVersion));
  }
  EnrolmentFile file;
  VOIZK_ASSIGN_OR_RETURN(file.frames, reader.U32());
  VOIZK_ASSIGN_OR_RETURN(file.phrases, reader.U8());
  VOIZK_ASSIGN_OR_RETURN(file.proof, reader.Bytes(reader.remaining()));
  return file;
}

}  // namespace voizk
