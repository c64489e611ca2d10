// What inspect says of the proof of a login or an enrolment: the same table for both.
#ifndef VOIZK_LOGIN_RELYING_PARTY_INSPECTION_H_
#define VOIZK_LOGIN_RELYING_PARTY_INSPECTION_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "proof/protocol/instance.h"
#include "proof/protocol/public_values.h"
#include "voizk/verify.h"

namespace voizk {

/// The proof within a file: its bytes, those of the file before it, and the bucket.
struct ProofInFile {
  ByteSpan proof;
  uint64_t header_bytes = 0;
  uint32_t frames = 0;
};

/// phrases: as shown.  Errors: CheckPublicInputs' and ReadProofHeader's.
Result<Inspection> InspectProof(const Instance& instance, const PublicValues& values,
                                const LoginPolicy& policy, const std::vector<std::string>& phrases,
                                const ProofInFile& file);

}  // namespace voizk

#endif  // VOIZK_LOGIN_RELYING_PARTY_INSPECTION_H_
