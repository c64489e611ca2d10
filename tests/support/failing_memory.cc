#include "support/failing_memory.h"

#include <malloc.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <new>

namespace voizk {
namespace {

std::atomic<uint64_t> g_fail_at{FailingMemory::kNever};
uint64_t g_fail_at_suspended = FailingMemory::kNever;
std::atomic<uint64_t> g_allocations{0};
std::atomic<const std::vector<std::string>*> g_secrets{nullptr};
std::atomic<uint64_t> g_found{0};

bool Fails() { return g_allocations++ >= g_fail_at; }

void* Allocate(std::size_t size, std::size_t alignment) {
  if (Fails()) throw std::bad_alloc();
  if (size == 0) size = 1;
  void* const block =
      alignment <= alignof(std::max_align_t)
          ? std::malloc(size)
          : std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  if (block == nullptr) throw std::bad_alloc();
  return block;
}

/// Are somebody's secrets watched?  Then looks for them.
bool Search(const void* block, std::size_t size) {
  const auto* secrets = g_secrets.load();
  if (secrets == nullptr) return false;
  for (const std::string& secret : *secrets) {
    if (memmem(block, size, secret.data(), secret.size()) != nullptr) ++g_found;
  }
  return true;
}

void GiveBack(void* block) {
  if (block != nullptr && Search(block, malloc_usable_size(block))) {
    // found or not
  } else if (block != nullptr) {
    // What a test writes down before it watches, such as the patterns that it looks for, would be
    // found in a block that is given out again and not written to its end.  (memset before free is
    // left out by compilers.)
    explicit_bzero(block, malloc_usable_size(block));
  }
  std::free(block);
}

}  // namespace

FailingMemory::FailingMemory(uint64_t fail_at) {
  g_allocations = 0;
  g_fail_at = fail_at;
}
FailingMemory::~FailingMemory() { g_fail_at = kNever; }
uint64_t FailingMemory::allocations() { return g_allocations; }

uint64_t SuspendFailing() {
  g_fail_at_suspended = g_fail_at.exchange(FailingMemory::kNever);
  return g_allocations;
}
void ResumeFailing(uint64_t suspended) {
  g_allocations = suspended;
  g_fail_at = g_fail_at_suspended;
}

SecretWatch::SecretWatch(std::vector<std::string> secrets) {
  g_found = 0;
  g_secrets = new std::vector<std::string>(std::move(secrets));
}
SecretWatch::~SecretWatch() {
  const auto* const secrets = g_secrets.exchange(nullptr);
  delete secrets;
}
uint64_t SecretWatch::found() { return g_found; }

}  // namespace voizk

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
// Large blocks are mapped (src/base/memory.cc).
extern "C" void* mmap(void* address, size_t length, int protection, int flags, int file,
                      off_t offset) noexcept {
  if ((flags & MAP_ANONYMOUS) != 0 && voizk::Fails()) {
    errno = ENOMEM;
    return MAP_FAILED;
  }
  return reinterpret_cast<void*>(
      syscall(SYS_mmap, address, length, protection, flags, file, offset));
}
extern "C" int munmap(void* address, size_t length) noexcept {
  voizk::Search(address, length);
  return static_cast<int>(syscall(SYS_munmap, address, length));
}
#endif

void* operator new(std::size_t size) { return voizk::Allocate(size, 0); }
void* operator new[](std::size_t size) { return voizk::Allocate(size, 0); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return voizk::Allocate(size, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return voizk::Allocate(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* block) noexcept { voizk::GiveBack(block); }
void operator delete[](void* block) noexcept { voizk::GiveBack(block); }
void operator delete(void* block, std::size_t) noexcept { voizk::GiveBack(block); }
void operator delete[](void* block, std::size_t) noexcept { voizk::GiveBack(block); }
void operator delete(void* block, std::align_val_t) noexcept { voizk::GiveBack(block); }
void operator delete[](void* block, std::align_val_t) noexcept { voizk::GiveBack(block); }
void operator delete(void* block, std::size_t, std::align_val_t) noexcept {
  voizk::GiveBack(block);
}
void operator delete[](void* block, std::size_t, std::align_val_t) noexcept {
  voizk::GiveBack(block);
}
