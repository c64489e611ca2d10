#include <algorithm>
#include <cstdlib>
#include <string>

#include "login/relying_party/c_support.h"
#include "voizk/secure.h"
#include "voizk/verify.h"

namespace voizk {

voizk_status CStatus(const Error& error) {
  switch (error.code) {
    case ErrorCode::kInvalidArgument:
      return VOIZK_INVALID_ARGUMENT;
    case ErrorCode::kNotFound:
      return VOIZK_NOT_FOUND;
    case ErrorCode::kIo:
      return VOIZK_IO;
    case ErrorCode::kMalformed:
      return VOIZK_MALFORMED;
    case ErrorCode::kUnsupported:
      return VOIZK_UNSUPPORTED;
    case ErrorCode::kLimitExceeded:
      return VOIZK_LIMIT_EXCEEDED;
    case ErrorCode::kProofMalformed:
      return VOIZK_PROOF_MALFORMED;
    case ErrorCode::kProofRejected:
      return VOIZK_PROOF_REJECTED;
    case ErrorCode::kChallengeExpired:
      return VOIZK_CHALLENGE_EXPIRED;
    case ErrorCode::kChallengeUsed:
      return VOIZK_CHALLENGE_USED;
    case ErrorCode::kRefused:
      return VOIZK_REFUSED;
    case ErrorCode::kWrongPassphrase:
      return VOIZK_WRONG_PASSPHRASE;
    case ErrorCode::kInternal:
      return VOIZK_INTERNAL;
    case ErrorCode::kOutOfMemory:
      return VOIZK_OUT_OF_MEMORY;
  }
  return VOIZK_INTERNAL;
}

voizk_status CopyOut(std::span<const uint8_t> bytes, voizk_bytes* out) {
  out->data = static_cast<uint8_t*>(std::malloc(std::max<size_t>(bytes.size(), 1)));
  if (out->data == nullptr) return VOIZK_OUT_OF_MEMORY;
  std::copy(bytes.begin(), bytes.end(), out->data);
  out->size = bytes.size();
  return VOIZK_OK;
}

}  // namespace voizk

struct voizk_verifier {
  voizk::LoginVerifier verifier;
};

namespace {

voizk::UnixClock ClockOf(voizk_clock clock, void* context) {
  if (clock == nullptr) return voizk::SystemUnixSeconds;
  return [clock, context] { return clock(context); };
}

}  // namespace

