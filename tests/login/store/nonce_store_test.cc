// The relying party's memory: no nonce is accepted twice, whatever clocks, folders and processes
// do.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <vector>

#include "base/files.h"
#include "login/store/state_file.h"
#include "support/temp_dir.h"
#include "voizk/challenge.h"

namespace voizk {
namespace {

constexpr int64_t kNow = 1'700'000'000;

UnixClock At(int64_t time) {
  return [time] { return time; };
}

Challenge Fresh(int64_t lifetime_s = 60) {
  return std::move(MakeChallenge("example.org", 6, kNow, lifetime_s)).value();
}

size_t EntriesIn(const std::filesystem::path& folder) {
  size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    count += entry.path().extension() == ".used" ? 1 : 0;
  }
  return count;
}

ErrorCode CodeOf(const Status& status) {
  EXPECT_FALSE(status.ok());
  return status.error().code;
}

/// A state folder made a while before kNow.
class NonceStore : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(InitialiseState(folder_, At(kNow - 1000)).ok()); }

  Status Mark(const Challenge& challenge, int64_t now) {
    return MarkNonceUsed(folder_, challenge, At(now));
  }

  const TempDir dir_;
  const std::string folder_ = dir_ / "state";
};

TEST_F(NonceStore, OnceAndOnlyOnce) {
  const Challenge one = Fresh();
  const Challenge two = Fresh();
  EXPECT_TRUE(Mark(one, kNow).ok());
  EXPECT_EQ(CodeOf(Mark(one, kNow + 1)), ErrorCode::kChallengeUsed);
  EXPECT_TRUE(Mark(two, kNow).ok());
  EXPECT_EQ(CodeOf(Mark(two, kNow)), ErrorCode::kChallengeUsed);
  struct stat info {};
  ASSERT_EQ(stat(folder_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777U, 0700U);
}

TEST_F(NonceStore, TheNonceCountsNotTheRestOfTheChallenge) {
  Challenge challenge = Fresh();
  ASSERT_TRUE(Mark(challenge, kNow).ok());
  challenge.expires_unix_s += 100;
  challenge.relying_party = "elsewhere.example";
  EXPECT_EQ(CodeOf(Mark(challenge, kNow)), ErrorCode::kChallengeUsed);
}

TEST_F(NonceStore, RefusesExpiredAndInvalidChallenges) {
  Challenge challenge = Fresh();
  EXPECT_EQ(CodeOf(Mark(challenge, kNow + 60)), ErrorCode::kChallengeExpired);
  challenge.digits.clear();
  EXPECT_EQ(CodeOf(Mark(challenge, kNow)), ErrorCode::kInvalidArgument);
  EXPECT_EQ(EntriesIn(folder_), 0U);
}

// A mistyped name must not become an empty memory in which everything is new.
TEST_F(NonceStore, OnlyAnInitialisedFolderRemembers) {
  const Challenge challenge = Fresh();
  ASSERT_TRUE(Mark(challenge, kNow).ok());
  for (const std::string& other : {std::string(dir_ / "stat"), std::string(dir_.path())}) {
    EXPECT_EQ(CodeOf(MarkNonceUsed(other, challenge, At(kNow))), ErrorCode::kNotFound);
    EXPECT_EQ(CodeOf(CheckState(other, At(kNow))), ErrorCode::kNotFound);
    EXPECT_EQ(CodeOf(PruneUsedNonces(other, At(kNow)).status()), ErrorCode::kNotFound);
  }
  EXPECT_FALSE(std::filesystem::exists(dir_ / "stat"));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(dir_.path()), {}), 1);
  EXPECT_EQ(CodeOf(InitialiseState(folder_, At(kNow))), ErrorCode::kInvalidArgument);
  EXPECT_EQ(CodeOf(Mark(challenge, kNow)), ErrorCode::kChallengeUsed) << "made anew";
}

// Somebody who loses the folder and makes a new one accepts no old proof with it.
TEST_F(NonceStore, ANewStateRefusesWhatWasIssuedBefore) {
  const Challenge challenge = Fresh();
  ASSERT_TRUE(Mark(challenge, kNow).ok());
  ASSERT_TRUE(InitialiseState(dir_ / "second", At(kNow + 1)).ok());
  EXPECT_EQ(CodeOf(MarkNonceUsed(dir_ / "second", challenge, At(kNow + 2))),
            ErrorCode::kChallengeExpired);
}

