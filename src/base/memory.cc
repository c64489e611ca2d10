#include "voizk/memory.h"

#include <algorithm>
#include <mutex>
#include <new>
#include <vector>

#include "base/check.h"
#include "base/huge_pages.h"

namespace voizk {
namespace {

struct Block {
  void* data;
  size_t bytes;  // its whole size, which may be more than was asked for
};

// The process's large blocks.  Never destroyed: owners of blocks may outlive every static object.
struct Blocks {
  std::mutex mutex;
  size_t keepers = 0;
  std::vector<Block> kept;
  std::vector<Block> lent;  // those that are larger than what their owner asked for

  static Blocks& Get() {
    static Blocks& blocks = *new Blocks;
    return blocks;
  }
};

std::align_val_t AlignmentOf(size_t bytes) {
  constexpr size_t kLine = 64;
  return std::align_val_t(bytes < 2 * kHugePageBytes ? kLine : kHugePageBytes);
}

void Release(const Block& block) { ::operator delete(block.data, AlignmentOf(block.bytes)); }

void ReleaseAll(std::vector<Block>* blocks) {
  for (const Block& block : *blocks) Release(block);
  blocks->clear();
}

}  // namespace

KeepMemory::KeepMemory() {
  Blocks& all = Blocks::Get();
  const std::lock_guard lock(all.mutex);
  ++all.keepers;
}

KeepMemory::~KeepMemory() {
  Blocks& all = Blocks::Get();
  const std::lock_guard lock(all.mutex);
  if (--all.keepers == 0) ReleaseAll(&all.kept);
}

void* AllocateLargeBlock(size_t bytes) {
  CheckInvariant(bytes >= kLargeBlockBytes, "a large block of less than 1 MiB");
  Blocks& all = Blocks::Get();
  const std::lock_guard lock(all.mutex);
  // Room for what FreeLargeBlock writes down, which must not fail.
  all.lent.reserve(all.lent.size() + 1);
  // The smallest that is large enough and not twice as large: others wait for their like.
  auto best = all.kept.end();
  for (auto it = all.kept.begin(); it != all.kept.end(); ++it) {
    if (it->bytes < bytes || it->bytes / 2 > bytes) continue;
    if (best == all.kept.end() || it->bytes < best->bytes) best = it;
  }
  if (best != all.kept.end()) {
    const Block block = *best;
    all.kept.erase(best);
    if (block.bytes != bytes) all.lent.push_back(block);
    return block.data;
  }
  void* data = ::operator new(bytes, AlignmentOf(bytes), std::nothrow);
  if (data == nullptr && !all.kept.empty()) {  // what is kept may be in the way
    ReleaseAll(&all.kept);
    data = ::operator new(bytes, AlignmentOf(bytes), std::nothrow);
  }
  if (data == nullptr) throw std::bad_alloc();
  if (bytes >= 2 * kHugePageBytes) AdviseHugePages(data, bytes);
  return data;
}

void FreeLargeBlock(void* data, size_t bytes) noexcept {
  Blocks& all = Blocks::Get();
  const std::lock_guard lock(all.mutex);
  Block block{data, bytes};
  const auto lent = std::find_if(all.lent.begin(), all.lent.end(),
                                 [data](const Block& b) { return b.data == data; });
  if (lent != all.lent.end()) {
    block = *lent;
    all.lent.erase(lent);
  }
  if (all.keepers > 0) {
    try {
      all.kept.push_back(block);
      return;
    } catch (const std::bad_alloc&) {  // no room to write it down: it goes back to the system
    }
  }
  Release(block);
}

}  // namespace voizk
