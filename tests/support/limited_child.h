// Runs a piece of a test in a forked child under limits on memory or threads.  Linux.
#ifndef VOIZK_TESTS_SUPPORT_LIMITED_CHILD_H_
#define VOIZK_TESTS_SUPPORT_LIMITED_CHILD_H_

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>
#include <system_error>
#include <thread>

namespace voizk {

struct ChildLimits {
  std::optional<uint64_t> more_memory =
      {};                                // bytes of address space beyond what the child starts with
  std::optional<uint64_t> threads = {};  // of the child's user, the child's first one included
};

struct ChildEnd {
  int exit_code = -1;  // what fn returned
  int signal = 0;      // that ended the child, if any
};

namespace internal {

inline uint64_t AddressSpaceInUse() {
  uint64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

/// Takes, and keeps, whatever the allocator still holds from earlier work, so that what a limit
/// leaves is all that there is but for small blocks.  The stack has grown before: its growth counts
/// too, and is fatal.
[[gnu::noinline]] inline void UseUpWhatIsFree() {
  volatile char stack[1 << 20];
  for (size_t i = 0; i < sizeof stack; i += 4096) stack[i] = 1;
  for (size_t size = size_t{1} << 24; size >= 4096; size /= 2) {
    void* volatile kept = nullptr;  // or the compiler does without the allocations
    do {
      kept = std::malloc(size);
    } while (kept != nullptr);
  }
}

inline bool Apply(const ChildLimits& limits) {
  if (limits.threads) {
    // The limit counts all processes of a user and does not bind root: become somebody who has
    // none.
    const auto nobody = static_cast<uid_t>(1'000'000 + getpid());
    if (geteuid() == 0 && setresuid(nobody, nobody, nobody) != 0) return false;
    const rlimit n{*limits.threads, *limits.threads};
    if (setrlimit(RLIMIT_NPROC, &n) != 0) return false;
  }
  if (limits.more_memory) {
    const uint64_t used = AddressSpaceInUse() + (uint64_t{1} << 20);  // and the stack's growth
    const rlimit now{used, used + *limits.more_memory};
    if (setrlimit(RLIMIT_AS, &now) != 0) return false;
    UseUpWhatIsFree();
    const rlimit n{now.rlim_max, now.rlim_max};
    if (setrlimit(RLIMIT_AS, &n) != 0) return false;
  }
  return true;
}

}  // namespace internal

/// fn's return value, 0 to 254, is the child's exit code; 255: the limits could not be set or an
/// exception came out.
template <typename Fn>
ChildEnd RunLimited(const ChildLimits& limits, Fn&& fn) {
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    const rlimit no_core{0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    int code = 255;
    try {
      if (internal::Apply(limits)) code = fn();
    } catch (...) {
    }
    _exit(code);
  }
  ChildEnd end;
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child) return end;
  if (WIFEXITED(status)) end.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) end.signal = WTERMSIG(status);
  return end;
}

/// Empty where RLIMIT_NPROC can be tested, else the reason why not.
inline std::string WhyThreadsAreUnlimited() {
#if defined(__SANITIZE_THREAD__)
  return "ThreadSanitizer has a thread of its own, which counts";
#endif
  if (geteuid() != 0) return "only root can become a user without other processes";
  const ChildEnd end = RunLimited({.threads = 1}, [] {
    try {
      std::thread([] {}).join();
      return 1;
    } catch (const std::system_error&) {
      return 0;
    }
  });
  return end.exit_code == 0 && end.signal == 0 ? "" : "this system does not enforce RLIMIT_NPROC";
}

/// Empty where RLIMIT_AS can be tested, else the reason why not.
inline std::string WhyMemoryIsUnlimited() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return "a sanitizer's shadow memory does not go with RLIMIT_AS";
#else
  const ChildEnd end = RunLimited({.more_memory = 0}, [] {
    void* const block = std::malloc(size_t{1} << 30);
    std::free(block);
    return block == nullptr ? 0 : 1;
  });
  return end.exit_code == 0 && end.signal == 0 ? "" : "this system does not enforce RLIMIT_AS";
#endif
}

}  // namespace voizk

#endif  // VOIZK_TESTS_SUPPORT_LIMITED_CHILD_H_
