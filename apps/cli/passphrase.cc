#include "passphrase.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "input.h"
#include "voizk/credential.h"

namespace voizk {
namespace {

constexpr std::array<int, 5> kSignals = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};

// What the handler, which can reach nothing else, tells the reader: which signal came, and a byte
// in a pipe that is polled beside the terminal.  A flag alone would be missed when the signal comes
// between looking at the flag and reading; a byte stays, whichever thread ran the handler.
volatile sig_atomic_t g_signal = 0;
volatile sig_atomic_t g_wake = -1;
void NoteSignal(int signal) {
  const int error = errno;
  g_signal = signal;
  const ssize_t ignored = write(g_wake, "", 1);  // a full pipe wakes as well
  static_cast<void>(ignored);
  errno = error;
}

Status Bad(const char* problem) { return {ErrorCode::kInvalidArgument, problem}; }

/// Waits until `fd` has one of `events`; false with errno, EINTR when `wake` (-1: none) has a byte.
bool Wait(int fd, short events, int wake) {
  for (;;) {
    std::array<pollfd, 2> ready = {{{fd, events, 0}, {wake, POLLIN, 0}}};
    if (poll(ready.data(), ready.size(), -1) < 0 && errno != EINTR) return false;
    if (ready[1].revents != 0) {
      errno = EINTR;
      return false;
    }
    if (ready[0].revents != 0) return true;
  }
}

/// One byte: 1, 0 at the end, -1 with errno.
ssize_t ReadByte(int fd, int wake, char* byte) {
  while (Wait(fd, POLLIN, wake)) {
    const ssize_t got = read(fd, byte, 1);
    if (got >= 0 || (errno != EINTR && errno != EAGAIN)) return got;
  }
  return -1;
}

/// Reads one line, byte by byte so that nothing behind it is taken.
Result<SecureVector<char>> ReadLine(int fd, int wake, const std::string& name) {
  SecureVector<char> line;
  line.reserve(kMaxPassphraseBytes + 2);
  for (;;) {
    char c = 0;
    const ssize_t got = ReadByte(fd, wake, &c);
    if (got < 0) return {ErrorCode::kIo, name + ": " + std::strerror(errno)};
    if (got == 0 || c == '\n') break;
    line.push_back(c);
    SecureZero(&c, 1);
    if (line.size() > kMaxPassphraseBytes + 1) break;  // + 1: a CR may still go
  }
  if (!line.empty() && line.back() == '\r') line.pop_back();
  if (line.empty()) return Bad("the passphrase is empty");
  if (line.size() > kMaxPassphraseBytes) return Bad("the passphrase is longer than 1024 bytes");
  return line;
}

/// The controlling terminal with echo turned off and signals noted, until it is closed.
class QuietTerminal {
 public:
  QuietTerminal() : fd_(open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)) {
    if (fd_ < 0) return;
    if (pipe2(wake_.data(), O_CLOEXEC | O_NONBLOCK) != 0) return;
    g_signal = 0;
    g_wake = wake_[1];
    struct sigaction note = {};
    note.sa_handler = NoteSignal;
    for (size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &note, &before_[i]);
    if (tcgetattr(fd_, &settings_) != 0) return;
    termios quiet = settings_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    quiet.c_lflag |= ECHONL;  // the end of the line still shows
    quieted_ = tcsetattr(fd_, TCSAFLUSH, &quiet) == 0;
  }

  ~QuietTerminal() {
    if (quieted_) tcsetattr(fd_, TCSAFLUSH, &settings_);
    if (fd_ >= 0) close(fd_);
    if (wake_[0] < 0) return;
    for (size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &before_[i], nullptr);
    for (const int end : wake_) close(end);
    if (g_signal != 0) kill(getpid(), g_signal);  // as usual, now that echo is on
  }

  QuietTerminal(const QuietTerminal&) = delete;
  QuietTerminal& operator=(const QuietTerminal&) = delete;

  bool usable() const { return quieted_; }
  bool suspended() const { return g_signal == SIGTSTP; }

  Result<SecureVector<char>> Ask(std::string_view question) {
    VOIZK_RETURN_IF_ERROR(Say(question));
    return ReadLine(fd_, wake_[0], "terminal");
  }

  Status Say(std::string_view text) {
    const bool shown = Wait(fd_, POLLOUT, wake_[0]) && write(fd_, text.data(), text.size()) >= 0;
    return shown ? Status() : Status(ErrorCode::kIo, "the terminal cannot be written");
  }

 private:
  int fd_;
  std::array<int, 2> wake_ = {-1, -1};
  bool quieted_ = false;
  termios settings_ = {};
  std::array<struct sigaction, kSignals.size()> before_ = {};
};

Result<SecureVector<char>> AskOnce(QuietTerminal* terminal, PassphrasePrompt prompt) {
  VOIZK_ASSIGN_OR_RETURN(SecureVector<char> first, terminal->Ask("Passphrase: "));
  if (prompt == PassphrasePrompt::kOnce) return first;
  VOIZK_ASSIGN_OR_RETURN(const SecureVector<char> second, terminal->Ask("Once more: "));
  if (!std::ranges::equal(first, second)) return Bad("the two passphrases differ");
  return first;
}

/// A slip of the fingers shall not cost what the caller has recorded: it is asked for again.
Result<SecureVector<char>> AskOnTerminal(PassphrasePrompt prompt) {
  for (int attempt = 1;; ++attempt) {
    QuietTerminal terminal;
    if (!terminal.usable()) {
      return Bad("there is no terminal to ask for the passphrase: name a file or a descriptor");
    }
    auto passphrase = AskOnce(&terminal, prompt);
    if (passphrase.ok()) return passphrase;
    if (terminal.suspended()) {  // Ctrl-Z; here again after fg
      --attempt;
      continue;
    }
    if (passphrase.error().code != ErrorCode::kInvalidArgument || attempt == kPassphraseAttempts) {
      return passphrase;
    }
    VOIZK_RETURN_IF_ERROR(terminal.Say(passphrase.error().message + ", again\n"));
  }
}

/// A warning and no refusal: what could be read has been readable, and containers hand out secrets
/// as files that everybody in them may read.
void WarnIfOthersCanRead(int fd, const std::string& file) {
  struct stat info {};
  if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode) || (info.st_mode & 0077U) == 0) return;
  std::fprintf(stderr, "voizk: warning: other users can read the passphrase in %s: chmod 600 it\n",
               file.c_str());
}

}  // namespace

Result<SecureVector<char>> ReadPassphrase(const PassphraseSource& source, PassphrasePrompt prompt) {
  if (!source.file.empty() && source.descriptor >= 0) {
    return Bad("a passphrase comes from a file or a descriptor, not from both");
  }
  if (source.descriptor >= 0) {
    return ReadLine(source.descriptor, -1, "descriptor " + std::to_string(source.descriptor));
  }
  if (source.file.empty()) return AskOnTerminal(prompt);
  if (source.file == "-") return ReadLine(STDIN_FILENO, -1, "standard input");
  VOIZK_ASSIGN_OR_RETURN(const int fd, cli::OpenInput(source.file));
  WarnIfOthersCanRead(fd, source.file);
  auto line = ReadLine(fd, -1, source.file);
  close(fd);
  return line;
}

}  // namespace voizk
