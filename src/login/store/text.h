// Texts that go into challenges and credentials, and the texts that bytes become in JSON.
#ifndef VOIZK_LOGIN_STORE_TEXT_H_
#define VOIZK_LOGIN_STORE_TEXT_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/hash/digest.h"

namespace voizk {

/// Well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, up to U+10FFFF) whose characters
/// all show, so that two names that look the same are the same as far as a program can tell, and a
/// name can be printed anywhere.  Refused: control characters (U+0000 .. U+001F, U+007F .. U+009F),
/// line and paragraph separators, bidirectional and zero-width characters and whatever else Unicode
/// 15 calls default-ignorable, and the annotation marks U+FFF9 .. U+FFFB.
bool IsVisibleUtf8(std::string_view text);

/// Lower-case hexadecimal.
std::string ToHex(ByteSpan bytes);

/// The inverse for 32 bytes; empty unless `text` is what ToHex writes.
std::optional<Digest> FromHex32(std::string_view text);

/// A file begins with this mark of its kind; the error names the kind, not the mark.
Status ExpectMagic(ByteReader* reader, std::string_view magic, std::string_view kind);

/// The ASCII text, filled up with zeros to 32 bytes (domain tags).  At most 32 characters.
Digest PaddedTag(std::string_view text);

}  // namespace voizk

#endif  // VOIZK_LOGIN_STORE_TEXT_H_
