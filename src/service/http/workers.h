// Threads that work off a queue of bounded length.
#ifndef VOIZK_SERVICE_HTTP_WORKERS_H_
#define VOIZK_SERVICE_HTTP_WORKERS_H_

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace voizk {

class Workers {
 public:
  using Job = std::function<void()>;  // must not throw
  Workers(size_t threads, size_t most_waiting);
  ~Workers() { Finish(); }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  /// False: as many wait as may, or Finish was called.
  bool Take(Job job);
  /// Works off what waits; then no thread is left.
  void Finish();
  size_t waiting() const;
  bool HasRoom() const { return waiting() < most_waiting_; }

 private:
  void Work();

  size_t most_waiting_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> jobs_;
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace voizk

#endif  // VOIZK_SERVICE_HTTP_WORKERS_H_
