// Large blocks are kept while somebody asks for it, reused for their like, given back at the end,
// and never hand a secret to the next owner.
#include "voizk/memory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <thread>
#include <vector>

#include "voizk/secure.h"

namespace voizk {
namespace {

constexpr size_t kBytes = size_t{8} << 20;

TEST(KeepMemory, ABlockIsReusedOnlyWhileOneLives) {
  const KeepMemory keep;
  void* first = AllocateLargeBlock(kBytes);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(first) % (size_t{2} << 20), 0u);
  FreeLargeBlock(first, kBytes);
  void* second = AllocateLargeBlock(kBytes);
  EXPECT_EQ(second, first);
  FreeLargeBlock(second, kBytes);
}

TEST(KeepMemory, ALargerBlockServesButNotOneOfTwiceTheSize) {
  const KeepMemory keep;
  void* large = AllocateLargeBlock(kBytes);
  FreeLargeBlock(large, kBytes);
  void* smaller = AllocateLargeBlock(kBytes - 4096);
  EXPECT_EQ(smaller, large);
  FreeLargeBlock(smaller, kBytes - 4096);
  void* small = AllocateLargeBlock(kBytes / 4);
  EXPECT_NE(small, large);
  // It has kept its whole size.
  void* again = AllocateLargeBlock(kBytes);
  EXPECT_EQ(again, large);
  FreeLargeBlock(again, kBytes);
  FreeLargeBlock(small, kBytes / 4);
}

TEST(KeepMemory, TheNextOwnerFindsNoSecret) {
  const KeepMemory keep;
  const uint8_t* place = nullptr;
  {
    SecureVector<uint8_t> secret(kBytes, 0x5a);
    place = secret.data();
  }
  void* block = AllocateLargeBlock(kBytes);
  ASSERT_EQ(block, place);
  EXPECT_EQ(std::count(place, place + kBytes, 0x5a), 0);
  FreeLargeBlock(block, kBytes);
}

TEST(KeepMemory, OwnersMayOutliveIt) {
  SecureVector<uint8_t> survivor;
  {
    const KeepMemory keep;
    survivor.resize(kBytes);
    const SecureVector<uint8_t> other(kBytes);
  }
  survivor[kBytes - 1] = 1;
  EXPECT_EQ(survivor[kBytes - 1], 1);
}

TEST(KeepMemory, ManyThreadsAtOnce) {
  std::vector<std::thread> threads;
  for (int k = 0; k < 4; ++k) {
    threads.emplace_back([k] {
      for (int i = 0; i < 50; ++i) {
        const KeepMemory keep;
        SecureVector<uint8_t> bytes(kLargeBlockBytes + static_cast<size_t>(4096 * (i % 7) + k));
        std::fill(bytes.begin(), bytes.end(), static_cast<uint8_t>(k));
        EXPECT_EQ(std::count(bytes.begin(), bytes.end(), k), static_cast<long>(bytes.size()));
      }
    });
  }
  for (std::thread& t : threads) t.join();
}

}  // namespace
}  // namespace voizk
