// Bodies of requests: JSON objects read strictly (one meaning, bounded nesting), and base64url.
#ifndef VOIZK_SERVICE_API_BODY_H_
#define VOIZK_SERVICE_API_BODY_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace voizk {

inline constexpr int kMaxJsonDepth = 3;

/// An object with no other names than `names`, none twice, no deeper than `most_depth`; an empty
/// body is the empty object.  kMalformed.
Result<nlohmann::json> ParseBody(std::string_view body, std::span<const std::string_view> names,
                                 int most_depth = kMaxJsonDepth);

/// The text under `name`; empty where it is absent and need not be there.  kMalformed.
Result<std::string> TextOf(const nlohmann::json& object, std::string_view name, bool needed);

/// 16 lower-case hexadecimal digits.
bool IsCredentialId(std::string_view text);

/// RFC 4648, section 5, without padding (ToBase64Url); one text for each sequence of bytes.
/// kMalformed.
Result<std::vector<uint8_t>> FromBase64Url(std::string_view text);

}  // namespace voizk

#endif  // VOIZK_SERVICE_API_BODY_H_
