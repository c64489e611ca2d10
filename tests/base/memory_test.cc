// Large blocks are kept only while somebody asks for it, reused for their like, never more than
// were in use at once, and never hand a secret to the next owner.
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

class KeepMemoryTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!KeepMemory::Keeps()) GTEST_SKIP() << "this build keeps no memory";
    ASSERT_EQ(KeepMemory::KeptBytes(), 0u);
  }
};

TEST_F(KeepMemoryTest, ABlockIsReusedOnlyWhileOneLives) {
  {
    const KeepMemory keep;
    void* first = AllocateLargeBlock(kBytes);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(first) % (size_t{2} << 20), 0u);
    FreeLargeBlock(first, kBytes);
    EXPECT_EQ(KeepMemory::KeptBytes(), kBytes);
    { const KeepMemory another; }
    EXPECT_EQ(KeepMemory::KeptBytes(), kBytes);
    void* second = AllocateLargeBlock(kBytes);
    EXPECT_EQ(second, first);
    EXPECT_EQ(KeepMemory::KeptBytes(), 0u);
    FreeLargeBlock(second, kBytes);
  }
  EXPECT_EQ(KeepMemory::KeptBytes(), 0u);
  FreeLargeBlock(AllocateLargeBlock(kBytes), kBytes);
  EXPECT_EQ(KeepMemory::KeptBytes(), 0u);
}

TEST_F(KeepMemoryTest, ALargerBlockServesButNotOneOfTwiceTheSize) {
  const KeepMemory keep;
  // So that there is room for blocks beside each other.
  void* room = AllocateLargeBlock(4 * kBytes);
  FreeLargeBlock(room, 4 * kBytes);
  void* large = AllocateLargeBlock(kBytes);
  FreeLargeBlock(large, kBytes);
  void* smaller = AllocateLargeBlock(kBytes / 2 + 4096);
  EXPECT_EQ(smaller, large);
  FreeLargeBlock(smaller, kBytes / 2 + 4096);
  void* half = AllocateLargeBlock(kBytes / 2);
  EXPECT_NE(half, large);
  // It has kept its whole size.
  void* again = AllocateLargeBlock(kBytes);
  EXPECT_EQ(again, large);
  FreeLargeBlock(again, kBytes);
  FreeLargeBlock(half, kBytes / 2);
}

TEST_F(KeepMemoryTest, NoMoreThanWasInUseAtOnce) {
  const KeepMemory keep;
  void* blocks[] = {AllocateLargeBlock(kBytes), AllocateLargeBlock(kBytes)};
  for (void* block : blocks) FreeLargeBlock(block, kBytes);
  EXPECT_EQ(KeepMemory::KeptBytes(), 2 * kBytes);
  // A block for which none is of use takes the room of kept ones.
  void* small = AllocateLargeBlock(kBytes / 4);
  EXPECT_EQ(KeepMemory::KeptBytes(), kBytes);
  void* large = AllocateLargeBlock(3 * kBytes);
  EXPECT_EQ(KeepMemory::KeptBytes(), 0u);
  FreeLargeBlock(small, kBytes / 4);
  FreeLargeBlock(large, 3 * kBytes);
  EXPECT_EQ(KeepMemory::KeptBytes(), 3 * kBytes + kBytes / 4);
}

TEST_F(KeepMemoryTest, TheNextOwnerFindsNoSecret) {
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

TEST_F(KeepMemoryTest, OwnersMayOutliveIt) {
  SecureVector<uint8_t> survivor;
  void* larger = nullptr;
  {
    const KeepMemory keep;
    survivor.resize(kBytes);
    FreeLargeBlock(AllocateLargeBlock(2 * kBytes), 2 * kBytes);
    larger = AllocateLargeBlock(2 * kBytes - 4096);
    EXPECT_EQ(KeepMemory::KeptBytes(), 0u);
  }
  survivor[kBytes - 1] = 1;
  EXPECT_EQ(survivor[kBytes - 1], 1);
  FreeLargeBlock(larger, 2 * kBytes - 4096);  // of its whole size
  EXPECT_EQ(KeepMemory::KeptBytes(), 0u);
}

TEST_F(KeepMemoryTest, ManyThreadsAtOnce) {
  std::vector<std::thread> threads;
  for (int k = 0; k < 4; ++k) {
    threads.emplace_back([k] {
      for (int i = 0; i < 50; ++i) {
        const KeepMemory keep;
        SecureVector<uint8_t> bytes(kLargeBlockBytes + static_cast<size_t>(4096 * (i % 7) + k + 1));
        std::fill(bytes.begin(), bytes.end(), static_cast<uint8_t>(k));
        EXPECT_EQ(std::count(bytes.begin(), bytes.end(), k), static_cast<long>(bytes.size()));
      }
    });
  }
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(KeepMemory::KeptBytes(), 0u);
}

}  // namespace
}  // namespace voizk
