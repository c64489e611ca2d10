// A login's proof file: the length bucket, which is the one public value that the prover chooses,
// and the proof (docs/formats.md).
#ifndef VOIZK_LOGIN_RELYING_PARTY_LOGIN_FILE_H_
#define VOIZK_LOGIN_RELYING_PARTY_LOGIN_FILE_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace voizk {

inline constexpr std::string_view kLoginMagic = "voizklgn";
inline constexpr uint16_t kLoginVersion = 1;
inline constexpr size_t kLoginHeaderBytes = 14;

struct LoginFile {
  uint32_t frames = 0;
  ByteSpan proof;  // into the input
};

std::vector<uint8_t> EncodeLoginFile(uint32_t frames, ByteSpan proof);
/// kProofMalformed.
Result<LoginFile> ParseLoginFile(ByteSpan bytes);

}  // namespace voizk

#endif  // VOIZK_LOGIN_RELYING_PARTY_LOGIN_FILE_H_
