// The relying party's side.  Everything that decides comes from the caller, never from the proof:
// the challenge it issued, the credential commitment it stored, the bundle it accepts, the clock,
// the nonces it has seen.  This header's library links no prover, no inference and no audio code.
#ifndef VOIZK_VERIFY_H_
#define VOIZK_VERIFY_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "voizk/bundle.h"
#include "voizk/challenge.h"
#include "voizk/credential.h"
#include "voizk/result.h"

namespace voizk {

/// Named in every login's statement (docs/formats.md): proofs of another suite are rejected.
inline constexpr std::string_view kLoginSuite = "voizk login v1";

struct LoginPolicy {
  Bundle bundle;
  PublicCredential credential;            // as stored at enrolment
  Challenge challenge;                    // as issued
  std::vector<uint32_t> allowed_buckets;  // empty: all of the bundle's
  UnixClock clock = SystemUnixSeconds;
};

/// Checks binding, the proof, and that the challenge is valid before and after that.  Does not know
/// used nonces: call MarkNonceUsed (challenge.h) after kOk and before answering, or use
/// VerifyLoginOnce.  Errors: kProofMalformed, kProofRejected, kChallengeExpired, kInvalidArgument
/// (policy inconsistent).  Any bytes are safe.
Status VerifyLogin(const LoginPolicy& policy, std::span<const uint8_t> proof);

/// VerifyLogin, then marks the nonce used in state_folder, which InitialiseState made: of any
/// number of processes with proofs for one challenge exactly one is told kOk.  Adds the errors of
/// CheckState (found before the proof is looked at) and of MarkNonceUsed.  A rejected proof leaves
/// the challenge unused.  Also removes nonces that expired long ago.
Status VerifyLoginOnce(const LoginPolicy& policy, std::span<const uint8_t> proof,
                       const std::string& state_folder);

struct SoundnessLine {
  std::string label;
  double bits = 0;
};

/// What a proof file says of itself; nothing here is verified.
struct Inspection {
  int format_version = 0;
  int extension_degree = 0;
  uint32_t bucket = 0;
  std::vector<std::pair<std::string, std::string>> public_values;  // name, printable value
  std::vector<std::pair<std::string, uint64_t>> parts;             // part, bytes
  std::vector<SoundnessLine> soundness;                            // one line per term
  double total_bits = 0;
};
/// The bundle and challenge give the shape from which sizes and the soundness table follow.
/// kProofMalformed if the header is not that of a login proof for this shape.
Result<Inspection> InspectLogin(const LoginPolicy& policy, std::span<const uint8_t> proof);

}  // namespace voizk

#endif  // VOIZK_VERIFY_H_
