// Guards: ParallelFor covers every index once, nested or shared; exceptions of any thread reach the
// caller after everybody has stopped; a system that gives no thread slows down and breaks nothing.
#include "base/threads.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <new>
#include <stdexcept>
#include <thread>
#include <vector>

#include "base/exceptions.h"
#include "support/limited_child.h"

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

// Whichever thread meets the index, alone or all at once; the pool is as good as new afterwards.
TEST_P(Threads, ExceptionsReachTheCaller) {
  ThreadPool pool(GetParam());
  for (size_t bad = 0; bad < 200; bad += 7) {
    const auto fails_at = [bad](size_t begin, size_t end) {
      if (begin <= bad && bad < end) throw std::out_of_range("index");
    };
    EXPECT_THROW(pool.ParallelFor(200, 1, fails_at), std::out_of_range);
    EXPECT_THROW(pool.ParallelFor(200, 1, [](size_t, size_t) { throw std::bad_alloc(); }),
                 std::bad_alloc);
    std::atomic<size_t> sum{0};
    pool.ParallelFor(200, 1, [&](size_t b, size_t e) { sum += e - b; });
    EXPECT_EQ(sum, 200u);
  }
}

// The exception may not overtake work that still uses the caller's variables: the caller throws
// while others are at work.
TEST_P(Threads, NobodyWorksOnWhenTheExceptionArrives) {
  ThreadPool pool(GetParam());
  const auto caller = std::this_thread::get_id();
  for (int round = 0; round < 10; ++round) {
    std::atomic<int> inside{0};
    const auto work = [&](size_t, size_t) {
      if (std::this_thread::get_id() == caller) {
        while (pool.threads() > 1 && inside == 0) std::this_thread::yield();
        throw std::bad_alloc();
      }
      ++inside;
      std::this_thread::sleep_for(std::chrono::milliseconds(3));
      --inside;
    };
    EXPECT_THROW(pool.ParallelFor(1000, 1, work), std::bad_alloc);
    EXPECT_EQ(inside, 0);
  }
}

TEST_P(Threads, ExceptionsOfNestedCallsPassThrough) {
  ThreadPool pool(GetParam());
  const auto inner = [](size_t begin, size_t) {
    if (begin == 0) throw std::length_error("nested");
  };
  for (int round = 0; round < 20; ++round) {
    EXPECT_THROW(pool.ParallelFor(20, 1, [&](size_t, size_t) { pool.ParallelFor(8, 1, inner); }),
                 std::length_error);
  }
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

size_t SumWith(size_t threads, size_t* got) {
  ThreadPool pool(threads);
  *got = pool.threads();
  std::atomic<size_t> sum{0};
  pool.ParallelFor(1000, 1, [&](size_t b, size_t e) { sum += e - b; });
  return sum;
}

// From a system that starts no thread to one that starts all but one.
TEST(ThreadsLimited, AsManyAsTheSystemGives) {
  if (const std::string why = WhyThreadsAreUnlimited(); !why.empty()) GTEST_SKIP() << why;
  for (uint64_t limit = 1; limit <= 6; ++limit) {
    const ChildEnd end = RunLimited({.threads = limit}, [] {
      size_t got = 0;
      return SumWith(6, &got) == 1000 ? static_cast<int>(got) : 100;
    });
    EXPECT_EQ(end.signal, 0) << "limit " << limit;
    EXPECT_EQ(end.exit_code, static_cast<int>(limit));
  }
}

// Address space for none to all of the stacks: fewer threads, or std::bad_alloc, and no abort.
TEST(ThreadsLimited, AsManyAsMemoryGives) {
  if (const std::string why = WhyMemoryIsUnlimited(); !why.empty()) GTEST_SKIP() << why;
  int fewer = 0;
  for (uint64_t mebibytes = 0; mebibytes <= 80; mebibytes += 4) {
    const ChildEnd end = RunLimited({.more_memory = mebibytes << 20}, [] {
      try {
        size_t got = 0;
        return SumWith(8, &got) == 1000 ? static_cast<int>(got) : 100;
      } catch (const std::bad_alloc&) {
        return 0;
      }
    });
    EXPECT_EQ(end.signal, 0) << mebibytes << " MiB";
    EXPECT_LE(end.exit_code, 8) << mebibytes << " MiB";
    fewer += end.exit_code < 8 ? 1 : 0;
  }
  EXPECT_GT(fewer, 0) << "no limit was low enough to matter";
}

TEST(Exceptions, BecomeErrors) {
  const auto error_of = [](auto thrown) {
    try {
      throw thrown;
    } catch (...) {
      return ErrorOfException();
    }
  };
  EXPECT_EQ(error_of(std::bad_alloc()).code, ErrorCode::kOutOfMemory);
  EXPECT_EQ(error_of(std::bad_array_new_length()).code, ErrorCode::kOutOfMemory);
  EXPECT_EQ(error_of(std::length_error("vector")).code, ErrorCode::kInternal);
  EXPECT_EQ(error_of(1).code, ErrorCode::kInternal);
}

}  // namespace
}  // namespace voizk
