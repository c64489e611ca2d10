// What a user sends to the relying party's service (docs/relying-party.md), with the device key.
#ifndef VOIZK_CLI_SERVICE_BODIES_H_
#define VOIZK_CLI_SERVICE_BODIES_H_

#include <array>
#include <cstdint>
#include <span>
#include <string>

#include "voizk/challenge.h"
#include "voizk/credential.h"
#include "voizk/result.h"

namespace voizk::cli {

/// The id of a registration: 64 lower-case hexadecimal digits.  kInvalidArgument.
Result<std::array<uint8_t, 32>> ParseRegistration(const std::string& id);

/// Makes a device key, stores it in `folder` beside the credential, which is there, and returns the
/// JSON body that finishes the registration: commitment, public key, its signature, and the
/// enrolment's `proof` if there is one.
Result<std::string> RegistrationBody(const std::string& folder, const SecretCredential& credential,
                                     const std::string& registration,
                                     std::span<const uint8_t> proof);

/// The JSON body that answers a login: credential, proof and, where there is a device key in
/// `folder`, its signature.
Result<std::string> AnswerBody(const std::string& folder, const SecretCredential& credential,
                               const Challenge& challenge, std::span<const uint8_t> proof);

}  // namespace voizk::cli

#endif  // VOIZK_CLI_SERVICE_BODIES_H_
