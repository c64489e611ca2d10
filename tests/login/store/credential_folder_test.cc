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

#include "login/store/sealing.h"
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

/// Cheap to open and to make: what the folder does is not a matter of Argon2id's price.
std::vector<uint8_t> Sealed(const SecretCredential& credential) {
  return *SealCredentialAt({.passes = 1, .memory_bytes = 8192}, credential, kPassphrase);
}
Status Store(const std::string& folder, const SecretCredential& credential,
             const PublishCredential& publish = {}) {
  return StoreSealed(folder, Sealed(credential), publish);
}
Status Replace(const std::string& folder, const std::string& old_id,
               const SecretCredential& credential, const PublishCredential& publish = {}) {
  return ReplaceSealed(folder, old_id, Sealed(credential), publish);
}

unsigned ModeOf(const std::filesystem::path& path) {
  struct stat info {};
  EXPECT_EQ(stat(path.c_str(), &info), 0);
  return info.st_mode & 07777U;
}

std::vector<std::string> Names(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name != ".lock") names.push_back(name);
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
  ASSERT_TRUE(Store(dir / "deep" / "credentials", credential).ok());
  umask(old_mask);
  const auto folder = dir / "deep" / "credentials";
  EXPECT_EQ(ModeOf(folder), 0700U);
  EXPECT_EQ(ModeOf(folder / (credential.Public().Id() + ".voizk-credential")), 0600U);
}

TEST(CredentialFolder, IdsAreNoPaths) {
  const TempDir dir;
  ASSERT_TRUE(Store(dir / "c", Fresh()).ok());
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
  ASSERT_TRUE(Store(dir.path(), good).ok());
  ASSERT_TRUE(Store(dir.path(), bad).ok());
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
  ASSERT_TRUE(Store(dir.path(), old).ok());
  const pid_t pid = fork();
  if (pid == 0) {  // a file-size limit stands for the full disk: writes fall short in the same way
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit = {200, 200};
    setrlimit(RLIMIT_FSIZE, &limit);
    const Status status = Replace(dir.path(), old.Public().Id(), fresh);
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
    ASSERT_TRUE(Store(dir.path(), first).ok());
  }
  for (int trial = 0; trial < 4; ++trial) {
    int stored[2];
    ASSERT_EQ(pipe(stored), 0);
    const pid_t pid = fork();
    if (pid == 0) {
      for (;;) {  // re-enrols for ever
        const auto listed = ListCredentials(dir.path());
        const auto tell = [&](const PublicCredential&) -> Status {
          return write(stored[1], "x", 1) == 1 ? Status() : Status(ErrorCode::kIo, "pipe");
        };
        const auto status = Replace(dir.path(), listed->front().credential->Id(), Fresh(), tell);
        if (!status.ok()) _exit(1);
      }
    }
    char byte;
    ASSERT_EQ(read(stored[0], &byte, 1), 1);  // between storing the new one and deleting the old
    std::this_thread::sleep_for(std::chrono::microseconds(trial * 150));
    kill(pid, SIGKILL);
    close(stored[0]);
    close(stored[1]);
    int status = 0;
    waitpid(pid, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status)) << "the enrolment failed by itself";
    const auto listed = ListCredentials(dir.path());
    ASSERT_TRUE(listed.ok());
    ASSERT_GE(listed->size(), 1U);
    ASSERT_LE(listed->size(), 2U + static_cast<size_t>(trial));
    for (const auto& stored_one : *listed) {
      ASSERT_TRUE(stored_one.credential.ok()) << stored_one.path;
    }
    EXPECT_TRUE(LoadCredential(dir.path(), listed->back().credential->Id(), kPassphrase).ok());
  }
}

