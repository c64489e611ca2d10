// What the device key signs.  The signature is the browser's (WebCrypto).
#include "voizk/device.h"

#include <emscripten.h>

#include <algorithm>

#include "call.h"
#include "outcome.h"

namespace voizk::wasm {

extern "C" {

/// first: the message that shows who registers `credential` (JSON) that it has the key.
/// `registration` has 32 bytes.
EMSCRIPTEN_KEEPALIVE Outcome* voizk_registration_message(const uint8_t* registration,
                                                         const uint8_t* credential,
                                                         size_t credential_size) {
  return Call([&](Outcome* out) -> Status {
    const auto parsed = ParsePublicCredential({credential, credential_size});
    if (!parsed.ok()) return parsed.error();
    std::array<uint8_t, 32> id;
    std::copy_n(registration, id.size(), id.begin());
    out->first = Copy(DeviceRegistrationMessage(id, *parsed));
    return {};
  });
}

/// first: the message that binds proof, challenge and credential (both JSON) to the device.
EMSCRIPTEN_KEEPALIVE Outcome* voizk_login_message(const uint8_t* challenge, size_t challenge_size,
                                                  const uint8_t* proof, size_t proof_size,
                                                  const uint8_t* credential,
                                                  size_t credential_size) {
  return Call([&](Outcome* out) -> Status {
    const auto asked = ParseChallenge({challenge, challenge_size});
    if (!asked.ok()) return asked.error();
    const auto parsed = ParsePublicCredential({credential, credential_size});
    if (!parsed.ok()) return parsed.error();
    const auto message = DeviceLoginMessage(*asked, {proof, proof_size}, *parsed);
    if (!message.ok()) return message.error();
    out->first = Copy(*message);
    return {};
  });
}

}  // extern "C"

}  // namespace voizk::wasm
