// What the device key signs.
#include <algorithm>

#include "base/bytes.h"
#include "base/exceptions.h"
#include "crypto/hash/sha256.h"
#include "login/store/text.h"
#include "voizk/device.h"

namespace voizk {
namespace {

constexpr std::string_view kLoginTag = "voizk device login v1";
constexpr std::string_view kRegistrationTag = "voizk device key v1";

template <size_t N>
void Place(std::array<uint8_t, N>* out, size_t at, std::span<const uint8_t> part) {
  std::copy(part.begin(), part.end(), out->begin() + static_cast<std::ptrdiff_t>(at));
}

}  // namespace

Result<std::array<uint8_t, 128>> DeviceLoginMessage(const Challenge& challenge,
                                                    std::span<const uint8_t> proof,
                                                    const PublicCredential& credential) try {
  VOIZK_ASSIGN_OR_RETURN(const auto digest, ChallengeDigest(challenge));
  std::array<uint8_t, 128> message{};
  Place(&message, 0, PaddedTag(kLoginTag));
  Place(&message, 32, digest);
  Place(&message, 64, Sha256Of(proof));
  Place(&message, 96, credential.commitment);
  return message;
} catch (...) {
  return ErrorOfException();
}

std::array<uint8_t, 96> DeviceRegistrationMessage(const std::array<uint8_t, 32>& registration,
                                                  const PublicCredential& credential) {
  std::array<uint8_t, 96> message{};
  Place(&message, 0, PaddedTag(kRegistrationTag));
  Place(&message, 32, registration);
  Place(&message, 64, credential.commitment);
  return message;
}

}  // namespace voizk
