// What long work of the user's side has in common: threads, progress, seconds of its stages.
#ifndef VOIZK_LOGIN_USER_WORK_H_
#define VOIZK_LOGIN_USER_WORK_H_

#include <algorithm>
#include <chrono>
#include <cstddef>

#include "base/threads.h"
#include "voizk/login.h"

namespace voizk {

inline void Report(const WorkOptions& options, const char* stage, double fraction) {
  if (options.progress) options.progress(stage, fraction);
}

inline ThreadPool PoolFor(const WorkOptions& options) {
  return ThreadPool(static_cast<size_t>(std::max(options.threads, 1)));
}

class Stopwatch {
 public:
  /// Seconds since it was last asked.
  double Lap() {
    const auto now = Clock::now();
    const std::chrono::duration<double> seconds = now - start_;
    start_ = now;
    return seconds.count();
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start_ = Clock::now();
};

}  // namespace voizk

#endif  // VOIZK_LOGIN_USER_WORK_H_