TEST_F(NonceStore, OneThatOthersMayWriteIsNotUsed) {
  ASSERT_EQ(chmod(folder_.c_str(), 0770), 0);
  EXPECT_EQ(CodeOf(Mark(Fresh(), kNow)), ErrorCode::kInvalidArgument);
  ASSERT_EQ(chmod(folder_.c_str(), 0700), 0);
  ASSERT_EQ(symlink(folder_.c_str(), (dir_ / "link").c_str()), 0);
  EXPECT_EQ(CodeOf(MarkNonceUsed(dir_ / "link", Fresh(), At(kNow))), ErrorCode::kInvalidArgument);
}

// The challenge must be valid when its nonce is marked, at a time asked for under the lock.
TEST_F(NonceStore, TheClockIsAskedWhenMarking) {
  int64_t now = kNow;
  const UnixClock clock = [&now] { return now; };
  EXPECT_TRUE(CheckState(folder_, clock).ok());
  now = kNow + 60;
  EXPECT_EQ(CodeOf(MarkNonceUsed(folder_, Fresh(), clock)), ErrorCode::kChallengeExpired);
}

TEST_F(NonceStore, AClockSetBackAcceptsNothing) {
  ASSERT_TRUE(Mark(Fresh(7200), kNow + 5000).ok());
  const Challenge unused = Fresh();  // expired long ago by the state's time
  EXPECT_EQ(CodeOf(Mark(unused, kNow)), ErrorCode::kInvalidArgument);
  EXPECT_EQ(CodeOf(CheckState(folder_, At(kNow))), ErrorCode::kInvalidArgument);
  EXPECT_EQ(CodeOf(PruneUsedNonces(folder_, At(kNow)).status()), ErrorCode::kInvalidArgument);
  // A small step back works, and time stands still meanwhile.
  EXPECT_TRUE(Mark(Fresh(7200), kNow + 5000 - kClockBackSeconds).ok());
  EXPECT_EQ(CodeOf(Mark(Fresh(7200), kNow + 5000 - kClockBackSeconds - 1)),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(CodeOf(Mark(Fresh(4990), kNow + 4950)), ErrorCode::kChallengeExpired);
}

// A verifier whose clock is ahead forgets nonces that have not expired; an honest one, whose clock
// is right and within what a step back may be, must not take the proof again.
TEST_F(NonceStore, WhatAFastClockForgotIsRefused) {
  const Challenge challenge = Fresh(50);
  ASSERT_TRUE(Mark(challenge, kNow).ok());
  const int64_t ahead = kNow + 50 + kNonceKeepSeconds;
  ASSERT_EQ(*PruneUsedNonces(folder_, At(ahead)), 1U);
  EXPECT_EQ(EntriesIn(folder_), 0U);
  EXPECT_EQ(CodeOf(Mark(challenge, kNow + 10)), ErrorCode::kInvalidArgument);
  // Even with the high-water time out of the way the horizon holds.
  std::filesystem::rename(folder_ + "/voizk-state", dir_ / "kept");
  ASSERT_TRUE(WriteState(folder_, {.created = 0, .high_water = kNow, .prune_horizon = kNow + 50},
                         IfExists::kRefuse)
                  .ok());
  EXPECT_EQ(CodeOf(Mark(challenge, kNow + 10)), ErrorCode::kChallengeExpired);
  EXPECT_TRUE(Mark(Fresh(51), kNow + 10).ok()) << "what expires later was not forgotten";
}

TEST_F(NonceStore, PrunesLongExpiredEntriesAndNothingElse) {
  const Challenge brief = Fresh(10);
  const Challenge longer = Fresh(7200);
  ASSERT_TRUE(Mark(brief, kNow).ok());
  ASSERT_TRUE(Mark(longer, kNow).ok());
  std::ofstream(folder_ + "/notes.txt") << "not a nonce";
  EXPECT_EQ(*PruneUsedNonces(folder_, At(kNow + 10)), 0U);  // expired, but kept a while
  EXPECT_EQ(*PruneUsedNonces(folder_, At(kNow + 10 + 3600)), 1U);
  EXPECT_EQ(EntriesIn(folder_), 1U);
  EXPECT_EQ(CodeOf(Mark(longer, kNow + 10 + 3600)), ErrorCode::kChallengeUsed);
  EXPECT_EQ(*PruneUsedNonces(folder_, At(kNow + 7200 + 3600)), 1U);
  EXPECT_TRUE(std::filesystem::exists(folder_ + "/notes.txt"));
}

TEST_F(NonceStore, AnEntryCutOffByAKillCountsForEver) {
  const Challenge challenge = Fresh();
  ASSERT_TRUE(Mark(challenge, kNow).ok());
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    if (entry.path().extension() == ".used") std::filesystem::resize_file(entry.path(), 0);
  }
  EXPECT_EQ(CodeOf(Mark(challenge, kNow)), ErrorCode::kChallengeUsed);
  EXPECT_EQ(*PruneUsedNonces(folder_, At(kNow + 100 * kMaxChallengeSeconds)), 0U);
  EXPECT_EQ(EntriesIn(folder_), 1U);
}

