#include "service/http/deadlines.h"

#include <sys/socket.h>

namespace voizk {
namespace {

constexpr std::chrono::milliseconds kLookEvery{200};

}  // namespace

Deadlines::Deadlines() : thread_([this] { Watch(); }) {}

Deadlines::~Deadlines() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Deadlines::Set(int fd, std::chrono::milliseconds time) {
  const std::scoped_lock lock(mutex_);
  sockets_[fd] = std::chrono::steady_clock::now() + time;
}

void Deadlines::Suspend(int fd) {
  const std::scoped_lock lock(mutex_);
  sockets_[fd] = Time::max();
}

void Deadlines::Remove(int fd) {
  const std::scoped_lock lock(mutex_);
  sockets_.erase(fd);
}

size_t Deadlines::connections() const {
  const std::scoped_lock lock(mutex_);
  return sockets_.size();
}

uint64_t Deadlines::cut() const {
  const std::scoped_lock lock(mutex_);
  return cut_;
}

void Deadlines::Watch() {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    changed_.wait_for(lock, kLookEvery);
    const Time now = std::chrono::steady_clock::now();
    for (auto& [fd, deadline] : sockets_) {
      if (deadline > now) continue;
      // Its number is still the socket's: Remove comes before the close, and waits for this lock.
      shutdown(fd, SHUT_RDWR);
      deadline = Time::max();
      ++cut_;
    }
  }
}

}  // namespace voizk
