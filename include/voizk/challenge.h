// Challenges: what a relying party asks somebody to say, once, for a short time.  The relying party
// makes one, keeps it, hands a copy to the user, and verifies against its own copy.  Formats:
// docs/formats.md.
#ifndef VOIZK_CHALLENGE_H_
#define VOIZK_CHALLENGE_H_

#include <array>
#include <cstddef>
#include <cstdint>
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

/// Marks the challenge's nonce as used, in `state_folder` (made if absent, mode 0700): of any
/// number of processes that try, on one file system, exactly one succeeds.  Call it after the proof
/// was accepted and before telling anybody; on every error refuse the login. kChallengeUsed: it was
/// used before.  kChallengeExpired: as CheckChallengeTime; expired nonces are not kept for ever, so
/// an expired challenge can never be marked.  kIo: it could not be made durable (the nonce may
/// count as used from now on).
Status MarkNonceUsed(const std::string& state_folder, const Challenge& challenge,
                     int64_t now_unix_s);

/// Removes the entries that expired more than an hour ago; returns how many.  kIo, kNotFound.
Result<size_t> PruneUsedNonces(const std::string& state_folder, int64_t now_unix_s);

}  // namespace voizk

#endif  // VOIZK_CHALLENGE_H_
