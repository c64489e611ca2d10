// A challenge is used once: over restarts, kills, many processes, pruning and full disks.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <vector>

#include "support/temp_dir.h"
#include "voizk/challenge.h"

namespace voizk {
namespace {

constexpr int64_t kNow = 1'700'000'000;

Challenge Fresh(int64_t lifetime_s = 60) {
  return std::move(MakeChallenge("example.org", 6, kNow, lifetime_s)).value();
}

size_t FilesIn(const std::filesystem::path& folder) {
  return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

TEST(NonceStore, OnceAndOnlyOnce) {
  const TempDir dir;
  const std::string folder = dir / "state";
  const Challenge one = Fresh();
  const Challenge two = Fresh();
  EXPECT_TRUE(MarkNonceUsed(folder, one, kNow).ok());
  EXPECT_EQ(MarkNonceUsed(folder, one, kNow + 1).error().code, ErrorCode::kChallengeUsed);
  EXPECT_TRUE(MarkNonceUsed(folder, two, kNow).ok());
  EXPECT_EQ(MarkNonceUsed(folder, two, kNow).error().code, ErrorCode::kChallengeUsed);
  struct stat info {};
  ASSERT_EQ(stat(folder.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777U, 0700U);
}

TEST(NonceStore, TheNonceCountsNotTheRestOfTheChallenge) {
  const TempDir dir;
  Challenge challenge = Fresh();
  ASSERT_TRUE(MarkNonceUsed(dir.path(), challenge, kNow).ok());
  challenge.expires_unix_s += 100;
  challenge.relying_party = "elsewhere.example";
  EXPECT_EQ(MarkNonceUsed(dir.path(), challenge, kNow).error().code, ErrorCode::kChallengeUsed);
}

TEST(NonceStore, RefusesExpiredAndInvalidChallenges) {
  const TempDir dir;
  Challenge challenge = Fresh();
  EXPECT_EQ(MarkNonceUsed(dir.path(), challenge, kNow + 60).error().code,
            ErrorCode::kChallengeExpired);
  challenge.digits.clear();
  EXPECT_EQ(MarkNonceUsed(dir.path(), challenge, kNow).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(FilesIn(dir.path()), 0U);
}

TEST(NonceStore, PrunesLongExpiredEntriesAndNothingElse) {
  const TempDir dir;
  const Challenge brief = Fresh(10);
  const Challenge longer = Fresh(7200);
  ASSERT_TRUE(MarkNonceUsed(dir.path(), brief, kNow).ok());
  ASSERT_TRUE(MarkNonceUsed(dir.path(), longer, kNow).ok());
  std::ofstream(dir / "notes.txt") << "not a nonce";
  EXPECT_EQ(*PruneUsedNonces(dir.path(), kNow + 10), 0U);  // expired, but within the grace
  EXPECT_EQ(*PruneUsedNonces(dir.path(), kNow + 10 + 3600), 1U);
  EXPECT_EQ(FilesIn(dir.path()), 2U);
  EXPECT_EQ(MarkNonceUsed(dir.path(), longer, kNow + 60).error().code, ErrorCode::kChallengeUsed);
  EXPECT_EQ(*PruneUsedNonces(dir.path(), kNow + 7200 + 3600), 1U);
  EXPECT_TRUE(std::filesystem::exists(dir / "notes.txt"));
  EXPECT_EQ(PruneUsedNonces(dir / "absent", kNow).error().code, ErrorCode::kNotFound);
}

TEST(NonceStore, AnEntryCutOffByAKillStillCounts) {
  const TempDir dir;
  const Challenge challenge = Fresh();
  ASSERT_TRUE(MarkNonceUsed(dir.path(), challenge, kNow).ok());
  for (const auto& entry : std::filesystem::directory_iterator(dir.path())) {
    std::filesystem::resize_file(entry.path(), 0);
  }
  EXPECT_EQ(MarkNonceUsed(dir.path(), challenge, kNow).error().code, ErrorCode::kChallengeUsed);
  const auto now = static_cast<int64_t>(std::time(nullptr));  // falls back on the file's own time
  EXPECT_EQ(*PruneUsedNonces(dir.path(), now), 0U);
  EXPECT_EQ(*PruneUsedNonces(dir.path(), now + kMaxChallengeSeconds + 3605), 1U);
}

TEST(NonceStore, OfManyProcessesExactlyOneWins) {
  const TempDir dir;
  const std::string folder = dir / "state";  // made in the race, too
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
        const Status status = MarkNonceUsed(folder, challenges[i], kNow);
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

TEST(NonceStore, WhatCannotBeMadeDurableIsNoSuccess) {
  const TempDir dir;
  std::ofstream(dir / "file") << "in the way";
  EXPECT_EQ(MarkNonceUsed(dir / "file", Fresh(), kNow).error().code, ErrorCode::kIo);
  const Challenge challenge = Fresh();
  const pid_t pid = fork();
  if (pid == 0) {  // a file-size limit of zero stands for the full disk
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit = {0, 0};
    setrlimit(RLIMIT_FSIZE, &limit);
    const Status status = MarkNonceUsed(dir / "state", challenge, kNow);
    _exit(!status.ok() && status.error().code == ErrorCode::kIo ? 0 : 1);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT_EQ(MarkNonceUsed(dir / "state", challenge, kNow).error().code, ErrorCode::kChallengeUsed);
}

}  // namespace
}  // namespace voizk
