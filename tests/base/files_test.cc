// Files are whole or absent, even when the writer is killed; folders of secrets are private;
// reading is limited and its errors are typed.
#include "base/files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "support/temp_dir.h"

namespace {
bool no_replace_unknown = false;
}

// Stands before the C library's.
extern "C" int renameat2(int from_folder, const char* from, int to_folder, const char* to,
                         unsigned flags) noexcept {
  if (no_replace_unknown && flags != 0) {
    errno = EINVAL;
    return -1;
  }
  return static_cast<int>(syscall(SYS_renameat2, from_folder, from, to_folder, to, flags));
}

namespace voizk {
namespace {

std::vector<uint8_t> Filled(size_t size, uint8_t value) {
  return std::vector<uint8_t>(size, value);
}

size_t FilesIn(const std::filesystem::path& folder) {
  return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

TEST(WriteFileAtomically, WritesReplacesAndRefuses) {
  const TempDir dir;
  const std::string path = dir / "f";
  ASSERT_TRUE(WriteFileAtomically(path, Filled(10, 1), 0640, IfExists::kRefuse).ok());
  struct stat info {};
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777U, 0640U);
  EXPECT_EQ(WriteFileAtomically(path, Filled(3, 2), 0600, IfExists::kRefuse).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(*ReadSmallFile(path, 100), Filled(10, 1));
  ASSERT_TRUE(WriteFileAtomically(path, Filled(3, 2), 0600, IfExists::kReplace).ok());
  EXPECT_EQ(*ReadSmallFile(path, 100), Filled(3, 2));
  EXPECT_EQ(FilesIn(dir.path()), 1U);
  EXPECT_EQ(WriteFileAtomically(dir / "no" / "f", {}, 0600, IfExists::kReplace).error().code,
            ErrorCode::kIo);
}

// What NFS and most of FUSE answer to a renaming that must not replace.
TEST(WriteFileAtomically, RefusesWhereTheFileSystemKnowsNoSuchRenaming) {
  const TempDir dir;
  const std::string path = dir / "f";
  no_replace_unknown = true;
  const Status first = WriteFileAtomically(path, Filled(10, 1), 0600, IfExists::kRefuse);
  const Status second = WriteFileAtomically(path, Filled(3, 2), 0600, IfExists::kRefuse);
  no_replace_unknown = false;
  EXPECT_TRUE(first.ok()) << first.error().message;
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(*ReadSmallFile(path, 100), Filled(10, 1));
  EXPECT_EQ(FilesIn(dir.path()), 1U);
}

TEST(WriteFileAtomically, AKillLeavesTheOldFileOrTheNewOne) {
  const TempDir dir;
  const std::string path = dir / "f";
  constexpr size_t kSize = 200'000;
  ASSERT_TRUE(WriteFileAtomically(path, Filled(kSize, 0), 0600, IfExists::kReplace).ok());
  int changes = 0;
  uint8_t last = 0;
  for (int trial = 0; trial < 40; ++trial) {
    const pid_t pid = fork();
    if (pid == 0) {
      for (uint8_t value = 0;; ++value) {
        if (!WriteFileAtomically(path, Filled(kSize, value), 0600, IfExists::kReplace).ok()) {
          _exit(1);
        }
      }
    }
    std::this_thread::sleep_for(std::chrono::microseconds(2000 + 1391 * trial));
    kill(pid, SIGKILL);
    int status = 0;
    waitpid(pid, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status));
    const auto bytes = ReadSmallFile(path, kSize);
    ASSERT_TRUE(bytes.ok()) << bytes.error().message;
    ASSERT_EQ(*bytes, Filled(kSize, bytes->at(0)));
    changes += bytes->at(0) != last ? 1 : 0;
    last = bytes->at(0);
  }
  EXPECT_GT(changes, 0);  // the children really wrote
}

TEST(ReadSmallFile, TypedErrors) {
  const TempDir dir;
  EXPECT_EQ(ReadSmallFile(dir / "absent", 10).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(ReadSmallFile(dir.path(), 10).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(ReadSmallFile("/dev/zero", 10).error().code, ErrorCode::kInvalidArgument);
  std::ofstream(dir / "f") << "12345678901";
  EXPECT_EQ(ReadSmallFile(dir / "f", 10).error().code, ErrorCode::kLimitExceeded);
  EXPECT_EQ(ReadSmallFile(dir / "f", 11)->size(), 11U);
  std::ofstream(dir / "empty").flush();
  EXPECT_TRUE(ReadSmallFile(dir / "empty", 10)->empty());
}

unsigned ModeOf(const std::string& path) {
  struct stat info {};
  EXPECT_EQ(stat(path.c_str(), &info), 0);
  return info.st_mode & 07777U;
}

TEST(WriteFileAtomically, TheUmaskTakesRightsAwayAndNothingAddsThem) {
  const TempDir dir;
  const mode_t before = umask(0077);
  EXPECT_TRUE(WriteFileAtomically(dir / "strict", {}, 0666, IfExists::kReplace).ok());
  umask(0);
  EXPECT_TRUE(WriteFileAtomically(dir / "private", {}, 0600, IfExists::kReplace).ok());
  umask(before);
  EXPECT_EQ(ModeOf(dir / "strict"), 0600U);
  EXPECT_EQ(ModeOf(dir / "private"), 0600U);
}

TEST(MakePrivateFolder, IsPrivateAndMayExist) {
  const TempDir dir;
  const std::string path = dir / "a" / "b";
  ASSERT_TRUE(MakePrivateFolder(path).ok());
  ASSERT_TRUE(MakePrivateFolder(path).ok());
  ASSERT_TRUE(MakePrivateFolder(path + "//").ok());
  EXPECT_EQ(ModeOf(path), 0700U);
}

// A folder that somebody else made, opened or redirected is not used.
TEST(MakePrivateFolder, OneThatIsThereIsChecked) {
  const TempDir dir;
  const std::string folder = dir / "folder";
  const std::string link = dir / "link";
  EXPECT_EQ(CheckPrivateFolder(folder).error().code, ErrorCode::kNotFound);
  ASSERT_TRUE(MakePrivateFolder(folder).ok());
  for (const mode_t open : {0755, 0770, 0701, 0720}) {
    ASSERT_EQ(chmod(folder.c_str(), open), 0);
    EXPECT_EQ(MakePrivateFolder(folder).error().code, ErrorCode::kInvalidArgument) << open;
  }
  ASSERT_EQ(chmod(folder.c_str(), 0700), 0);
  ASSERT_EQ(symlink(folder.c_str(), link.c_str()), 0);
  EXPECT_EQ(MakePrivateFolder(link).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(MakePrivateFolder(link + "/").error().code, ErrorCode::kInvalidArgument);
  std::ofstream(dir / "file") << "x";
  EXPECT_EQ(MakePrivateFolder(dir / "file").error().code, ErrorCode::kInvalidArgument);
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a folder to somebody else";
  ASSERT_EQ(chown(folder.c_str(), 12345, 12345), 0);
  EXPECT_EQ(MakePrivateFolder(folder).error().code, ErrorCode::kInvalidArgument);
}

TEST(FolderLock, IsHeldByOneAtATime) {
  const TempDir dir;
  constexpr int kProcesses = 4;
  constexpr int kRounds = 200;
  ASSERT_TRUE(WriteFileAtomically(dir / "count", Filled(4, 0), 0600, IfExists::kReplace).ok());
  std::vector<pid_t> children;
  for (int p = 0; p < kProcesses; ++p) {
    const pid_t pid = fork();
    if (pid == 0) {
      for (int i = 0; i < kRounds; ++i) {  // read, add one, write: lost without the lock
        const auto lock = FolderLock::Take(dir.path());
        auto bytes = ReadSmallFile(dir / "count", 4);
        if (!lock.ok() || !bytes.ok() || bytes->size() != 4) _exit(1);
        StoreU32(LoadU32(bytes->data()) + 1, bytes->data());
        const int fd = open((dir / "count").c_str(), O_WRONLY);
        if (write(fd, bytes->data(), 4) != 4 || close(fd) != 0) _exit(2);
      }
      _exit(0);
    }
    children.push_back(pid);
  }
  for (const pid_t pid : children) {
    int status = 0;
    waitpid(pid, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  }
  EXPECT_EQ(LoadU32(ReadSmallFile(dir / "count", 4)->data()), uint32_t{kProcesses * kRounds});
}

}  // namespace
}  // namespace voizk
