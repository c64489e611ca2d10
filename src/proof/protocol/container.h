// The proof file: magic, version, degree, then the messages in the order in which they are sent,
// without lengths (every length is a function of the relation).  docs/protocol.md, section 7.
#ifndef VOIZK_PROOF_PROTOCOL_CONTAINER_H_
#define VOIZK_PROOF_PROTOCOL_CONTAINER_H_

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace voizk {

inline constexpr std::string_view kProofMagic = "VOIZKPRF";
inline constexpr uint32_t kProofVersion = 3;
/// Absorbed first by every transcript: proofs of another suite are rejected.
inline constexpr std::string_view kProofSuite = "voizk proof v3";

inline void WriteProofHeader(int degree, ByteWriter* proof) {
  std::copy(kProofMagic.begin(), kProofMagic.end(), proof->Grow(kProofMagic.size()).begin());
  proof->U32(kProofVersion);
  proof->U32(static_cast<uint32_t>(degree));
}

/// Magic and version; the degree.
inline Result<uint32_t> ReadProofStart(ByteReader* proof) {
  VOIZK_RETURN_IF_ERROR(proof->Expect(AsBytes(kProofMagic), "magic number"));
  VOIZK_ASSIGN_OR_RETURN(const uint32_t version, proof->U32());
  if (version != kProofVersion) {
    return proof->Fail(
        {.check = Check::kHeader, .expected = kProofVersion, .actual = version},
        "version " + std::to_string(version) + ", expected " + std::to_string(kProofVersion));
  }
  return proof->U32();
}

/// kProofMalformed unless this is a proof of this version and of the degree that the relation asks
/// for.
inline Status ReadProofHeader(int degree, ByteReader* proof) {
  VOIZK_ASSIGN_OR_RETURN(const uint32_t actual, ReadProofStart(proof));
  if (actual != static_cast<uint32_t>(degree)) {
    return proof->Fail(
        {.check = Check::kHeader, .expected = static_cast<uint64_t>(degree), .actual = actual},
        "degree " + std::to_string(actual) + ", expected " + std::to_string(degree));
  }
  return {};
}

/// What can be said of a proof without its relation.  kProofMalformed.
inline Status CheckProofHeader(ByteSpan bytes) {
  ByteReader proof(bytes, ErrorCode::kProofMalformed, "proof");
  VOIZK_ASSIGN_OR_RETURN(const uint32_t degree, ReadProofStart(&proof));
  if (degree != 4 && degree != 5) {
    return proof.Fail({.check = Check::kHeader, .actual = degree},
                      "degree " + std::to_string(degree));
  }
  return {};
}

}  // namespace voizk

#endif  // VOIZK_PROOF_PROTOCOL_CONTAINER_H_
