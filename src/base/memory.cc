#include "voizk/memory.h"

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include <algorithm>
#include <cstdint>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/huge_pages.h"

namespace voizk {
namespace {

// A kept block would hide from AddressSanitizer that it was freed.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool kKeeps = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
constexpr bool kKeeps = false;
#else
constexpr bool kKeeps = true;
#endif
#else
constexpr bool kKeeps = true;
#endif

struct Block {
  void* data;
  size_t bytes;  // its whole size, which may be more than was asked for
};

// The process's large blocks.  Never destroyed: owners of blocks may outlive every static object.
// The mutex guards lists and sums; the system is asked for memory, and given it back, outside.
struct Blocks {
  std::mutex mutex;
  size_t keepers = 0;
  size_t in_use = 0;  // bytes of blocks that somebody owns
  size_t peak = 0;    // the most of them since the first keeper
  size_t kept_bytes = 0;
  std::vector<Block> kept;    // the one that was freed last at the end
  std::vector<Block> larger;  // owned blocks that are larger than what was asked for

  static Blocks& Get() {
    static Blocks& blocks = *new Blocks;
    return blocks;
  }
};

// Where kLargeBlockBytes and more are mapped one by one, what is given back is the system's at
// once. malloc, once such a block was freed, takes the next ones from its heap, between whose other
// pieces they leave holes: a tenth to a third of a proof's memory.
#if defined(__linux__) && !defined(__SANITIZE_THREAD__)
constexpr bool kMaps = kKeeps;  // the sanitizers watch malloc's blocks
#elif defined(__linux__)
constexpr bool kMaps = false;
#endif

size_t AlignmentOf(size_t bytes) {
  constexpr size_t kLine = 64;
  return bytes < 2 * kHugePageBytes ? kLine : kHugePageBytes;
}

#if defined(__linux__)
size_t PagesOf(size_t bytes) {
  constexpr size_t kPage = 4096;
  return (bytes + kPage - 1) / kPage * kPage;
}

void* Map(size_t bytes) noexcept {
  const size_t size = PagesOf(bytes), alignment = AlignmentOf(bytes);
  const size_t room = size + (alignment < kHugePageBytes ? 0 : alignment);
  if (room < bytes) return nullptr;
  void* mapped = mmap(nullptr, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) return nullptr;
  auto* const begin = static_cast<uint8_t*>(mapped);
  const size_t before = (alignment - reinterpret_cast<uintptr_t>(begin) % alignment) % alignment;
  if (room > size) {  // what lies around the aligned part goes back
    if (before > 0) munmap(begin, before);
    if (room - size > before) munmap(begin + before + size, room - size - before);
  }
  return begin + before;
}
#endif

void Release(const Block& block) {
#if defined(__linux__)
  if (kMaps) {
    munmap(block.data, PagesOf(block.bytes));
    return;
  }
#endif
  ::operator delete(block.data, std::align_val_t(AlignmentOf(block.bytes)));
}
void Release(const std::vector<Block>& blocks) {
  for (const Block& block : blocks) Release(block);
}

void* AskSystem(size_t bytes) noexcept {
#if defined(__linux__)
  if (kMaps) return Map(bytes);
#endif
  return ::operator new(bytes, std::align_val_t(AlignmentOf(bytes)), std::nothrow);
}

}  // namespace

KeepMemory::KeepMemory() {
  Blocks& all = Blocks::Get();
  const std::lock_guard lock(all.mutex);
  if (all.keepers++ == 0) all.peak = all.in_use;
}

KeepMemory::~KeepMemory() {
  Blocks& all = Blocks::Get();
  std::vector<Block> released;
  {
    const std::lock_guard lock(all.mutex);
    if (--all.keepers == 0) {
      released.swap(all.kept);
      all.kept_bytes = 0;
    }
  }
  Release(released);
}

size_t KeepMemory::KeptBytes() {
  Blocks& all = Blocks::Get();
  const std::lock_guard lock(all.mutex);
  return all.kept_bytes;
}

bool KeepMemory::Keeps() { return kKeeps; }

void* AllocateLargeBlock(size_t bytes) {
  CheckInvariant(bytes >= kLargeBlockBytes, "a large block of less than 1 MiB");
  Blocks& all = Blocks::Get();
  std::vector<Block> released;
  {
    const std::lock_guard lock(all.mutex);
    // The smallest that is large enough and not twice as large: others wait for their like.
    auto best = all.kept.end();
    for (auto it = all.kept.begin(); it != all.kept.end(); ++it) {
      if (it->bytes < bytes || it->bytes - bytes >= bytes) continue;
      if (best == all.kept.end() || it->bytes < best->bytes) best = it;
    }
    if (best != all.kept.end()) {
      const Block block = *best;
      if (block.bytes != bytes) all.larger.push_back(block);
      all.kept.erase(best);
      all.kept_bytes -= block.bytes;
      all.in_use += block.bytes;
      return block.data;
    }
    all.in_use += bytes;
    const size_t limit = std::max(all.peak, all.in_use);
    // What is kept makes room for what is new, the oldest first.
    size_t count = 0;
    for (; count < all.kept.size() && all.in_use + all.kept_bytes > limit; ++count) {
      all.kept_bytes -= all.kept[count].bytes;
    }
    const auto end = all.kept.begin() + static_cast<ptrdiff_t>(count);
    // No memory for this list: the blocks stay where they are, and the sum with them.
    try {
      released.assign(all.kept.begin(), end);
      all.kept.erase(all.kept.begin(), end);
    } catch (const std::bad_alloc&) {
      for (size_t k = 0; k < count; ++k) all.kept_bytes += all.kept[k].bytes;
    }
  }
  Release(released);
  void* data = AskSystem(bytes);
  if (data == nullptr) {  // what is kept may be in the way
    std::vector<Block> kept;
    {
      const std::lock_guard lock(all.mutex);
      kept.swap(all.kept);
      all.kept_bytes = 0;
    }
    Release(kept);
    data = AskSystem(bytes);
  }
  {
    const std::lock_guard lock(all.mutex);
    if (data == nullptr) {
      all.in_use -= bytes;
      throw std::bad_alloc();
    }
    all.peak = std::max(all.peak, all.in_use);
  }
  if (bytes >= 2 * kHugePageBytes) AdviseHugePages(data, bytes);
  return data;
}

void FreeLargeBlock(void* data, size_t bytes) noexcept {
  Blocks& all = Blocks::Get();
  Block block{data, bytes};
  {
    const std::lock_guard lock(all.mutex);
    const auto larger = std::find_if(all.larger.begin(), all.larger.end(),
                                     [data](const Block& b) { return b.data == data; });
    if (larger != all.larger.end()) {
      block = *larger;
      all.larger.erase(larger);
    }
    all.in_use -= block.bytes;
    if (kKeeps && all.keepers > 0 && all.in_use + all.kept_bytes + block.bytes <= all.peak) {
      try {
        all.kept.push_back(block);
        all.kept_bytes += block.bytes;
        return;
      } catch (const std::bad_alloc&) {  // no room to write it down: it goes back to the system
      }
    }
  }
  Release(block);
}

}  // namespace voizk
