// The user's side of a login: enrol a voice, prove a phrase.  Computation only: nothing here
// prompts, opens a device, reads or writes a file.
#ifndef VOIZK_LOGIN_H_
#define VOIZK_LOGIN_H_

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "voizk/bundle.h"
#include "voizk/challenge.h"
#include "voizk/credential.h"
#include "voizk/result.h"

namespace voizk {

/// Why a recording is refused, locally.  Never part of a proof or of any message.
enum class Refusal : uint8_t {
  kNone,
  kTooShort,      // too little voiced speech
  kTooLong,       // longer than the largest bucket
  kSilent,        // nothing but silence
  kClipped,       // the recording level was too high
  kNoisy,         // the speech is not far enough above the noise
  kWrongWords,    // the phrase was not heard
  kUnevenDigits,  // one digit carries too much or too little of the voice
  kNotThisVoice,
  kUnusual,          // a value outside what the models accept
  kUnlikeTheOthers,  // of several recordings: not the voice that the others have
};
/// One sentence, static, that tells the user what to change.
const char* RefusalText(Refusal refusal);
/// Static, for programs: "none", "too_short", "wrong_words", ..; "unknown" for what is no Refusal.
const char* RefusalName(Refusal refusal);

/// Called from the calling thread; fraction in [0, 1].
using Progress = std::function<void(const char* stage, double fraction)>;

struct WorkOptions {
  int threads = 1;  // 1 runs on the calling thread only
  Progress progress;
};

using BundleDigest = std::array<uint8_t, 32>;

/// A bundle that the owner of the voice trusts.  A bundle is code: it decides what is accepted, and
/// a hostile one can turn each yes, each refusal and each length bucket into a few bits of its
/// maker's choice about the voice or the words.  So nothing is computed about a voice for others
/// but with a bundle that its user has pinned by digest.
class TrustedBundle {
 public:
  /// The bundle built into the library is trusted like the library; any other only if its digest is
  /// in `pinned`, which comes from the user and never from where the bundle came from.
  /// kInvalidArgument.
  static Result<TrustedBundle> Make(Bundle bundle, std::span<const BundleDigest> pinned);

  const Bundle& operator*() const { return bundle_; }
  const Bundle* operator->() const { return &bundle_; }

 private:
  explicit TrustedBundle(Bundle bundle) : bundle_(std::move(bundle)) {}
  Bundle bundle_;
};

/// Averages several utterances (16-bit mono at the bundle's rate) into a template bound to one
/// relying party with a fresh salt.  Not proven: ProveEnrolment is.  kRefused: the text says what
/// to change.
Result<SecretCredential> Enrol(const TrustedBundle& trusted, const std::string& relying_party,
                               std::span<const std::span<const int16_t>> utterances,
                               const WorkOptions& options);

struct LoginStats;
struct EnrolmentProof;
/// Enrols with a proof (voizk/enrolment.h): recordings[i] says EnrolmentPhrases(challenge, n)[i], n
/// = LeastEnrolPhrases(bundle) .. kMaxEnrolPhrases of them.  Each is checked by itself and against
/// the others before anything is proven; of those that differ from the others the one that differs
/// most is named.  The challenge names the relying party.
/// kInvalidArgument: another number of recordings; kUnsupported: LeastEnrolPhrases'; a refusal is a
/// value.
Result<EnrolmentProof> ProveEnrolment(const TrustedBundle& trusted, const Challenge& challenge,
                                      std::span<const std::span<const int16_t>> recordings,
                                      const WorkOptions& options);

struct LoginStats {
  uint32_t bucket = 0;
  double seconds_relation = 0;  // building and certifying the relation
  double seconds_witness = 0;   // running the models
  double seconds_prove = 0;
  uint64_t cells = 0;    // committed, unused addresses included
  uint64_t lookups = 0;  // lookups and table rows
};

struct LoginProof {
  std::vector<uint8_t> bytes;  // empty when refused
  Refusal refusal = Refusal::kNone;
  LoginStats stats;
};

struct EnrolmentProof {
  std::vector<uint8_t> bytes;   // empty when refused
  SecretCredential credential;  // unless refused
  Refusal refusal = Refusal::kNone;
  size_t recording = 0;  // which was refused, from 1; 0: all of them together
  LoginStats stats;
};

/// Checks the recording locally, then proves it.  A refusal is a value, not an error: bytes is
/// empty and nothing may be sent.  The challenge and credential must name the same relying party
/// and bundle.
Result<LoginProof> ProveLogin(const TrustedBundle& trusted, const SecretCredential& credential,
                              const Challenge& challenge, std::span<const int16_t> pcm,
                              const WorkOptions& options);

/// What ProveLogin checks before it proves, alone: kNone, or why it would refuse.  Errors as
/// ProveLogin's.
Result<Refusal> CheckLogin(const TrustedBundle& trusted, const SecretCredential& credential,
                           const Challenge& challenge, std::span<const int16_t> pcm,
                           const WorkOptions& options);

// ---- What the pipeline sees, for the owner of the voice to look at.  Local and secret. ----

struct Word {
  std::string text;      // class name of the recogniser
  uint32_t begin_frame;  // in 10 ms frames, [begin, end)
  uint32_t end_frame;
};

struct FeatureView {
  uint32_t bucket = 0;  // frames
  uint32_t bands = 0;   // mel filters
  double frame_seconds = 0.01;
  std::vector<int32_t> log_mel;   // [bucket][bands], 1/32 log2 of power
  std::vector<int32_t> features;  // [bucket][bands], normalised int8 as the networks read them
  std::vector<uint8_t> voiced;    // [bucket]
  std::vector<Word> words;        // runs of the recogniser's best class, silence left out
  Refusal refusal = Refusal::kNone;
};

/// Runs the integer front end and the recogniser on 16-bit mono PCM at the bundle's rate.  Audio
/// that would be refused (silent, noisy, too short) still gives as many stages as exist, and the
/// reason.
Result<FeatureView> ComputeFeatures(const Bundle& bundle, std::span<const int16_t> pcm,
                                    const WorkOptions& options);

// ---- Is this machine fit? ----

/// Proves and verifies a small relation, and checks that an altered proof is rejected and a false
/// statement not proven.  A few milliseconds.  kInternal.
Status SelfTest(int threads);

/// The vector instructions that the kernels use here, e.g. "AVX2".
std::string KernelTarget();

}  // namespace voizk

#endif  // VOIZK_LOGIN_H_
