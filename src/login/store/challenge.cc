#include "voizk/challenge.h"

#include <sodium.h>

#include <algorithm>

#include "base/bytes.h"
#include "base/exceptions.h"
#include "crypto/hash/sha256.h"
#include "login/store/json_fields.h"
#include "login/store/text.h"

namespace voizk {
namespace {

constexpr std::string_view kMagic = "voizkchl";
constexpr std::string_view kJsonType = "voizk-challenge";
constexpr int64_t kJsonVersion = 2;  // 1 had the nonce in base64url
constexpr std::string_view kDigestTag = "voizk challenge v1";
constexpr int64_t kMaxUnixSeconds = (int64_t{1} << 53) - 1;  // exact in every JSON reader

Status Bad(const std::string& problem) {
  return {ErrorCode::kInvalidArgument, "challenge: " + problem};
}

/// Parsers report the same rules as damage of the input.
Result<Challenge> Checked(Challenge challenge) {
  const Status status = CheckChallenge(challenge);
  if (!status.ok()) return {ErrorCode::kMalformed, status.error().message};
  return challenge;
}

Result<Challenge> ParseBinary(ByteSpan bytes) {
  ByteReader reader(bytes, ErrorCode::kMalformed, "challenge");
  Challenge challenge;
  VOIZK_RETURN_IF_ERROR(ExpectMagic(&reader, kMagic, "challenge of voizk (JSON or binary)"));
  VOIZK_ASSIGN_OR_RETURN(const uint16_t version, reader.U16());
  if (version != kChallengeVersion) {
    return {ErrorCode::kUnsupported,
            "challenge: version " + std::to_string(version) + "; this program reads version 1"};
  }
  VOIZK_ASSIGN_OR_RETURN(const ByteSpan nonce, reader.Bytes(challenge.nonce.size()));
  std::copy(nonce.begin(), nonce.end(), challenge.nonce.begin());
  VOIZK_ASSIGN_OR_RETURN(challenge.issued_unix_s, reader.I64());
  VOIZK_ASSIGN_OR_RETURN(challenge.expires_unix_s, reader.I64());
  VOIZK_ASSIGN_OR_RETURN(const uint8_t name_bytes, reader.U8());
  VOIZK_ASSIGN_OR_RETURN(const ByteSpan name, reader.Bytes(name_bytes));
  challenge.relying_party.assign(name.begin(), name.end());
  VOIZK_ASSIGN_OR_RETURN(const uint8_t digit_count, reader.U8());
  VOIZK_ASSIGN_OR_RETURN(const ByteSpan digits, reader.Bytes(digit_count));
  challenge.digits.assign(digits.begin(), digits.end());
  VOIZK_RETURN_IF_ERROR(reader.ExpectEnd());
  return Checked(std::move(challenge));
}

Result<Challenge> ParseJson(ByteSpan bytes) {
  constexpr std::array<std::string_view, 7> kNames = {
      "type", "version", "relying_party", "nonce", "phrase", "issued_unix_s", "expires_unix_s"};
  VOIZK_ASSIGN_OR_RETURN(const JsonFields fields, JsonFields::Parse(bytes, "challenge", kNames));
  VOIZK_RETURN_IF_ERROR(fields.ExpectText("type", kJsonType));
  VOIZK_RETURN_IF_ERROR(fields.ExpectVersion("version", kJsonVersion));
  Challenge challenge;
  VOIZK_ASSIGN_OR_RETURN(challenge.relying_party, fields.Text("relying_party"));
  VOIZK_ASSIGN_OR_RETURN(challenge.nonce, fields.Bytes32("nonce"));
  VOIZK_ASSIGN_OR_RETURN(const std::string phrase, fields.Text("phrase"));
  for (const char c : phrase) {
    if (c < '0' || c > '9') return fields.Fail("\"phrase\" is not made of digits");
    challenge.digits.push_back(static_cast<uint8_t>(c - '0'));
  }
  VOIZK_ASSIGN_OR_RETURN(challenge.issued_unix_s, fields.Number("issued_unix_s"));
  VOIZK_ASSIGN_OR_RETURN(challenge.expires_unix_s, fields.Number("expires_unix_s"));
  return Checked(std::move(challenge));
}

}  // namespace

std::string PhraseText(const Challenge& challenge) {
  std::string text;
  for (const uint8_t digit : challenge.digits) text += static_cast<char>('0' + digit);
  return text;
}

Result<Challenge> MakeChallenge(std::string_view relying_party, size_t digits, int64_t now_unix_s,
                                int64_t lifetime_s) try {
  if (sodium_init() < 0) return {ErrorCode::kInternal, "there is no source of randomness"};
  if (digits < kMinPhraseDigits || digits > kMaxPhraseDigits) {
    return Bad("a phrase has 5 to 8 digits");
  }
  if (lifetime_s < 1 || lifetime_s > kMaxChallengeSeconds) {
    return Bad("a challenge lives 1 to 86400 seconds");
  }
  if (now_unix_s < 0 || now_unix_s > kMaxUnixSeconds - kMaxChallengeSeconds) {
    return Bad("the clock is out of range");
  }
  Challenge challenge;
  challenge.relying_party = relying_party;
  challenge.issued_unix_s = now_unix_s;
  challenge.expires_unix_s = now_unix_s + lifetime_s;
  randombytes_buf(challenge.nonce.data(), challenge.nonce.size());
  // Uniform over the 10 * 9^(L-1) phrases: sodium draws below a bound by rejection, and a neighbour
  // that would repeat is rejected in turn.
  while (challenge.digits.size() < digits) {
    const auto digit = static_cast<uint8_t>(randombytes_uniform(10));
    if (challenge.digits.empty() || challenge.digits.back() != digit) {
      challenge.digits.push_back(digit);
    }
  }
  VOIZK_RETURN_IF_ERROR(CheckChallenge(challenge));
  return challenge;
} catch (...) {
  return ErrorOfException();
}

Status CheckRelyingParty(std::string_view relying_party) try {
  if (relying_party.empty() || relying_party.size() > kMaxRelyingPartyBytes) {
    return {ErrorCode::kInvalidArgument, "the relying party's name has 1 to 253 bytes"};
  }
  if (!IsVisibleUtf8(relying_party)) {
    return {
        ErrorCode::kInvalidArgument,
        "the relying party's name is no UTF-8 of visible characters (no control, bidirectional or "
        "zero-width ones)"};
  }
  return {};
} catch (...) {
  return ErrorOfException();
}

Status CheckChallenge(const Challenge& challenge) try {
  VOIZK_RETURN_IF_ERROR(CheckRelyingParty(challenge.relying_party));
  const std::vector<uint8_t>& digits = challenge.digits;
  if (digits.size() < kMinPhraseDigits || digits.size() > kMaxPhraseDigits) {
    return Bad("a phrase has 5 to 8 digits");
  }
  if (std::any_of(digits.begin(), digits.end(), [](uint8_t digit) { return digit > 9; })) {
    return Bad("a digit is above 9");
  }
  if (std::adjacent_find(digits.begin(), digits.end()) != digits.end()) {
    return Bad("two neighbouring digits are equal");
  }
  const int64_t issued = challenge.issued_unix_s;
  const int64_t expires = challenge.expires_unix_s;
  if (issued < 0 || issued > kMaxUnixSeconds || expires < 0 || expires > kMaxUnixSeconds) {
    return Bad("a time is out of range");
  }
  if (expires <= issued || expires - issued > kMaxChallengeSeconds) {
    return Bad("a challenge lives 1 to 86400 seconds");
  }
  return {};
} catch (...) {
  return ErrorOfException();
}

Status CheckChallengeTime(const Challenge& challenge, int64_t now_unix_s) try {
  if (now_unix_s >= challenge.expires_unix_s) {
    return {ErrorCode::kChallengeExpired, "the challenge has expired"};
  }
  if (now_unix_s < challenge.issued_unix_s - kClockSkewSeconds) {
    return {ErrorCode::kChallengeExpired, "the challenge is not valid yet: compare the clocks"};
  }
  return {};
} catch (...) {
  return ErrorOfException();
}

Result<std::vector<uint8_t>> EncodeChallenge(const Challenge& challenge) try {
  VOIZK_RETURN_IF_ERROR(CheckChallenge(challenge));
  ByteWriter writer;
  writer.Bytes(AsBytes(kMagic));
  writer.U16(kChallengeVersion);
  writer.Bytes(challenge.nonce);
  writer.I64(challenge.issued_unix_s);
  writer.I64(challenge.expires_unix_s);
  writer.U8(static_cast<uint8_t>(challenge.relying_party.size()));
  writer.Bytes(AsBytes(challenge.relying_party));
  writer.U8(static_cast<uint8_t>(challenge.digits.size()));
  writer.Bytes(challenge.digits);
  return std::move(writer).Take();
} catch (...) {
  return ErrorOfException();
}

Result<std::array<uint8_t, 32>> ChallengeDigest(const Challenge& challenge) try {
  VOIZK_ASSIGN_OR_RETURN(const std::vector<uint8_t> bytes, EncodeChallenge(challenge));
  return Sha256().Update(PaddedTag(kDigestTag)).Update(bytes).Finish();
} catch (...) {
  return ErrorOfException();
}

Result<std::string> ChallengeToJson(const Challenge& challenge) try {
  VOIZK_RETURN_IF_ERROR(CheckChallenge(challenge));
  return std::move(JsonWriter()
                       .Text("type", kJsonType)
                       .Number("version", kJsonVersion)
                       .Text("relying_party", challenge.relying_party)
                       .Text("nonce", ToHex(challenge.nonce))
                       .Text("phrase", PhraseText(challenge))
                       .Number("issued_unix_s", challenge.issued_unix_s)
                       .Number("expires_unix_s", challenge.expires_unix_s))
      .Finish();
} catch (...) {
  return ErrorOfException();
}

Result<Challenge> ParseChallenge(std::span<const uint8_t> bytes) try {
  constexpr std::string_view kJsonStart = "{ \t\r\n";
  if (!bytes.empty() && kJsonStart.find(static_cast<char>(bytes[0])) != std::string_view::npos) {
    return ParseJson(bytes);
  }
  return ParseBinary(bytes);
} catch (...) {
  return ErrorOfException();
}

}  // namespace voizk
