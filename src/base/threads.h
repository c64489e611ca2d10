// A pool of worker threads that the caller makes and passes in; there is no global pool.
#ifndef VOIZK_BASE_THREADS_H_
#define VOIZK_BASE_THREADS_H_

#include <cstddef>
#include <functional>
#include <memory>

namespace voizk {

/// ParallelFor splits [0, count) into chunks; the calling thread works along.  With one thread (the
/// default) everything runs inline on the caller and no thread is ever started.
///
/// A pool serves one ParallelFor at a time: calls from several threads wait for each other, and
/// a ParallelFor inside `fn` of the same pool runs inline.  Work of one pool must not wait for
/// another pool whose work waits for the first.
class ThreadPool {
 public:
  /// `threads` counts the caller: 1 means inline; 0 is read as 1.  Where the system gives fewer
  /// (limits on processes or memory), the pool works with those it got, if need be with none.
  explicit ThreadPool(size_t threads = 1);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  /// The caller and the threads that could be had.
  size_t threads() const { return threads_; }

  /// Calls fn(begin, end) on disjoint ranges that cover [0, count).  Every range but the last
  /// starts and ends at a multiple of `grain` (at least 1).  The order is not determined, so the
  /// result must not depend on it.  Returns when all calls have returned.
  ///
  /// What `fn` throws, on whichever thread, comes out of here once every call has ended, so that
  /// nothing reads the caller's variables any more; of several exceptions the first.  Ranges that
  /// had not begun by then are left out.  The pool stays usable.
  void ParallelFor(size_t count, size_t grain, const std::function<void(size_t, size_t)>& fn);

 private:
  struct Shared;
  size_t threads_;
  std::unique_ptr<Shared> shared_;  // null when threads_ == 1
};

}  // namespace voizk

#endif  // VOIZK_BASE_THREADS_H_
