#include "base/secure.h"

#include <sodium.h>

namespace voizk {

void SecureZero(void* data, std::size_t size) {
  if (size > 0) sodium_memzero(data, size);
}

}  // namespace voizk
