// The passphrase comes from a file, a descriptor or the terminal; a signal ends the question
// whenever it comes, and a slip of the fingers is asked about again.
#include "passphrase.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <string>
#include <thread>

#include "input.h"
#include "support/temp_dir.h"

namespace voizk {
namespace {

std::string Text(const SecureVector<char>& chars) { return {chars.begin(), chars.end()}; }

Result<SecureVector<char>> FromFile(const std::string& content) {
  const TempDir dir;
  std::ofstream(dir / "p") << content;
  return ReadPassphrase({.file = dir / "p"}, PassphrasePrompt::kTwice);
}

TEST(Passphrase, IsTheFirstLineOfAFile) {
  EXPECT_EQ(Text(*FromFile("hello world")), "hello world");
  EXPECT_EQ(Text(*FromFile("hello world\n")), "hello world");
  EXPECT_EQ(Text(*FromFile("hello world\r\nsecond")), "hello world");
  EXPECT_EQ(Text(*FromFile(" spaces stay \n")), " spaces stay ");
  EXPECT_EQ(FromFile(std::string(1024, 'a') + "\n")->size(), 1024U);
  EXPECT_EQ(FromFile(std::string(1024, 'a') + "\r\n")->size(), 1024U);
  EXPECT_EQ(FromFile(std::string(1025, 'a')).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(FromFile(std::string(5000, 'a')).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(FromFile("").error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(FromFile("\nsecond\n").error().code, ErrorCode::kInvalidArgument);
}

TEST(Passphrase, ADescriptorKeepsWhatFollowsTheLine) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  ASSERT_EQ(write(ends[1], "secret\nrest", 11), 11);
  close(ends[1]);
  EXPECT_EQ(Text(*ReadPassphrase({.descriptor = ends[0]}, PassphrasePrompt::kOnce)), "secret");
  char rest[8] = {};
  EXPECT_EQ(read(ends[0], rest, sizeof rest), 4);
  EXPECT_STREQ(rest, "rest");
  close(ends[0]);
}

TEST(Passphrase, SourcesThatCannotBe) {
  const TempDir dir;
  const auto code = [](const PassphraseSource& source) {
    return ReadPassphrase(source, PassphrasePrompt::kOnce).error().code;
  };
  EXPECT_EQ(code({.file = dir / "absent"}), ErrorCode::kNotFound);
  EXPECT_EQ(code({.file = dir.path()}), ErrorCode::kIo);
  EXPECT_EQ(code({.descriptor = 987}), ErrorCode::kIo);
  EXPECT_EQ(code({.file = dir / "absent", .descriptor = 0}), ErrorCode::kInvalidArgument);
}

/// What a child on a terminal of its own was asked, answered and printed.
struct Conversation {
  std::string shown;  // everything that appeared on the terminal
  int status = 0;     // of waitpid
};

/// False where /dev/pts is not mounted, as in a bare chroot.
bool HasPseudoTerminals() {
  int master = -1, slave = -1;
  if (openpty(&master, &slave, nullptr, nullptr, nullptr) != 0) return false;
  close(master);
  close(slave);
  return true;
}

constexpr int kPatienceMs = 20'000;  // for a child that says nothing more: it is killed

/// Runs ReadPassphrase on a pseudo terminal, after `before`, and types each answer when a question
/// stands there.  The child prints "got:<passphrase>" or "error" once it is back.
Conversation Converse(
    PassphrasePrompt prompt, const std::vector<std::string>& answers,
    const std::function<void()>& before = [] {}) {
  Conversation talk;
  int master = -1;
  const pid_t pid = forkpty(&master, nullptr, nullptr, nullptr);
  if (pid == 0) {
    before();
    const auto passphrase = ReadPassphrase({}, prompt);
    const std::string said = passphrase.ok() ? "got:" + Text(*passphrase) : std::string("error");
    if (write(1, said.data(), said.size()) < 0) _exit(9);
    termios settings = {};
    tcgetattr(0, &settings);
    _exit((settings.c_lflag & ECHO) != 0 ? 0 : 8);
  }
  size_t answered = 0;
  pollfd ready = {.fd = master, .events = POLLIN, .revents = 0};
  while (poll(&ready, 1, kPatienceMs) > 0) {
    char buffer[256];
    const ssize_t got = read(master, buffer, sizeof buffer);
    if (got <= 0) break;
    talk.shown.append(buffer, static_cast<size_t>(got));
    if (talk.shown.ends_with(": ") && answered < answers.size()) {
      const std::string& answer = answers[answered++];
      EXPECT_EQ(write(master, answer.data(), answer.size()), std::ssize(answer));
    }
  }
  if (ready.revents == 0) kill(pid, SIGKILL);
  waitpid(pid, &talk.status, 0);
  close(master);
  return talk;
}

TEST(Passphrase, IsAskedForWithoutEcho) {
  if (!HasPseudoTerminals()) GTEST_SKIP() << "no pseudo terminals: is /dev/pts mounted?";
  const Conversation talk = Converse(PassphrasePrompt::kOnce, {"open sesame\n"});
  EXPECT_THAT(talk.shown, testing::StartsWith("Passphrase: \r\n"));
  EXPECT_THAT(talk.shown, testing::EndsWith("got:open sesame"));
  EXPECT_EQ(talk.shown.find("open sesame"), talk.shown.rfind("open sesame"));  // only ours
  EXPECT_EQ(talk.status, 0) << "echo is on again";
}

TEST(Passphrase, ANewOneIsAskedForTwice) {
  if (!HasPseudoTerminals()) GTEST_SKIP() << "no pseudo terminals: is /dev/pts mounted?";
  EXPECT_THAT(Converse(PassphrasePrompt::kTwice, {"one\n", "one\n"}).shown,
              testing::EndsWith("got:one"));
}

TEST(Passphrase, ASlipIsAskedAboutAgain) {
  if (!HasPseudoTerminals()) GTEST_SKIP() << "no pseudo terminals: is /dev/pts mounted?";
  const Conversation slipped =
      Converse(PassphrasePrompt::kTwice, {"one\n", "two\n", "\n", "three\n", "three\n"});
  EXPECT_THAT(slipped.shown, testing::HasSubstr("the two passphrases differ"));
  EXPECT_THAT(slipped.shown, testing::HasSubstr("the passphrase is empty"));
  EXPECT_THAT(slipped.shown, testing::EndsWith("got:three"));
  EXPECT_EQ(slipped.status, 0) << "echo is on again";
  EXPECT_THAT(Converse(PassphrasePrompt::kOnce, {"\n", "\n", "\n"}).shown,
              testing::EndsWith("error"));
}

TEST(Passphrase, ControlCStillInterrupts) {
  if (!HasPseudoTerminals()) GTEST_SKIP() << "no pseudo terminals: is /dev/pts mounted?";
  const Conversation talk = Converse(PassphrasePrompt::kOnce, {"ab\x03"});
  EXPECT_TRUE(WIFSIGNALED(talk.status));
  EXPECT_EQ(WTERMSIG(talk.status), SIGINT);
  EXPECT_THAT(talk.shown, testing::Not(testing::HasSubstr("ab")));
}

// The race of the flag and the read, made certain: the signal is handled while the thread that
// reads is not interrupted.
TEST(Passphrase, ControlCInAnotherThreadEndsTheQuestion) {
  if (!HasPseudoTerminals()) GTEST_SKIP() << "no pseudo terminals: is /dev/pts mounted?";
  const Conversation talk = Converse(PassphrasePrompt::kOnce, {"ab\x03"}, [] {
    std::thread([] {
      for (;;) pause();
    }).detach();
    sigset_t interrupt;
    sigemptyset(&interrupt);
    sigaddset(&interrupt, SIGINT);
    pthread_sigmask(SIG_BLOCK, &interrupt, nullptr);
  });
  EXPECT_TRUE(WIFSIGNALED(talk.status));
  EXPECT_EQ(WTERMSIG(talk.status), SIGINT);
}

TEST(Passphrase, AfterControlZItIsAskedForAgain) {
  if (!HasPseudoTerminals()) GTEST_SKIP() << "no pseudo terminals: is /dev/pts mounted?";
  // Nobody is there to continue the child, so that stopping is left out.
  const Conversation talk =
      Converse(PassphrasePrompt::kOnce, {"ab\x1a", "cd\n"}, [] { signal(SIGTSTP, SIG_IGN); });
  EXPECT_THAT(talk.shown, testing::EndsWith("got:cd"));
  EXPECT_EQ(talk.status, 0);
}

TEST(OpenInput, ANamedPipeWithoutAWriterIsGivenUp) {
  const TempDir dir;
  const std::string pipe = dir / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  const auto fd = cli::OpenInput(pipe, std::chrono::milliseconds(30));
  ASSERT_FALSE(fd.ok());
  EXPECT_EQ(fd.error().code, ErrorCode::kIo);
  std::thread writer([&pipe] { std::ofstream(pipe) << "through a pipe\n"; });
  EXPECT_EQ(Text(*ReadPassphrase({.file = pipe}, PassphrasePrompt::kOnce)), "through a pipe");
  writer.join();
}

TEST(Passphrase, WithoutATerminalThereIsAnError) {
  const pid_t pid = fork();
  if (pid == 0) {
    setsid();  // leaves the controlling terminal
    const auto passphrase = ReadPassphrase({}, PassphrasePrompt::kOnce);
    _exit(!passphrase.ok() && passphrase.error().code == ErrorCode::kInvalidArgument ? 0 : 1);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace voizk
