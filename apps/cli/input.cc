#include "input.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/time.h>

#include <cerrno>
#include <cstring>

namespace voizk::cli {
namespace {

/// While it lives, a call that blocks ends with EINTR after so long, and again every 50 ms: an
/// alarm that comes just before the call is not the last one.
class Patience {
 public:
  explicit Patience(std::chrono::milliseconds patience) {
    struct sigaction wake = {};
    wake.sa_handler = [](int) {};  // without SA_RESTART
    sigaction(SIGALRM, &wake, &before_);
    const auto ms = patience.count();
    const itimerval timer = {.it_interval = {.tv_sec = 0, .tv_usec = 50'000},
                             .it_value = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000}};
    setitimer(ITIMER_REAL, &timer, nullptr);
  }
  ~Patience() {
    const itimerval none = {};
    setitimer(ITIMER_REAL, &none, nullptr);
    sigaction(SIGALRM, &before_, nullptr);
  }
  Patience(const Patience&) = delete;
  Patience& operator=(const Patience&) = delete;

 private:
  struct sigaction before_ = {};
};

}  // namespace

Result<int> OpenInput(const std::string& path, std::chrono::milliseconds patience) {
  struct stat info {};
  const bool named_pipe = stat(path.c_str(), &info) == 0 && S_ISFIFO(info.st_mode);
  int fd = -1;
  int problem = 0;
  if (named_pipe) {
    const Patience until(patience);
    fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    problem = errno;
  } else {
    fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    problem = errno;
  }
  if (fd >= 0) return fd;
  if (named_pipe && problem == EINTR) {
    return Error{ErrorCode::kIo, path + ": nobody writes to this pipe"};
  }
  return Error{problem == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo,
               path + ": " + std::strerror(problem)};
}

}  // namespace voizk::cli