TEST(CredentialFolder, ReplacesOnlyItsOwnParty) {
  const TempDir dir;
  const SecretCredential bank = Fresh("bank.example");
  const std::string id = bank.Public().Id();
  ASSERT_TRUE(Store(dir.path(), bank).ok());
  EXPECT_EQ(CheckReplaceable(dir.path(), id, "shop.example").error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(Replace(dir.path(), id, Fresh("shop.example")).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_THAT(Names(dir.path()), testing::ElementsAre(id + ".voizk-credential"));
  EXPECT_TRUE(CheckReplaceable(dir.path(), id, "bank.example").ok());
}

// A public part that cannot be handed out: the old one stays, and the new one goes, so that trying
// again does not leave several.
TEST(CredentialFolder, WhatCannotBePublishedIsNotKept) {
  const TempDir dir;
  const SecretCredential old = Fresh();
  const std::string id = old.Public().Id();
  int calls = 0;
  const PublishCredential refuse = [&](const PublicCredential& fresh) -> Status {
    ++calls;
    EXPECT_TRUE(FindCredential(dir.path(), fresh.Id()).ok()) << "published before it was stored";
    return {ErrorCode::kIo, "cannot be written"};
  };
  EXPECT_EQ(Store(dir.path(), old, refuse).error().code, ErrorCode::kIo);
  EXPECT_TRUE(Names(dir.path()).empty());
  ASSERT_TRUE(Store(dir.path(), old).ok());
  EXPECT_EQ(Replace(dir.path(), id, Fresh(), refuse).error().code, ErrorCode::kIo);
  EXPECT_THAT(Names(dir.path()), testing::ElementsAre(id + ".voizk-credential"));
  const PublishCredential look = [&](const PublicCredential&) -> Status {
    EXPECT_TRUE(FindCredential(dir.path(), id).ok()) << "the old one went first";
    return {};
  };
  EXPECT_TRUE(Replace(dir.path(), id, Fresh(), look).ok());
  EXPECT_EQ(FindCredential(dir.path(), id).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(calls, 2);
}

TEST(CredentialFolder, OfManyThatReplaceOneExactlyOneDoes) {
  const TempDir dir;
  const SecretCredential old = Fresh();
  const std::string id = old.Public().Id();
  ASSERT_TRUE(Store(dir.path(), old).ok());
  constexpr int kProcesses = 4;
  std::vector<pid_t> children;
  for (int p = 0; p < kProcesses; ++p) {
    const pid_t pid = fork();
    if (pid == 0) {
      const Status status = Replace(dir.path(), id, Fresh());
      _exit(status.ok() ? 0 : status.error().code == ErrorCode::kNotFound ? 1 : 2);
    }
    children.push_back(pid);
  }
  int replaced = 0;
  for (const pid_t pid : children) {
    int status = 0;
    waitpid(pid, &status, 0);
    ASSERT_TRUE(WIFEXITED(status));
    ASSERT_LT(WEXITSTATUS(status), 2);
    replaced += WEXITSTATUS(status) == 0 ? 1 : 0;
  }
  EXPECT_EQ(replaced, 1);
  EXPECT_EQ(Names(dir.path()).size(), 1U);
}

TEST(CredentialFolder, TheOnlyOneIsFoundAndWhatIsInTheWayIsNamed) {
  const TempDir dir;
  EXPECT_EQ(OnlyCredential(dir.path(), "example.org").error().code, ErrorCode::kNotFound);
  const SecretCredential first = Fresh();
  const SecretCredential second = Fresh();
  ASSERT_TRUE(Store(dir.path(), first).ok());
  EXPECT_EQ(*OnlyCredential(dir.path(), "example.org"), first.Public().Id());
  ASSERT_TRUE(Store(dir.path(), second).ok());
  const auto several = OnlyCredential(dir.path(), "example.org");
  EXPECT_EQ(several.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(several.error().message, testing::HasSubstr(first.Public().Id()));
  EXPECT_THAT(several.error().message, testing::HasSubstr(second.Public().Id()));
  ASSERT_TRUE(DeleteCredential(dir.path(), second.Public().Id()).ok());
  const std::string path = dir / (first.Public().Id() + ".voizk-credential");
  std::filesystem::resize_file(path, 100);
  for (const Status& damaged :
       {OnlyCredential(dir.path(), "example.org").status(),
        FindCredential(dir.path(), first.Public().Id()).status(),
        LoadCredential(dir.path(), first.Public().Id(), kPassphrase).status(),
        CheckReplaceable(dir.path(), first.Public().Id(), "example.org")}) {
    ASSERT_EQ(damaged.error().code, ErrorCode::kMalformed) << "damaged is not missing";
    EXPECT_THAT(damaged.error().message, testing::HasSubstr(path));
  }
}

TEST(CredentialFolder, OneThatOthersMayWriteIsNotUsed) {
  const TempDir dir;
  const SecretCredential mine = Fresh();
  ASSERT_TRUE(Store(dir.path(), mine).ok());
  ASSERT_EQ(chmod(dir.path().c_str(), 0777), 0);
  EXPECT_EQ(ListCredentials(dir.path()).status().error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(LoadCredential(dir.path(), mine.Public().Id(), kPassphrase).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(Store(dir.path(), Fresh()).error().code, ErrorCode::kInvalidArgument);
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
  ASSERT_TRUE(Store(dir.path(), Fresh()).ok());
  EXPECT_FALSE(std::filesystem::exists(old_file));
  EXPECT_TRUE(std::filesystem::exists(new_file));
}

}  // namespace
}  // namespace voizk
