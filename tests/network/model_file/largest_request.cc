#include "network/model_file/largest_request.h"

#include <atomic>
#include <cstdlib>
#include <new>

namespace {
std::atomic<size_t> largest_request{0};
std::atomic<size_t> all_requests{0};
}  // namespace

// A file of its own: where callers see these bodies, the compiler warns of a mismatched free.
void* operator new(size_t size) {
  all_requests += size;
  size_t largest = largest_request;
  while (size > largest && !largest_request.compare_exchange_weak(largest, size)) {
  }
  if (void* const p = std::malloc(size == 0 ? 1 : size)) return p;
  throw std::bad_alloc();
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, size_t) noexcept { std::free(p); }

namespace voizk {

size_t TakeLargestRequest() { return largest_request.exchange(0); }
size_t TakeAllRequests() { return all_requests.exchange(0); }

}  // namespace voizk
