#include "support/failing_memory.h"

#include <malloc.h>

#include <atomic>
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

void* Allocate(std::size_t size, std::size_t alignment) {
  if (g_allocations++ >= g_fail_at) throw std::bad_alloc();
  if (size == 0) size = 1;
  void* const block =
      alignment <= alignof(std::max_align_t)
          ? std::malloc(size)
          : std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  if (block == nullptr) throw std::bad_alloc();
  return block;
}

void GiveBack(void* block) {
  if (const auto* secrets = g_secrets.load(); secrets != nullptr && block != nullptr) {
    for (const std::string& secret : *secrets) {
      if (memmem(block, malloc_usable_size(block), secret.data(), secret.size()) != nullptr) {
        ++g_found;
      }
    }
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
