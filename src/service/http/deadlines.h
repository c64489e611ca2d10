// How long a client may take: a time by which each connection has to be done with what it does.
// libmicrohttpd closes a connection on which nothing arrives; one that sends a byte now and then is
// closed from here.
#ifndef VOIZK_SERVICE_HTTP_DEADLINES_H_
#define VOIZK_SERVICE_HTTP_DEADLINES_H_

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <thread>

namespace voizk {

class Deadlines {
 public:
  using Time = std::chrono::steady_clock::time_point;
  Deadlines();
  ~Deadlines();
  Deadlines(const Deadlines&) = delete;
  Deadlines& operator=(const Deadlines&) = delete;

  /// The open socket `fd` is shut down (not closed) once that much time has passed, unless Set or
  /// Remove comes before.
  void Set(int fd, std::chrono::milliseconds time);
  /// It may take its time: the server works for it.
  void Suspend(int fd);
  /// To be called before the socket is closed.
  void Remove(int fd);

  size_t connections() const;
  uint64_t cut() const;  // connections shut down so far

 private:
  void Watch();

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<int, Time> sockets_;
  uint64_t cut_ = 0;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace voizk

#endif  // VOIZK_SERVICE_HTTP_DEADLINES_H_
