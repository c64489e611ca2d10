// Texts that go into challenges and credentials, and the texts that bytes become in JSON.
#ifndef VOIZK_LOGIN_STORE_TEXT_H_
#define VOIZK_LOGIN_STORE_TEXT_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "crypto/hash/digest.h"

namespace voizk {

/// Well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, up to U+10FFFF) without control
/// characters (U+0000 .. U+001F, U+007F .. U+009F), so that it can be printed anywhere.
bool IsPlainUtf8(std::string_view text);

/// Lower-case hexadecimal.
std::string ToHex(ByteSpan bytes);

/// RFC 4648 section 5, without padding: 43 characters for 32 bytes.
std::string ToBase64Url(const Digest& bytes);
/// The inverse; empty unless `text` is the one encoding of 32 bytes.
std::optional<Digest> FromBase64Url(std::string_view text);

/// The ASCII text, filled up with zeros to 32 bytes (domain tags).  At most 32 characters.
Digest PaddedTag(std::string_view text);

}  // namespace voizk

#endif  // VOIZK_LOGIN_STORE_TEXT_H_
