// What finishes a registration: a body that was read, and whose device key has signed it.
#ifndef VOIZK_SERVICE_API_CEREMONY_H_
#define VOIZK_SERVICE_API_CEREMONY_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "service/storage/storage.h"
#include "voizk/credential.h"

namespace voizk {

struct Ceremony {
  PublicCredential credential;
  DeviceKeyRecord device;                     // empty algorithm: none
  std::optional<std::vector<uint8_t>> proof;  // of the enrolment
};

/// kMalformed, or what the parts' own readers say; kProofRejected: the device key did not sign
/// this credential for this registration.
Result<Ceremony> ReadCeremony(const std::string& body, const std::array<uint8_t, 32>& registration);

}  // namespace voizk

#endif  // VOIZK_SERVICE_API_CEREMONY_H_
