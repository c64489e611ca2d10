// The boundary at which exceptions end.  Inside, only the standard library throws (memory, as a
// rule); a public function is written `Result<T> F() try { ... } catch (...) { return
// ErrorOfException(); }`.
#ifndef VOIZK_BASE_EXCEPTIONS_H_
#define VOIZK_BASE_EXCEPTIONS_H_

#include "base/result.h"

namespace voizk {

/// The exception being handled, as an Error: std::bad_alloc is kOutOfMemory, all else kInternal.
/// Allocates nothing.  Only to be called from a catch clause.
Error ErrorOfException() noexcept;

}  // namespace voizk

#endif  // VOIZK_BASE_EXCEPTIONS_H_
