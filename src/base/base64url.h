// Bytes as text that goes into JSON and addresses.
#ifndef VOIZK_BASE_BASE64URL_H_
#define VOIZK_BASE_BASE64URL_H_

#include <string>

#include "base/bytes.h"

namespace voizk {

/// RFC 4648, section 5, without padding.
std::string ToBase64Url(ByteSpan bytes);

}  // namespace voizk

#endif  // VOIZK_BASE_BASE64URL_H_
