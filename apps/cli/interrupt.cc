#include "interrupt.h"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>

#include "exit_code.h"

namespace voizk::cli {
namespace {

constexpr std::array<int, 4> kEnding = {SIGINT, SIGQUIT, SIGTERM, SIGHUP};

// A handler reaches nothing else.  Lock-free atomics: it may run in any thread.
std::atomic<bool> g_json = false;
std::atomic<bool> g_used = false;  // standard output
std::atomic<int> g_unbroken = 0;   // how many Unbroken live
std::atomic<int> g_waiting = 0;    // the signal that came meanwhile

void Say(int fd, const char* text) {
  const ssize_t ignored = write(fd, text, std::strlen(text));  // nobody is left to tell
  static_cast<void>(ignored);
}

/// Async-signal-safe.
void End(int signal) {
  if (isatty(STDERR_FILENO) == 1) Say(STDERR_FILENO, "\r\x1b[K");  // a meter or a bar
  ReportPlainly(g_json, "interrupted", "interrupted");
  if (signal == SIGTERM || signal == SIGHUP) _exit(kExitUsage);
  // SIGINT, SIGQUIT: by the default action, which waits until the handler returns or unblocks.
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, signal);
  ::signal(signal, SIG_DFL);
  raise(signal);
  sigprocmask(SIG_UNBLOCK, &one, nullptr);
  _exit(kExitUsage);
}

void OnSignal(int signal) {
  int none = 0;
  if (g_unbroken > 0 && g_waiting.compare_exchange_strong(none, signal)) return;
  End(signal);
}

[[noreturn]] void OnTerminate() {
  const char* error = "internal";
  const char* message = "an exception that nobody caught";
  try {
    if (std::current_exception() != nullptr) std::rethrow_exception(std::current_exception());
  } catch (const std::bad_alloc&) {
    error = "out_of_memory";
    message = "out of memory";
  } catch (...) {
  }
  _exit(ReportPlainly(g_json, error, message));
}

void Handle(int signal, void (*handler)(int)) {
  struct sigaction before = {};
  sigaction(signal, nullptr, &before);
  if (before.sa_handler == SIG_IGN) return;  // nohup
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;  // what waits behind Unbroken goes on
  sigaction(signal, &action, nullptr);
}

}  // namespace

void WatchSignals(bool json) {
  g_json = json;
  for (const int signal : kEnding) Handle(signal, OnSignal);
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);
  std::set_terminate(OnTerminate);
}

void RestoreSignals() {
  g_json = false;
  for (const int signal : kEnding) Handle(signal, SIG_DFL);
}

void IgnoreSignals() {
  for (const int signal : kEnding) Handle(signal, SIG_IGN);
}

void NoteOutput() { g_used = true; }

int ReportPlainly(bool json, const char* error, const char* message) {
  if (json && !g_used.exchange(true)) {
    Say(STDOUT_FILENO, "{\n  \"error\": \"");
    Say(STDOUT_FILENO, error);
    Say(STDOUT_FILENO, "\",\n  \"message\": \"");
    Say(STDOUT_FILENO, message);
    Say(STDOUT_FILENO, "\"\n}\n");
  } else {
    Say(STDERR_FILENO, "voizk: ");
    Say(STDERR_FILENO, message);
    Say(STDERR_FILENO, "\n");
  }
  return kExitUsage;
}

Unbroken::Unbroken() { ++g_unbroken; }

bool Unbroken::SignalWaits() { return g_waiting != 0; }

Unbroken::~Unbroken() {
  if (--g_unbroken == 0 && g_waiting != 0) End(g_waiting);
}

}  // namespace voizk::cli
