// Large tables in large pages: fewer page faults and fewer misses of the address cache.
#ifndef VOIZK_BASE_HUGE_PAGES_H_
#define VOIZK_BASE_HUGE_PAGES_H_

#include <cstddef>

namespace voizk {

/// Alignment that lets a block of at least this size use huge pages (x86-64, AArch64 Linux).
inline constexpr size_t kHugePageBytes = size_t{2} << 20;

/// Tells the system that [data, data + bytes) will be used as a whole.  A hint: nothing depends on
/// it, and on systems without it nothing happens.
void AdviseHugePages(void* data, size_t bytes);

}  // namespace voizk

#endif  // VOIZK_BASE_HUGE_PAGES_H_
