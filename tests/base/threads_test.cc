// The thread pool: every index once, nested calls inline, several callers, one thread without
// workers.
#include "base/threads.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace voizk {
namespace {

class Threads : public testing::TestWithParam<size_t> {};

TEST_P(Threads, CoversEveryIndexOnce) {
  ThreadPool pool(GetParam());
  for (const size_t count : {0u, 1u, 7u, 64u, 1000u, 4097u}) {
    for (const size_t grain : {1u, 8u, 5000u}) {
      std::vector<int> hits(count, 0);
      pool.ParallelFor(count, grain, [&](size_t begin, size_t end) {
        EXPECT_EQ(begin % grain, 0u);
        for (size_t i = begin; i < end; ++i) ++hits[i];
      });
      EXPECT_EQ(hits, std::vector<int>(count, 1)) << count << " " << grain;
    }
  }
}

TEST_P(Threads, NestedCallsRunInline) {
  ThreadPool pool(GetParam());
  std::atomic<size_t> sum{0};
  pool.ParallelFor(20, 1, [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) {
      pool.ParallelFor(10, 1, [&](size_t b, size_t e) { sum += e - b; });
    }
  });
  EXPECT_EQ(sum, 200u);
}

TEST_P(Threads, SeveralCallersShareOnePool) {
  ThreadPool pool(GetParam());
  std::atomic<size_t> sum{0};
  std::vector<std::thread> callers;
  for (int c = 0; c < 4; ++c) {
    callers.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        pool.ParallelFor(100, 3, [&](size_t b, size_t e) { sum += e - b; });
      }
    });
  }
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(sum, 4u * 50 * 100);
}

INSTANTIATE_TEST_SUITE_P(Counts, Threads, testing::Values(1, 2, 5));

TEST(ThreadsInline, OneThreadRunsOnTheCaller) {
  ThreadPool pool;
  const auto caller = std::this_thread::get_id();
  pool.ParallelFor(100, 1, [&](size_t b, size_t e) {
    EXPECT_EQ(std::this_thread::get_id(), caller);
    EXPECT_EQ(e - b, 100u);
  });
}

}  // namespace
}  // namespace voizk
