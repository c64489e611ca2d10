#include "base/threads.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <new>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace voizk {

namespace {

// Chunks per thread: enough that a late thread does not hold up the rest, few enough that the
// shared counter stays cold.
constexpr size_t kChunksPerThread = 8;

// How long a thread looks again and again before it goes to sleep: about as long as waking it would
// take.  Proving is hundreds of short loops one after the other.
constexpr std::chrono::microseconds kSpin(40);

void Pause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

template <typename Condition>
void SpinUntil(bool may_spin, const Condition& condition) {
  if (!may_spin) return;
  constexpr int kLooks = 16;  // for one at the clock
  const auto end = std::chrono::steady_clock::now() + kSpin;
  do {
    for (int i = 0; i < kLooks; ++i) {
      if (condition()) return;
      Pause();
    }
  } while (std::chrono::steady_clock::now() < end);
}

// The pool, if any, whose work this thread is executing: nested calls then run inline.
thread_local const void* t_running_pool = nullptr;

// Says for the length of a scope whose work the thread is executing.
class RunningPool {
 public:
  explicit RunningPool(const void* pool) : outer_(t_running_pool) { t_running_pool = pool; }
  ~RunningPool() { t_running_pool = outer_; }
  RunningPool(const RunningPool&) = delete;
  RunningPool& operator=(const RunningPool&) = delete;

 private:
  const void* outer_;
};

}  // namespace

struct ThreadPool::Shared {
  std::mutex call_mutex;  // one ParallelFor at a time
  bool may_spin = false;  // the system says that there is a core for each thread
  std::mutex mutex;       // guards everything below; atomics are written under it too, but `next`
  std::condition_variable wake, done;
  std::atomic<uint64_t> generation{0};
  std::atomic<size_t> busy{0};  // workers that joined the call and have not left it
  bool open = false;            // workers may still join
  std::atomic<bool> stop{false};
  const std::function<void(size_t, size_t)>* fn = nullptr;
  size_t count = 0, chunk = 0;
  std::exception_ptr failure;  // the first
  std::atomic<size_t> next{0};
  std::vector<std::thread> workers;

  // Never throws: whoever unwinds past the others' end would pull the work from under them.
  void RunChunks() {
    const RunningPool running(this);
    try {
      for (;;) {
        const size_t begin = next.fetch_add(chunk);
        if (begin >= count) break;
        (*fn)(begin, std::min(count, begin + chunk));
      }
    } catch (...) {
      next = count;  // nobody begins another range
      const std::lock_guard lock(mutex);
      if (!failure) failure = std::current_exception();
    }
  }

  void Work() {
    uint64_t seen = 0;
    const auto called = [&] { return stop || generation != seen; };
    for (;;) {
      SpinUntil(may_spin, called);
      {
        std::unique_lock lock(mutex);
        wake.wait(lock, called);
        if (stop) return;
        seen = generation;
        if (!open) continue;  // too late: the others have done it all
        ++busy;
      }
      RunChunks();
      const std::lock_guard lock(mutex);
      if (--busy == 0) done.notify_one();
    }
  }

  // Ends and joins the workers.
  ~Shared() {
    {
      const std::lock_guard lock(mutex);
      stop = true;
    }
    wake.notify_all();
    for (std::thread& worker : workers) worker.join();
  }
};

ThreadPool::ThreadPool(size_t threads) : threads_(1) {
  if (threads <= 1) return;
  try {
    shared_ = std::make_unique<Shared>();
    shared_->may_spin = threads <= std::thread::hardware_concurrency();
    shared_->workers.reserve(threads - 1);
    while (threads_ < threads) {
      shared_->workers.emplace_back([s = shared_.get()] { s->Work(); });
      ++threads_;
    }
  } catch (const std::system_error&) {  // no thread to be had: work with those that are there
  } catch (const std::bad_alloc&) {     // nor memory for one
  }
  if (threads_ == 1) shared_.reset();
}

ThreadPool::~ThreadPool() = default;

void ThreadPool::ParallelFor(size_t count, size_t grain,
                             const std::function<void(size_t, size_t)>& fn) {
  if (count == 0) return;
  grain = std::max<size_t>(grain, 1);
  if (!shared_ || count <= grain || t_running_pool == shared_.get()) {
    fn(0, count);
    return;
  }
  const std::lock_guard call_lock(shared_->call_mutex);
  const size_t grains = (count + grain - 1) / grain;
  const size_t chunks = std::min(grains, threads_ * kChunksPerThread);
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->fn = &fn;
    shared_->count = count;
    shared_->chunk = (grains + chunks - 1) / chunks * grain;
    shared_->next = 0;
    shared_->open = true;
    ++shared_->generation;
  }
  shared_->wake.notify_all();
  shared_->RunChunks();
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->open = false;
  }
  const auto all_left = [&] { return shared_->busy == 0; };
  SpinUntil(shared_->may_spin, all_left);
  std::unique_lock lock(shared_->mutex);
  shared_->done.wait(lock, all_left);
  if (shared_->failure) std::rethrow_exception(std::exchange(shared_->failure, nullptr));
}

}  // namespace voizk
