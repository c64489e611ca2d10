// Files are whole or absent, even when the writer is killed; folders of secrets are private;
// reading is limited and its errors are typed.
#include "base/files.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "support/temp_dir.h"

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

TEST(MakePrivateFolder, IsPrivateAndMayExist) {
  const TempDir dir;
  const std::string path = dir / "a" / "b";
  ASSERT_TRUE(MakePrivateFolder(path).ok());
  ASSERT_TRUE(MakePrivateFolder(path).ok());
  struct stat info {};
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777U, 0700U);
  std::ofstream(dir / "file") << "x";
  EXPECT_EQ(MakePrivateFolder(dir / "file").error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace voizk
