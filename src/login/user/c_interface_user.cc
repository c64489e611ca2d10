#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "login/relying_party/c_support.h"
#include "voizk/login.h"

namespace {

using voizk::CStatus;

voizk::WorkOptions Threads(int threads) {
  voizk::WorkOptions options;
  options.threads = threads;
  return options;
}

/// `digest` is the user's pin, 32 bytes, or null.
voizk::Result<voizk::TrustedBundle> Trusted(const voizk_bundle& bundle, const uint8_t* digest) {
  std::vector<voizk::BundleDigest> pinned;
  if (digest != nullptr) std::copy_n(digest, 32, pinned.emplace_back().begin());
  return voizk::TrustedBundle::Make(bundle.bundle, pinned);
}

}  // namespace

extern "C" {

voizk_status voizk_enrol(const voizk_bundle* bundle, const uint8_t* pinned_digest,
                         const char* relying_party, const int16_t* const* pcm,
                         const size_t* lengths, size_t count, int64_t now, const char* passphrase,
                         size_t passphrase_size, int threads, voizk_bytes* sealed_credential,
                         voizk_bytes* public_credential) {
  if (bundle == nullptr || relying_party == nullptr || pcm == nullptr || lengths == nullptr ||
      passphrase == nullptr || sealed_credential == nullptr || public_credential == nullptr) {
    return VOIZK_INVALID_ARGUMENT;
  }
  *sealed_credential = {nullptr, 0};
  *public_credential = {nullptr, 0};
  return voizk::Guarded([&] {
    const auto trusted = Trusted(*bundle, pinned_digest);
    if (!trusted.ok()) return CStatus(trusted.error());
    std::vector<std::span<const int16_t>> utterances;
    for (size_t i = 0; i < count; ++i) {
      if (pcm[i] == nullptr) return VOIZK_INVALID_ARGUMENT;
      utterances.emplace_back(pcm[i], lengths[i]);
    }
    auto credential = voizk::Enrol(*trusted, relying_party, utterances, Threads(threads));
    if (!credential.ok()) return CStatus(credential.error());
    credential->created_unix_s = now;
    const auto sealed = voizk::SealCredential(*credential, {passphrase, passphrase_size});
    if (!sealed.ok()) return CStatus(sealed.error());
    const auto json = voizk::PublicCredentialToJson(credential->Public());
    if (!json.ok()) return CStatus(json.error());
    voizk_status status = voizk::CopyOut(*sealed, sealed_credential);
    if (status != VOIZK_OK) return status;
    status = voizk::CopyOut({reinterpret_cast<const uint8_t*>(json->data()), json->size()},
                            public_credential);
    if (status != VOIZK_OK) voizk_free(sealed_credential);  // both or neither
    return status;
  });
}

voizk_status voizk_prove(const voizk_bundle* bundle, const uint8_t* pinned_digest,
                         const uint8_t* sealed_credential, size_t sealed_credential_size,
                         const char* passphrase, size_t passphrase_size, const uint8_t* challenge,
                         size_t challenge_size, const int16_t* pcm, size_t samples, int threads,
                         voizk_bytes* proof, const char** refusal) {
  if (refusal != nullptr) *refusal = nullptr;
  if (bundle == nullptr || sealed_credential == nullptr || passphrase == nullptr ||
      challenge == nullptr || pcm == nullptr || proof == nullptr) {
    return VOIZK_INVALID_ARGUMENT;
  }
  *proof = {nullptr, 0};
  return voizk::Guarded([&] {
    const auto trusted = Trusted(*bundle, pinned_digest);
    if (!trusted.ok()) return CStatus(trusted.error());
    const auto parsed = voizk::ParseChallenge({challenge, challenge_size});
    if (!parsed.ok()) return CStatus(parsed.error());
    const auto credential = voizk::OpenCredential({sealed_credential, sealed_credential_size},
                                                  {passphrase, passphrase_size});
    if (!credential.ok()) return CStatus(credential.error());
    const auto made =
        voizk::ProveLogin(*trusted, *credential, *parsed, {pcm, samples}, Threads(threads));
    if (!made.ok()) return CStatus(made.error());
    if (made->refusal != voizk::Refusal::kNone) {
      if (refusal != nullptr) *refusal = voizk::RefusalText(made->refusal);
      return VOIZK_REFUSED;
    }
    return voizk::CopyOut(made->bytes, proof);
  });
}

}  // extern "C"
