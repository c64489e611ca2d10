// The proof file of an enrolment: the length bucket and the number of phrases, which the prover
// chooses, and the proof (docs/formats.md).
#ifndef VOIZK_LOGIN_RELYING_PARTY_ENROLMENT_FILE_H_
#define VOIZK_LOGIN_RELYING_PARTY_ENROLMENT_FILE_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace voizk {

inline constexpr std::string_view kEnrolmentMagic = "voizkenr";
inline constexpr uint16_t kEnrolmentVersion = 1;
/// Of the file before the proof.
inline constexpr uint64_t kEnrolmentHeaderBytes = kEnrolmentMagic.size() + 2 + 4 + 1;

struct EnrolmentFile {
  uint32_t frames = 0;
  uint8_t phrases = 0;
  ByteSpan proof;  // into the input
};

std::vector<uint8_t> EncodeEnrolmentFile(const EnrolmentFile& file);
/// kProofMalformed.
Result<EnrolmentFile> ParseEnrolmentFile(ByteSpan bytes);

}  // namespace voizk

#endif  // VOIZK_LOGIN_RELYING_PARTY_ENROLMENT_FILE_H_
