#include "base/exceptions.h"

#include <new>

namespace voizk {

// The texts fit into the string object itself, so that telling of missing memory takes none.
Error ErrorOfException() noexcept {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return {ErrorCode::kOutOfMemory, "out of memory"};
  } catch (...) {
    return {ErrorCode::kInternal, "internal error"};
  }
}

}  // namespace voizk
