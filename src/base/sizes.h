// Sizes of memory from counts of 64 bits.  Counts are computed in 64 bits and checked against named
// limits; where size_t has 32 (WebAssembly), one that no memory could hold must not become a small
// one on its way into an allocation or an index.
#ifndef VOIZK_BASE_SIZES_H_
#define VOIZK_BASE_SIZES_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <new>

namespace voizk {

/// The same number; std::bad_alloc where size_t does not reach it.
inline size_t ToSize(uint64_t count) {
  if (count > std::numeric_limits<size_t>::max()) throw std::bad_alloc();
  return static_cast<size_t>(count);
}

}  // namespace voizk

#endif  // VOIZK_BASE_SIZES_H_
