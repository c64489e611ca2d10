// Challenges: what a relying party asks somebody to say, once, for a short time.  The relying party
// makes one, keeps it, hands a copy to the user, and verifies against its own copy.  Formats:
// docs/formats.md.
#ifndef VOIZK_CHALLENGE_H_
#define VOIZK_CHALLENGE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "voizk/result.h"

namespace voizk {

inline constexpr uint16_t kChallengeVersion = 1;
inline constexpr size_t kMaxRelyingPartyBytes = 253;  // a DNS name fits
inline constexpr size_t kMinPhraseDigits = 5;         // 65,610 phrases: guessing is not the threat
inline constexpr size_t kMaxPhraseDigits = 8;         // about 4 s of speech
inline constexpr int64_t kMaxChallengeSeconds = 86'400;  // bounds how long nonces must be kept
inline constexpr int64_t kClockSkewSeconds =
    60;  // a challenge may come from a clock this far ahead

struct Challenge {
  std::array<uint8_t, 32> nonce{};
  /// UTF-8 without control characters, 1 .. 253 bytes; compared byte by byte.
  std::string relying_party;
  /// 5 .. 8 digits, each 0 .. 9, no two neighbours equal (they would be spoken as one).
  std::vector<uint8_t> digits;
  int64_t issued_unix_s = 0;   // >= 0
  int64_t expires_unix_s = 0;  // issued < expires <= issued + kMaxChallengeSeconds

  bool operator==(const Challenge&) const = default;
};

/// "40917"
std::string PhraseText(const Challenge& challenge);

/// A fresh challenge: nonce and phrase uniform, from the operating system's randomness.
/// kInvalidArgument: name, digit count or lifetime out of range.
Result<Challenge> MakeChallenge(std::string_view relying_party, size_t digits, int64_t now_unix_s,
                                int64_t lifetime_s);

/// Every rule stated at Challenge; the functions below imply it.  kInvalidArgument.
Status CheckChallenge(const Challenge& challenge);

/// 1 .. 253 bytes of UTF-8 without control characters.  kInvalidArgument.
Status CheckRelyingParty(std::string_view relying_party);

/// kChallengeExpired unless issued - kClockSkewSeconds <= now < expires.
Status CheckChallengeTime(const Challenge& challenge, int64_t now_unix_s);

/// The canonical bytes; one challenge has exactly one encoding.  kInvalidArgument.
Result<std::vector<uint8_t>> EncodeChallenge(const Challenge& challenge);
/// SHA-256("voizk challenge v1", padded with zeros to 32 bytes | canonical bytes): what a proof is
/// bound to.  kInvalidArgument.
Result<std::array<uint8_t, 32>> ChallengeDigest(const Challenge& challenge);
/// The JSON form, one object, newline at the end.  kInvalidArgument.
Result<std::string> ChallengeToJson(const Challenge& challenge);

/// Reads either form (JSON begins with '{' or white space).  Any bytes are safe.
/// kMalformed, kUnsupported (another version), kLimitExceeded (over 4096 bytes).
Result<Challenge> ParseChallenge(std::span<const uint8_t> bytes);

// ---- The relying party's memory of used nonces: a folder that all its verifiers share. ----

/// Seconds since the epoch.  Asked at each decision anew, so that no decision is taken at a time
/// that has passed.  Must not throw.
using UnixClock = std::function<int64_t()>;
/// The system's.
int64_t SystemUnixSeconds();

/// A clock this far behind the state's high-water time still works; the state's time is taken then.
inline constexpr int64_t kClockBackSeconds = 60;  // what time servers step, not what people set
/// Used nonces are kept this long after expiry, so that a verifier whose clock is ahead by less
/// does not make the others refuse challenges that have not expired.
inline constexpr int64_t kNonceKeepSeconds = 3600;

/// Makes the state in `folder` (made with mode 0700 if absent).  A challenge that was issued
/// before, by this clock, is refused there: whether it was used elsewhere, a new memory cannot
/// know.  Those issued by a clock that was ahead have to be discarded by whoever makes it.
/// kInvalidArgument: there is one already, or the folder is not private (base/files.h); kIo.
Status InitialiseState(const std::string& folder, const UnixClock& clock);

/// What a verifier can know before it looks at a proof: kNotFound: `folder` holds no state (nothing
/// is made: a mistyped name must not become an empty memory); kMalformed, kUnsupported: its file is
/// damaged or of another version; kInvalidArgument: it is not private, or the clock is more than
/// kClockBackSeconds behind the latest time this state has seen; kIo.
Status CheckState(const std::string& folder, const UnixClock& clock);

/// Marks the challenge's nonce as used: of any number of processes that try, on one file system,
/// exactly one succeeds.  Call it after the proof was accepted and before telling anybody; on every
/// error refuse the login.  The clock is asked once the folder is locked; the state's time never
/// goes back.  Errors of CheckState, and
///   kChallengeUsed: it was used before;
///   kChallengeExpired: as CheckChallengeTime, or issued before the state was made, or expired
///     before the state's prune horizon (up to which some verifier, perhaps one whose clock was
///     ahead, may have forgotten nonces);
///   kIo: it could not be made durable (the nonce may count as used from now on).
Status MarkNonceUsed(const std::string& folder, const Challenge& challenge, const UnixClock& clock);

/// Moves the prune horizon, durably, to kNonceKeepSeconds ago, then removes the entries that
/// expired by then; returns how many.  Does so at most once a minute.  Errors of CheckState.
Result<size_t> PruneUsedNonces(const std::string& folder, const UnixClock& clock);

}  // namespace voizk

#endif  // VOIZK_CHALLENGE_H_
