// The kernel rows of `voizk bench`, and the clock.
#ifndef VOIZK_CLI_BENCH_KERNELS_H_
#define VOIZK_CLI_BENCH_KERNELS_H_

#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>

#include "base/threads.h"

namespace voizk::cli {

inline double SecondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// CPU time of all threads of the process, in seconds.
inline double CpuSeconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// Some runs of one thing, in seconds.
struct Runs {
  double first = 0;                                       // the first one
  double best = std::numeric_limits<double>::infinity();  // the shortest
  double cpu = std::numeric_limits<double>::infinity();   // least CPU time of one

  /// One more of them.
  template <typename Fn>
  void Time(Fn&& fn) {
    const auto start = std::chrono::steady_clock::now();
    const double cpu_before = CpuSeconds();
    fn();
    const double seconds = SecondsSince(start);
    cpu = std::min(cpu, CpuSeconds() - cpu_before);
    if (first == 0) first = seconds;
    best = std::min(best, seconds);
  }
};
/// The least of `repeats` runs of fn, in seconds.
template <typename Fn>
double BestOf(int repeats, Fn&& fn) {
  Runs runs;
  for (int i = 0; i < std::max(repeats, 1); ++i) runs.Time(fn);
  return runs.best;
}

struct KernelResult {
  double seconds = 0;
  uint64_t items = 0;
};

/// One step of x <- x * 6364136223846793005 + 1442695040888963407 (a chain of multiplications):
/// tells how fast this machine is today.
double CalibrationNanoseconds(int repeats);

/// Tree and sum-checks of 2^log_items lookups and rows together, a table of 2^12 rows; degree 4, or
/// 5 from 2^24 on (degree 4 reaches 100 bits up to 13 million).
KernelResult LookupKernel(int log_items, int repeats, ThreadPool* pool);

/// Encoding, hashing and Merkle tree of 2^log_items cells at the parameters of a login, degree 4.
KernelResult CommitKernel(int log_items, int repeats, ThreadPool* pool);

}  // namespace voizk::cli

#endif  // VOIZK_CLI_BENCH_KERNELS_H_
