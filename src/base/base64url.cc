#include "base/base64url.h"

#include <sodium.h>

namespace voizk {

std::string ToBase64Url(ByteSpan bytes) {
  std::string text(
      sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(),
                    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  text.pop_back();  // its zero
  return text;
}

}  // namespace voizk
