// The folder of sealed credentials: private to its owner, ids are no paths, and neither damage, a
// full disk nor a kill loses a credential.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "support/temp_dir.h"
#include "voizk/credential.h"

namespace voizk {
namespace {

constexpr std::string_view kPassphrase = "a passphrase";

SecretCredential Fresh(const std::string& relying_party = "example.org") {
  SecretCredential credential;
  for (size_t i = 0; i < kTemplateDims; ++i) {
    credential.voice_template[i] = static_cast<int8_t>(i);
  }
  credential.salt = std::move(MakeSalt()).value();
  credential.relying_party = relying_party;
  return credential;
}

unsigned ModeOf(const std::filesystem::path& path) {
  struct stat info {};
  EXPECT_EQ(stat(path.c_str(), &info), 0);
  return info.st_mode & 07777U;
}

std::vector<std::string> Names(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    names.push_back(entry.path().filename().string());
  }
  return names;
}

TEST(CredentialFolder, StoresListsLoadsReplacesAndDeletes) {
  const TempDir dir;
  const std::string folder = dir / "credentials";
  EXPECT_TRUE(ListCredentials(folder)->empty());
  const SecretCredential first = Fresh();
  const SecretCredential other = Fresh("other.example");
  const std::string id = first.Public().Id();
  ASSERT_TRUE(StoreCredential(folder, first, kPassphrase).ok());
  ASSERT_TRUE(StoreCredential(folder, other, kPassphrase).ok());
  EXPECT_EQ(StoreCredential(folder, first, kPassphrase).error().code, ErrorCode::kInvalidArgument);

  const auto listed = ListCredentials(folder);
  ASSERT_EQ(listed->size(), 2U);
  for (const auto& stored : *listed) {
    ASSERT_TRUE(stored.credential.ok());
    EXPECT_TRUE(*stored.credential == first.Public() || *stored.credential == other.Public());
  }
  const auto loaded = LoadCredential(folder, id, kPassphrase);
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_TRUE(std::ranges::equal(loaded->voice_template, first.voice_template));
  EXPECT_EQ(LoadCredential(folder, id, std::string_view("wrong")).error().code,
            ErrorCode::kWrongPassphrase);

  const SecretCredential second = Fresh();
  ASSERT_TRUE(ReplaceCredential(folder, id, second, kPassphrase).ok());
  EXPECT_EQ(LoadCredential(folder, id, kPassphrase).error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(LoadCredential(folder, second.Public().Id(), kPassphrase).ok());
  EXPECT_EQ(ReplaceCredential(folder, id, Fresh(), kPassphrase).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(ListCredentials(folder)->size(), 2U);

  ASSERT_TRUE(DeleteCredential(folder, second.Public().Id()).ok());
  EXPECT_EQ(DeleteCredential(folder, second.Public().Id()).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(ListCredentials(folder)->size(), 1U);
}

TEST(CredentialFolder, OnlyItsOwnerReadsIt) {
  const TempDir dir;
  const mode_t old_mask = umask(0);
  const SecretCredential credential = Fresh();
  ASSERT_TRUE(StoreCredential(dir / "deep" / "credentials", credential, kPassphrase).ok());
  umask(old_mask);
  const auto folder = dir / "deep" / "credentials";
  EXPECT_EQ(ModeOf(folder), 0700U);
  EXPECT_EQ(ModeOf(folder / (credential.Public().Id() + ".voizk-credential")), 0600U);
}

TEST(CredentialFolder, IdsAreNoPaths) {
  const TempDir dir;
  ASSERT_TRUE(StoreCredential(dir / "c", Fresh(), kPassphrase).ok());
  std::ofstream(dir / "victim.voizk-credential") << "precious";
  for (const char* id : {"../victim", "", ".", "/etc/passwd", "ABCDEF0123456789",
                         "../../../../../x", "0123456789abcde", "0123456789abcdef0"}) {
    EXPECT_EQ(LoadCredential(dir / "c", id, kPassphrase).error().code, ErrorCode::kNotFound);
    EXPECT_EQ(DeleteCredential(dir / "c", id).error().code, ErrorCode::kNotFound);
  }
  EXPECT_TRUE(std::filesystem::exists(dir / "victim.voizk-credential"));
}

TEST(CredentialFolder, OneDamagedFileHidesNoOther) {
  const TempDir dir;
  const SecretCredential good = Fresh();
  const SecretCredential bad = Fresh();
  ASSERT_TRUE(StoreCredential(dir.path(), good, kPassphrase).ok());
  ASSERT_TRUE(StoreCredential(dir.path(), bad, kPassphrase).ok());
  const std::string bad_path = dir / (bad.Public().Id() + ".voizk-credential");
  std::filesystem::resize_file(bad_path, 100);
  std::filesystem::copy_file(dir / (good.Public().Id() + ".voizk-credential"),
                             dir / "0000000000000000.voizk-credential");
  std::filesystem::create_directory(dir / "folder.voizk-credential");
  std::ofstream(dir / "README") << "not a credential";
  const auto listed = ListCredentials(dir.path());
  ASSERT_TRUE(listed.ok());
  int readable = 0;
  for (const auto& stored : *listed) {
    readable += stored.credential.ok() ? 1 : 0;
    if (stored.path == bad_path) {
      EXPECT_EQ(stored.credential.error().code, ErrorCode::kMalformed);
    }
  }
  EXPECT_EQ(listed->size(), 4U);
  EXPECT_EQ(readable, 1);
  EXPECT_EQ(LoadCredential(dir.path(), bad.Public().Id(), kPassphrase).error().code,
            ErrorCode::kMalformed);
  EXPECT_EQ(LoadCredential(dir.path(), "0000000000000000", kPassphrase).error().code,
            ErrorCode::kMalformed);
  EXPECT_TRUE(DeleteCredential(dir.path(), bad.Public().Id()).ok());
}

TEST(CredentialFolder, AFullDiskLosesNothing) {
  const TempDir dir;
  const SecretCredential old = Fresh();
  const SecretCredential fresh = Fresh();
  ASSERT_TRUE(StoreCredential(dir.path(), old, kPassphrase).ok());
  const pid_t pid = fork();
  if (pid == 0) {  // a file-size limit stands for the full disk: writes fall short in the same way
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit = {200, 200};
    setrlimit(RLIMIT_FSIZE, &limit);
    const Status status = ReplaceCredential(dir.path(), old.Public().Id(), fresh, kPassphrase);
    _exit(!status.ok() && status.error().code == ErrorCode::kIo ? 0 : 1);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT_THAT(Names(dir.path()), testing::ElementsAre(old.Public().Id() + ".voizk-credential"));
  EXPECT_TRUE(LoadCredential(dir.path(), old.Public().Id(), kPassphrase).ok());
}

TEST(CredentialFolder, AKilledEnrolmentLosesNothing) {
  const TempDir dir;
  {
    const SecretCredential first = Fresh();
    ASSERT_TRUE(StoreCredential(dir.path(), first, kPassphrase).ok());
  }
  for (int trial = 0; trial < 8; ++trial) {
    const pid_t pid = fork();
    if (pid == 0) {
      for (;;) {  // re-enrols for ever
        const auto listed = ListCredentials(dir.path());
        const auto status =
            ReplaceCredential(dir.path(), listed->front().credential->Id(), Fresh(), kPassphrase);
        if (!status.ok()) _exit(1);
      }
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(150 + 37 * trial));
    kill(pid, SIGKILL);
    int status = 0;
    waitpid(pid, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status)) << "the enrolment failed by itself";
    const auto listed = ListCredentials(dir.path());
    ASSERT_TRUE(listed.ok());
    ASSERT_GE(listed->size(), 1U);
    ASSERT_LE(listed->size(), 2U + static_cast<size_t>(trial));
    for (const auto& stored : *listed) {
      ASSERT_TRUE(stored.credential.ok()) << stored.path << stored.credential.error().message;
    }
    EXPECT_TRUE(LoadCredential(dir.path(), listed->back().credential->Id(), kPassphrase).ok());
  }
}

TEST(CredentialFolder, LeftoversOfKilledEnrolmentsGoAfterAnHour) {
  const TempDir dir;
  const auto old_file = dir / ".0123456789abcdef.voizk-credential.0011223344556677.tmp";
  const auto new_file = dir / ".0123456789abcdef.voizk-credential.8899aabbccddeeff.tmp";
  std::ofstream(old_file) << "half a file";
  std::ofstream(new_file) << "half a file of a process that may still run";
  std::filesystem::last_write_time(
      old_file, std::filesystem::file_time_type::clock::now() - std::chrono::hours(2));
  EXPECT_TRUE(ListCredentials(dir.path())->empty());
  ASSERT_TRUE(StoreCredential(dir.path(), Fresh(), kPassphrase).ok());
  EXPECT_FALSE(std::filesystem::exists(old_file));
  EXPECT_TRUE(std::filesystem::exists(new_file));
}

}  // namespace
}  // namespace voizk
