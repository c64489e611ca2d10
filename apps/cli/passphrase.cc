#include "passphrase.h"

#include <fcntl.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "voizk/credential.h"

namespace voizk {
namespace {

constexpr std::array<int, 5> kSignals = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};

// A handler can tell nobody else which signal came.
volatile sig_atomic_t g_signal = 0;
void NoteSignal(int signal) { g_signal = signal; }

Status Bad(const char* problem) { return {ErrorCode::kInvalidArgument, problem}; }

/// Reads one line, byte by byte so that nothing behind it is taken.  A signal ends it (EINTR).
Result<SecureVector<char>> ReadLine(int fd, const std::string& name) {
  SecureVector<char> line;
  line.reserve(kMaxPassphraseBytes + 2);
  for (;;) {
    char c = 0;
    const ssize_t got = read(fd, &c, 1);
    if (got < 0) {
      if (errno == EINTR && g_signal == 0) continue;
      return {ErrorCode::kIo, name + ": " + std::strerror(errno)};
    }
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
  QuietTerminal() : fd_(open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    if (fd_ < 0) return;
    g_signal = 0;
    struct sigaction note = {};
    note.sa_handler = NoteSignal;  // without SA_RESTART: reading stops
    for (size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &note, &before_[i]);
    if (tcgetattr(fd_, &settings_) != 0) return;
    termios quiet = settings_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    quiet.c_lflag |= ECHONL;  // the end of the line still shows
    quieted_ = tcsetattr(fd_, TCSAFLUSH, &quiet) == 0;
  }

  ~QuietTerminal() {
    if (fd_ < 0) return;
    if (quieted_) tcsetattr(fd_, TCSAFLUSH, &settings_);
    for (size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &before_[i], nullptr);
    close(fd_);
    const int signal = g_signal;
    g_signal = 0;
    if (signal != 0) raise(signal);
  }

  QuietTerminal(const QuietTerminal&) = delete;
  QuietTerminal& operator=(const QuietTerminal&) = delete;

  bool usable() const { return fd_ >= 0 && quieted_; }

  Result<SecureVector<char>> Ask(std::string_view question) {
    const ssize_t shown = write(fd_, question.data(), question.size());
    if (shown < 0) return {ErrorCode::kIo, "the terminal cannot be written"};
    return ReadLine(fd_, "terminal");
  }

 private:
  int fd_;
  bool quieted_ = false;
  termios settings_ = {};
  std::array<struct sigaction, kSignals.size()> before_ = {};
};

Result<SecureVector<char>> AskOnTerminal(PassphrasePrompt prompt) {
  QuietTerminal terminal;
  if (!terminal.usable()) {
    return Bad("there is no terminal to ask for the passphrase: name a file or a descriptor");
  }
  VOIZK_ASSIGN_OR_RETURN(SecureVector<char> first, terminal.Ask("Passphrase: "));
  if (prompt == PassphrasePrompt::kOnce) return first;
  VOIZK_ASSIGN_OR_RETURN(const SecureVector<char> second, terminal.Ask("Once more: "));
  if (!std::ranges::equal(first, second)) return Bad("the two passphrases differ");
  return first;
}

}  // namespace

Result<SecureVector<char>> ReadPassphrase(const PassphraseSource& source, PassphrasePrompt prompt) {
  if (!source.file.empty() && source.descriptor >= 0) {
    return Bad("a passphrase comes from a file or a descriptor, not from both");
  }
  if (source.descriptor >= 0) {
    return ReadLine(source.descriptor, "descriptor " + std::to_string(source.descriptor));
  }
  if (source.file.empty()) return AskOnTerminal(prompt);
  const int fd = open(source.file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return {errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo,
            source.file + ": " + std::strerror(errno)};
  }
  auto line = ReadLine(fd, source.file);
  close(fd);
  return line;
}

}  // namespace voizk
