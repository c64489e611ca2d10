// The functions that web/package calls: a thin shell over voizk's public interface. Pointers and
// sizes are the JavaScript side's own (engine.ts, never a page's), so they are not checked; what
// they point to is.  Each function gives an Outcome that the caller frees; null: no memory.
#include <emscripten.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "call.h"
#include "outcome.h"
#include "voizk/bundle.h"
#include "voizk/challenge.h"
#include "voizk/credential.h"
#include "voizk/login.h"
#include "voizk/verify.h"

namespace voizk::wasm {
namespace {

// clang-format off: the body is JavaScript
EM_JS(void, TellProgress, (double fraction), {
  if (Module["onProgress"]) Module["onProgress"](fraction);
});
// clang-format on

WorkOptions Options() {
  WorkOptions options;
  options.progress = [](const char*, double fraction) { TellProgress(fraction); };
  return options;
}

using ByteSpan = std::span<const uint8_t>;

/// `now` in seconds since the epoch; not a number: the system's clock.
UnixClock ClockOf(double now) {
  if (std::isnan(now)) return SystemUnixSeconds;
  return [seconds = static_cast<int64_t>(now)] { return seconds; };
}

}  // namespace

extern "C" {

/// The bundle of these two files, if its digest is the 32 bytes at `pinned` (handle).
EMSCRIPTEN_KEEPALIVE Outcome* voizk_bundle(const uint8_t* json, size_t json_size,
                                           const uint8_t* weights, size_t weights_size,
                                           const uint8_t* pinned) {
  return Call([&](Outcome* out) -> Status {
    auto bundle = Bundle::Parse({json, json_size}, {weights, weights_size});
    if (!bundle.ok()) return bundle.error();
    std::array<BundleDigest, 1> digest;
    std::copy_n(pinned, 32, digest[0].begin());
    auto trusted = TrustedBundle::Make(std::move(*bundle), digest);
    if (!trusted.ok()) return trusted.error();
    out->handle = new TrustedBundle(std::move(*trusted));
    return {};
  });
}
EMSCRIPTEN_KEEPALIVE void voizk_bundle_free(TrustedBundle* bundle) { delete bundle; }
/// Hertz.
EMSCRIPTEN_KEEPALIVE int voizk_bundle_rate(const TrustedBundle* bundle) {
  return (*bundle)->sample_rate_hz();
}

/// `count` recordings one behind the other, lengths[i] samples each.  first: the sealed credential;
/// second: its public part (JSON).
EMSCRIPTEN_KEEPALIVE Outcome* voizk_enrol_voice(const TrustedBundle* bundle, const char* party,
                                                size_t party_size, const int16_t* pcm,
                                                const size_t* lengths, size_t count, double now,
                                                const char* passphrase, size_t passphrase_size) {
  return Call([&](Outcome* out) -> Status {
    // Argon2id takes most of the memory: a passphrase that will not do is told before the work.
    const Status usable = CheckNewPassphrase({passphrase, passphrase_size});
    if (!usable.ok()) return usable;
    std::vector<std::span<const int16_t>> recordings;
    for (size_t i = 0; i < count; ++i) {
      recordings.emplace_back(pcm, lengths[i]);
      pcm += lengths[i];
    }
    auto credential = Enrol(*bundle, std::string(party, party_size), recordings, Options());
    if (!credential.ok()) return credential.error();
    credential->created_unix_s = ClockOf(now)();
    const auto sealed = SealCredential(*credential, {passphrase, passphrase_size});
    if (!sealed.ok()) return sealed.error();
    const auto json = PublicCredentialToJson(credential->Public());
    if (!json.ok()) return json.error();
    out->first = Copy(*sealed);
    out->second = Copy(*json);
    return {};
  });
}

/// A sealed credential, opened (handle).  first: its public part (JSON).
EMSCRIPTEN_KEEPALIVE Outcome* voizk_open(const uint8_t* sealed, size_t sealed_size,
                                         const char* passphrase, size_t passphrase_size) {
  return Call([&](Outcome* out) -> Status {
    auto credential = OpenCredential({sealed, sealed_size}, {passphrase, passphrase_size});
    if (!credential.ok()) return credential.error();
    const auto json = PublicCredentialToJson(credential->Public());
    if (!json.ok()) return json.error();
    out->first = Copy(*json);
    out->handle = new SecretCredential(std::move(*credential));
    return {};
  });
}
EMSCRIPTEN_KEEPALIVE void voizk_credential_free(SecretCredential* credential) { delete credential; }

/// refusal: why this recording would not be proven, or 0.
EMSCRIPTEN_KEEPALIVE Outcome* voizk_check(const TrustedBundle* bundle,
                                          const SecretCredential* credential,
                                          const uint8_t* challenge, size_t challenge_size,
                                          const int16_t* pcm, size_t samples) {
  return Call([&](Outcome* out) -> Status {
    const auto parsed = ParseChallenge({challenge, challenge_size});
    if (!parsed.ok()) return parsed.error();
    const auto refusal = CheckLogin(*bundle, *credential, *parsed, {pcm, samples}, Options());
    if (!refusal.ok()) return refusal.error();
    out->refusal = static_cast<uint32_t>(*refusal);
    return {};
  });
}

/// first: the proof, unless refused.
EMSCRIPTEN_KEEPALIVE Outcome* voizk_prove_login(const TrustedBundle* bundle,
                                                const SecretCredential* credential,
                                                const uint8_t* challenge, size_t challenge_size,
                                                const int16_t* pcm, size_t samples) {
  return Call([&](Outcome* out) -> Status {
    const auto parsed = ParseChallenge({challenge, challenge_size});
    if (!parsed.ok()) return parsed.error();
    const auto proof = ProveLogin(*bundle, *credential, *parsed, {pcm, samples}, Options());
    if (!proof.ok()) return proof.error();
    out->refusal = static_cast<uint32_t>(proof->refusal);
    out->bucket = proof->stats.bucket;
    out->first = Copy(proof->bytes);
    return {};
  });
}

/// Success: the proof is accepted for this challenge, credential (JSON), bundle and time.  Knows no
/// used nonces.
EMSCRIPTEN_KEEPALIVE Outcome* voizk_verify_login(const TrustedBundle* bundle,
                                                 const uint8_t* challenge, size_t challenge_size,
                                                 const uint8_t* credential, size_t credential_size,
                                                 const uint8_t* proof, size_t proof_size,
                                                 double now) {
  return Call([&](Outcome*) -> Status {
    auto parsed = ParseChallenge({challenge, challenge_size});
    if (!parsed.ok()) return parsed.error();
    auto stored = ParsePublicCredential({credential, credential_size});
    if (!stored.ok()) return stored.error();
    const LoginPolicy policy{.bundle = **bundle,
                             .credential = std::move(*stored),
                             .challenge = std::move(*parsed),
                             .allowed_buckets = {},
                             .clock = ClockOf(now)};
    return VerifyLogin(policy, {proof, proof_size});
  });
}

/// first: a fresh challenge (JSON).
EMSCRIPTEN_KEEPALIVE Outcome* voizk_make_challenge(const char* party, size_t party_size,
                                                   size_t digits, double now, double lifetime) {
  return Call([&](Outcome* out) -> Status {
    const auto challenge =
        MakeChallenge({party, party_size}, digits, ClockOf(now)(), static_cast<int64_t>(lifetime));
    if (!challenge.ok()) return challenge.error();
    const auto json = ChallengeToJson(*challenge);
    if (!json.ok()) return json.error();
    out->first = Copy(*json);
    return {};
  });
}

/// The sentence for a Refusal, static, ended by a zero.
EMSCRIPTEN_KEEPALIVE const char* voizk_refusal_text(uint32_t refusal) {
  return RefusalText(static_cast<Refusal>(refusal));
}

/// Success: a small relation is proven and verified, and an altered proof rejected.
EMSCRIPTEN_KEEPALIVE Outcome* voizk_self_test() {
  return Call([](Outcome* out) -> Status {
    out->first = Copy(KernelTarget());
    return SelfTest(1);
  });
}

}  // extern "C"

}  // namespace voizk::wasm