extern "C" {

void voizk_free(voizk_bytes* bytes) {
  if (bytes == nullptr || bytes->data == nullptr) return;
  voizk::SecureZero(bytes->data, bytes->size);
  std::free(bytes->data);
  *bytes = {nullptr, 0};
}

const char* voizk_status_text(voizk_status status) {
  switch (status) {
    case VOIZK_OK:
      return "ok";
    case VOIZK_INVALID_ARGUMENT:
      return "an argument is invalid";
    case VOIZK_NOT_FOUND:
      return "not found";
    case VOIZK_IO:
      return "reading or writing failed";
    case VOIZK_MALFORMED:
      return "damaged or not of the expected form";
    case VOIZK_UNSUPPORTED:
      return "not supported by this version";
    case VOIZK_LIMIT_EXCEEDED:
      return "a limit is exceeded";
    case VOIZK_PROOF_MALFORMED:
      return "the proof is malformed";
    case VOIZK_PROOF_REJECTED:
      return "the proof is rejected";
    case VOIZK_CHALLENGE_EXPIRED:
      return "the challenge has expired";
    case VOIZK_CHALLENGE_USED:
      return "the challenge was used before";
    case VOIZK_REFUSED:
      return "the recording is refused";
    case VOIZK_WRONG_PASSPHRASE:
      return "wrong passphrase";
    case VOIZK_INTERNAL:
      return "internal error";
    case VOIZK_OUT_OF_MEMORY:
      return "out of memory";
  }
  return "unknown status";
}

voizk_status voizk_bundle_open(const char* folder, voizk_bundle** bundle) {
  if (bundle == nullptr) return VOIZK_INVALID_ARGUMENT;
  *bundle = nullptr;
  return voizk::Guarded([&] {
    auto loaded = folder == nullptr ? voizk::Bundle::Default() : voizk::Bundle::Load(folder);
    if (!loaded.ok()) return voizk::CStatus(loaded.error());
    *bundle = new voizk_bundle{std::move(*loaded)};
    return VOIZK_OK;
  });
}

void voizk_bundle_close(voizk_bundle* bundle) { delete bundle; }

int voizk_bundle_sample_rate(const voizk_bundle* bundle) {
  return bundle == nullptr ? 0 : bundle->bundle.sample_rate_hz();
}

voizk_status voizk_bundle_digest(const voizk_bundle* bundle, uint8_t* digest) {
  if (bundle == nullptr || digest == nullptr) return VOIZK_INVALID_ARGUMENT;
  std::copy_n(bundle->bundle.digest().begin(), 32, digest);
  return VOIZK_OK;
}

voizk_status voizk_challenge_new(const char* relying_party, size_t digits, int64_t now,
                                 int64_t lifetime_seconds, voizk_bytes* json) {
  if (relying_party == nullptr || json == nullptr) return VOIZK_INVALID_ARGUMENT;
  *json = {nullptr, 0};
  return voizk::Guarded([&] {
    const auto challenge = voizk::MakeChallenge(relying_party, digits, now, lifetime_seconds);
    if (!challenge.ok()) return voizk::CStatus(challenge.error());
    const auto text = voizk::ChallengeToJson(*challenge);
    if (!text.ok()) return voizk::CStatus(text.error());
    const auto* bytes = reinterpret_cast<const uint8_t*>(text->data());
    return voizk::CopyOut({bytes, text->size()}, json);
  });
}

voizk_status voizk_state_init(const char* state_folder, voizk_clock clock, void* clock_context) {
  if (state_folder == nullptr) return VOIZK_INVALID_ARGUMENT;
  return voizk::Guarded([&] {
    return voizk::CStatus(voizk::InitialiseState(state_folder, ClockOf(clock, clock_context)));
  });
}

voizk_status voizk_verify_once(const voizk_bundle* bundle, const uint8_t* challenge,
                               size_t challenge_size, const uint8_t* credential,
                               size_t credential_size, const uint8_t* proof, size_t proof_size,
                               const char* state_folder, voizk_clock clock, void* clock_context) {
  if (bundle == nullptr) return VOIZK_INVALID_ARGUMENT;
  return voizk::Guarded([&] {
    const voizk_verifier verifier{voizk::LoginVerifier(bundle->bundle, 0)};
    return voizk_verifier_verify_once(&verifier, challenge, challenge_size, credential,
                                      credential_size, proof, proof_size, state_folder, clock,
                                      clock_context);
  });
}

voizk_status voizk_verifier_open(const voizk_bundle* bundle, size_t max_bytes,
                                 voizk_verifier** verifier) {
  if (verifier == nullptr) return VOIZK_INVALID_ARGUMENT;
  *verifier = nullptr;
  if (bundle == nullptr) return VOIZK_INVALID_ARGUMENT;
  return voizk::Guarded([&] {
    voizk::LoginVerifier made(bundle->bundle, max_bytes);
    if (!made.status().ok()) return voizk::CStatus(made.status());
    *verifier = new voizk_verifier{std::move(made)};
    return VOIZK_OK;
  });
}

void voizk_verifier_close(voizk_verifier* verifier) { delete verifier; }

voizk_status voizk_verifier_verify_once(const voizk_verifier* verifier, const uint8_t* challenge,
                                        size_t challenge_size, const uint8_t* credential,
                                        size_t credential_size, const uint8_t* proof,
                                        size_t proof_size, const char* state_folder,
                                        voizk_clock clock, void* clock_context) {
  if (verifier == nullptr || challenge == nullptr || credential == nullptr || proof == nullptr ||
      state_folder == nullptr) {
    return VOIZK_INVALID_ARGUMENT;
  }
  return voizk::Guarded([&] {
    auto parsed = voizk::ParseChallenge({challenge, challenge_size});
    if (!parsed.ok()) return voizk::CStatus(parsed.error());
    auto stored = voizk::ParsePublicCredential({credential, credential_size});
    if (!stored.ok()) return voizk::CStatus(stored.error());
    const voizk::LoginPolicy policy{.bundle = verifier->verifier.bundle(),
                                    .credential = std::move(*stored),
                                    .challenge = std::move(*parsed),
                                    .allowed_buckets = {},
                                    .clock = ClockOf(clock, clock_context)};
    return voizk::CStatus(verifier->verifier.VerifyOnce(policy, {proof, proof_size}, state_folder));
  });
}

}  // extern "C"
