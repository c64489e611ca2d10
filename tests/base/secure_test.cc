// Secret memory is erased: on destruction, on growth, and this test would see it if it were not.
#include "base/secure.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace {

// What the global operator delete saw in the block under watch, just before it was freed.
void* g_watched = nullptr;
std::size_t g_watched_size = 0;
bool g_seen = false;
bool g_all_zero = false;

void Inspect(void* p) {
  if (p == nullptr || p != g_watched) return;
  const auto* bytes = static_cast<const unsigned char*>(p);
  g_seen = true;
  g_all_zero = std::all_of(bytes, bytes + g_watched_size, [](unsigned char b) { return b == 0; });
  g_watched = nullptr;
}

}  // namespace

// Inlined under a sanitizer, these two look like a mismatch to gcc.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
void* operator new(std::size_t size) {
  if (void* p = std::malloc(size == 0 ? 1 : size)) return p;
  std::abort();
}
void operator delete(void* p) noexcept {
  Inspect(p);
  std::free(p);
}
void operator delete(void* p, std::size_t) noexcept {
  Inspect(p);
  std::free(p);
}
#pragma GCC diagnostic pop

namespace voizk {
namespace {

template <typename Container>
void Watch(Container& values) {
  g_watched = values.data();
  g_watched_size = values.size() * sizeof(values[0]);
  g_seen = g_all_zero = false;
}

TEST(SecureVector, ZeroesItsStorageOnDestruction) {
  {
    SecureVector<std::int16_t> pcm(1000, 0x1234);
    Watch(pcm);
  }
  EXPECT_TRUE(g_seen);
  EXPECT_TRUE(g_all_zero);
}

TEST(SecureVector, ZeroesTheOldStorageWhenItGrows) {
  SecureVector<std::uint8_t> bytes(64, 0xab);
  Watch(bytes);
  bytes.resize(100000, 0xcd);
  EXPECT_TRUE(g_seen);
  EXPECT_TRUE(g_all_zero);
  EXPECT_EQ(bytes[63], 0xab);
}

TEST(SecureVector, PlainVectorsAreNotZeroedSoTheWatchCanFail) {
  {
    std::vector<std::uint8_t> bytes(64, 0xab);
    Watch(bytes);
  }
  EXPECT_TRUE(g_seen);
  EXPECT_FALSE(g_all_zero);
}

TEST(SecureArray, StartsAtZeroAndZeroesItselfAtTheEnd) {
  alignas(SecureArray<std::uint8_t, 32>) unsigned char storage[32];
  std::fill(std::begin(storage), std::end(storage), static_cast<unsigned char>(0x55));
  auto* array = new (storage) SecureArray<std::uint8_t, 32>();
  EXPECT_TRUE(std::all_of(array->begin(), array->end(), [](auto b) { return b == 0; }));
  std::fill(array->begin(), array->end(), std::uint8_t{0x77});
  array->~SecureArray();
  const volatile unsigned char* left = storage;
  for (int i = 0; i < 32; ++i) EXPECT_EQ(left[i], 0) << i;
}

}  // namespace
}  // namespace voizk
