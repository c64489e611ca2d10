// What ExtVec leaves in memory: the aligned operator delete of this program looks before it frees.
#if !defined(__EMSCRIPTEN__)  // watches what the C library is given back
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <utility>

#include "algebra/field/ext_array.h"

namespace {

const void* g_watched = nullptr;
std::size_t g_watched_size = 0;
bool g_seen = false;
bool g_all_zero = false;

void Inspect(const void* p) {
  if (p == nullptr || p != g_watched) return;
  const auto* bytes = static_cast<const unsigned char*>(p);
  g_seen = true;
  g_all_zero = std::all_of(bytes, bytes + g_watched_size, [](unsigned char b) { return b == 0; });
  g_watched = nullptr;
}

}  // namespace

void* operator new(std::size_t size, std::align_val_t alignment) {
  const auto a = static_cast<std::size_t>(alignment);
  if (void* p = std::aligned_alloc(a, (size + a - 1) / a * a)) return p;
  std::abort();
}
void* operator new(std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return operator new(size, alignment);
}
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
// Large vectors are mapped (src/base/memory.cc).
extern "C" int munmap(void* p, size_t length) noexcept {
  Inspect(p);
  return static_cast<int>(syscall(SYS_munmap, p, length));
}
#endif
void operator delete(void* p, std::align_val_t) noexcept {
  Inspect(p);
  std::free(p);
}
void operator delete(void* p, std::size_t, std::align_val_t) noexcept {
  Inspect(p);
  std::free(p);
}

namespace voizk {
namespace {

// From the first limb's first element to the last limb's last.
void FillAndWatch(ExtVec<4>& v) {
  for (size_t i = 0; i < v.size(); ++i) v.set(i, Ext<4>::kOne + v.get(i));
  for (int l = 0; l < 4; ++l) v.limb(l)[v.size() - 1] = Fp::kOne;
  g_watched = v.limb(0);
  g_watched_size = static_cast<size_t>(v.limb(3) + v.size() - v.limb(0)) * sizeof(Fp);
  g_seen = g_all_zero = false;
}

TEST(SecretVectorTest, IsZeroedWhenFreed) {
  for (const size_t n : {1, 17, 5000, 1 << 19}) {
    {
      ExtVec<4> v = ExtVec<4>::SecretZeros(n);
      FillAndWatch(v);
    }
    EXPECT_TRUE(g_seen && g_all_zero) << n;
  }
}

TEST(SecretVectorTest, WholeAllocationAfterTruncate) {
  {
    ExtVec<4> v = ExtVec<4>::SecretZeros(1000);
    FillAndWatch(v);
    v.Truncate(1);
  }
  EXPECT_TRUE(g_seen && g_all_zero);
}

TEST(SecretVectorTest, MovesAndClonesStaySecret) {
  ExtVec<4> source = ExtVec<4>::SecretZeros(100);
  {
    ExtVec<4> clone = source.Clone();
    FillAndWatch(clone);
    const ExtVec<4> moved = std::move(clone);
  }
  EXPECT_TRUE(g_seen && g_all_zero);
}

TEST(SecretVectorTest, AssignmentZeroesWhatWasThere) {
  ExtVec<4> v = ExtVec<4>::SecretZeros(100);
  FillAndWatch(v);
  v = ExtVec<4>(3);
  EXPECT_TRUE(g_seen && g_all_zero);
}

// The watch can tell: a plain vector is given back as it was.
TEST(SecretVectorTest, PlainVectorsAreNotZeroed) {
  {
    ExtVec<4> v(100);
    FillAndWatch(v);
  }
  EXPECT_TRUE(g_seen);
  EXPECT_FALSE(g_all_zero);
}

}  // namespace
}  // namespace voizk

#endif
