// The relying party's side.  Everything that decides comes from the caller, never from the proof:
// the challenge it issued, the credential commitment it stored, the bundle it accepts, the clock,
// the nonces it has seen.  This header's library links no prover, no inference and no audio code.
#ifndef VOIZK_VERIFY_H_
#define VOIZK_VERIFY_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
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
inline constexpr std::string_view kLoginSuite = "voizk login v2";

struct LoginPolicy {
  Bundle bundle;
  PublicCredential credential;            // as stored at enrolment
  Challenge challenge;                    // as issued
  std::vector<uint32_t> allowed_buckets;  // empty: all of the bundle's
  UnixClock clock = SystemUnixSeconds;
};

/// A relation's bytes and digest (docs/protocol/relation.md, 7).
struct PublishedRelation {
  std::vector<uint8_t> bytes;
  std::array<uint8_t, 32> digest{};
};

/// For a relying party that checks many logins: certifies the relation of each bucket and number of
/// digits once and keeps it.  Thread-safe; copies share what is kept.
class LoginVerifier {
 public:
  /// Room for every relation of the bundle built in, at about 3.5 MB for each bucket and number of
  /// digits.
  static constexpr size_t kDefaultBytes = size_t{96} << 20;
  /// Of the relations, those used last are kept, of at most max_bytes together by their own
  /// reckoning (what they take of the heap is about a quarter more); 0 keeps none.  Does not throw:
  /// want of memory is told by status() and by every call.
  explicit LoginVerifier(Bundle bundle, size_t max_bytes = kDefaultBytes);
  /// kOutOfMemory: the verifier could not be made.
  Status status() const;

  /// Checks against this relation (LoginRelation's for that bucket) and no other, instead of
  /// building it from the bundle; proofs that name another bucket are rejected.  The digest is what
  /// the caller trusts, one that they made or that was published (models/<name>/relations.json): a
  /// wrong one lets anybody in.  kInvalidArgument (the bytes have another digest; not certified;
  /// not with the public inputs of this bundle's logins), kMalformed, kLimitExceeded, kUnsupported.
  static Result<LoginVerifier> WithRelation(Bundle bundle, uint32_t bucket,
                                            const PublishedRelation& relation);

  /// As VerifyLogin and VerifyLoginOnce, below.  policy.bundle has to be bundle(): otherwise
  /// kInvalidArgument.
  Status Verify(const LoginPolicy& policy, std::span<const uint8_t> proof) const;
  Status VerifyOnce(const LoginPolicy& policy, std::span<const uint8_t> proof,
                    const std::string& state_folder) const;

  const Bundle& bundle() const { return bundle_; }
  size_t cached_bytes() const;

 private:
  struct State;
  Bundle bundle_;
  std::shared_ptr<State> state_;  // null: there was no memory for it
};

/// The relation of all of the bundle's logins of one bucket and number of digits, whose public
/// inputs are phrase and commitment.  kInvalidArgument: none of the bundle's.
Result<PublishedRelation> LoginRelation(const Bundle& bundle, uint32_t bucket, size_t digits);

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
/// relation: LoginRelation's bytes, whose sizes and soundness are then shown instead of those of
/// the relation built from the bundle; whether the proof is of it only verification tells.
/// kInvalidArgument, with Check::kPublicInput: it is of another number of digits.
Result<Inspection> InspectLogin(const LoginPolicy& policy, std::span<const uint8_t> proof,
                                std::optional<std::span<const uint8_t>> relation = {});

}  // namespace voizk

#endif  // VOIZK_VERIFY_H_
