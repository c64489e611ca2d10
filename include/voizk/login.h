// The user's side of a login: enrol a voice, prove a phrase.  Computation only: nothing here
// prompts, opens a device, reads or writes a file.
#ifndef VOIZK_LOGIN_H_
#define VOIZK_LOGIN_H_

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "voizk/bundle.h"
#include "voizk/challenge.h"
#include "voizk/credential.h"
#include "voizk/result.h"

namespace voizk {

/// Why a recording is refused, locally.  Never part of a proof or of any message.
enum class Refusal : uint8_t {
  kNone,
  kTooShort,    // too little voiced speech
  kTooLong,     // longer than the largest bucket
  kSilent,      // nothing but silence
  kClipped,     // the recording level was too high
  kNoisy,       // the speech is not far enough above the noise
  kWrongWords,  // the phrase was not heard
  kNotThisVoice,
};
/// One sentence that tells the user what to change.
std::string RefusalText(Refusal refusal);

/// Called from the calling thread; fraction in [0, 1].
using Progress = std::function<void(const char* stage, double fraction)>;

struct WorkOptions {
  int threads = 1;  // 1 runs on the calling thread only
  Progress progress;
};

/// Averages several utterances (16-bit mono at the bundle's rate) into a template bound to one
/// relying party with a fresh salt.  Not proven (README, limits).  kRefused: the text says what to
/// change.
Result<SecretCredential> Enroll(const Bundle& bundle, const std::string& relying_party,
                                std::span<const std::span<const int16_t>> utterances,
                                const WorkOptions& options);

struct ProveStats {
  uint32_t bucket = 0;
  double seconds_features = 0, seconds_witness = 0, seconds_prove = 0;
  uint64_t cells = 0, lookups = 0;
};

struct LoginProof {
  std::vector<uint8_t> bytes;  // empty when refused
  Refusal refusal = Refusal::kNone;
  ProveStats stats;
};

/// Checks the recording locally, then proves it.  A refusal is a value, not an error: bytes is
/// empty and nothing may be sent.  The challenge and credential must name the same relying party
/// and bundle.
Result<LoginProof> ProveLogin(const Bundle& bundle, const SecretCredential& credential,
                              const Challenge& challenge, std::span<const int16_t> pcm,
                              const WorkOptions& options);

}  // namespace voizk

#endif  // VOIZK_LOGIN_H_