TEST_F(NonceStore, ADamagedStateIsNotMadeAnew) {
  const std::string path = folder_ + "/voizk-state";
  const auto whole = *ReadSmallFile(path, 1000);
  const auto put = [&](const std::vector<uint8_t>& bytes) {
    ASSERT_TRUE(WriteFileAtomically(path, bytes, 0600, IfExists::kReplace).ok());
  };
  for (size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    auto changed = whole;
    changed[bit / 8] ^= static_cast<uint8_t>(1 << (bit % 8));
    put(changed);
    const bool version = bit / 8 == 8 || bit / 8 == 9;
    ASSERT_EQ(CodeOf(Mark(Fresh(), kNow)),
              version ? ErrorCode::kUnsupported : ErrorCode::kMalformed)
        << bit;
  }
  for (size_t size = 0; size < whole.size(); ++size) {
    put({whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size)});
    ASSERT_EQ(CodeOf(Mark(Fresh(), kNow)), ErrorCode::kMalformed) << size;
  }
  put(whole);
  EXPECT_TRUE(Mark(Fresh(), kNow).ok());
}

TEST_F(NonceStore, OfManyProcessesExactlyOneWins) {
  constexpr int kProcesses = 24;
  constexpr size_t kChallenges = 20;
  std::vector<Challenge> challenges;
  for (size_t i = 0; i < kChallenges; ++i) challenges.push_back(Fresh());
  int gate[2];
  int results[2];
  ASSERT_EQ(pipe(gate), 0);
  ASSERT_EQ(pipe(results), 0);
  std::vector<pid_t> children;
  for (int p = 0; p < kProcesses; ++p) {
    const pid_t pid = fork();
    if (pid == 0) {
      close(gate[1]);
      char byte;
      if (read(gate[0], &byte, 1) != 0) _exit(2);  // all start when the gate closes
      for (size_t i = 0; i < kChallenges; ++i) {
        const Status status = Mark(challenges[i], kNow + static_cast<int64_t>(i % 3));
        if (!status.ok() && status.error().code != ErrorCode::kChallengeUsed) _exit(3);
        const auto index = static_cast<uint8_t>(i);
        if (status.ok() && write(results[1], &index, 1) != 1) _exit(4);
      }
      _exit(0);
    }
    children.push_back(pid);
  }
  close(gate[0]);
  close(gate[1]);
  close(results[1]);
  std::vector<int> wins(kChallenges, 0);
  uint8_t index;
  while (read(results[0], &index, 1) == 1) ++wins[index];
  close(results[0]);
  for (const pid_t pid : children) {
    int status = 0;
    waitpid(pid, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  }
  EXPECT_EQ(wins, std::vector<int>(kChallenges, 1));
}

TEST_F(NonceStore, WhatCannotBeMadeDurableIsNoSuccess) {
  std::ofstream(dir_ / "file") << "in the way";
  EXPECT_EQ(CodeOf(InitialiseState(dir_ / "file", At(kNow))), ErrorCode::kInvalidArgument);
  const Challenge challenge = Fresh();
  ASSERT_TRUE(Mark(Fresh(), kNow).ok());  // the state's time needs no writing below
  const pid_t pid = fork();
  if (pid == 0) {  // a file-size limit of zero stands for the full disk
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit = {0, 0};
    setrlimit(RLIMIT_FSIZE, &limit);
    const Status status = Mark(challenge, kNow);
    _exit(!status.ok() && status.error().code == ErrorCode::kIo ? 0 : 1);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT_EQ(CodeOf(Mark(challenge, kNow)), ErrorCode::kChallengeUsed);
}

}  // namespace
}  // namespace voizk
