// The folder in which a user's credentials lie, one file each.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <filesystem>

#include "base/exceptions.h"
#include "base/files.h"
#include "login/store/sealing.h"
#include "voizk/credential.h"

namespace voizk {
namespace {

constexpr std::string_view kSuffix = ".voizk-credential";
constexpr std::string_view kDeviceSuffix = ".voizk-device";  // login/device: what goes with it
constexpr size_t kMaxFileBytes = 4096;                       // a file takes at most 601
constexpr time_t kStaleSeconds = 3600;

Status NotThere(const std::string& id) {
  return {ErrorCode::kNotFound, "there is no credential \"" + id + "\""};
}

/// Ids come from users: only what Id() can return may become part of a path.
Result<std::string> PathOf(const std::string& folder, const std::string& id) {
  const bool good = id.size() == 16 && std::all_of(id.begin(), id.end(), [](char c) {
                      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
                    });
  if (!good) return NotThere(id);
  return (std::filesystem::path(folder) / (id + std::string(kSuffix))).string();
}

/// Names of the folder's files; none if it is absent.  What others could have put there is not
/// looked at.
Result<std::vector<std::filesystem::path>> FilesOf(const std::string& folder) {
  std::vector<std::filesystem::path> files;
  if (const Status status = CheckPrivateFolder(folder); !status.ok()) {
    if (status.error().code == ErrorCode::kNotFound) return files;
    return status;
  }
  std::error_code error;
  std::filesystem::directory_iterator it(folder, error);
  for (; !error && it != std::filesystem::directory_iterator(); it.increment(error)) {
    files.push_back(it->path());
  }
  if (error) return {ErrorCode::kIo, folder + ": " + error.message()};
  std::sort(files.begin(), files.end());
  return files;
}

/// Removes what killed processes left behind an hour ago or earlier (ciphertext).
void RemoveStaleTemporaries(const std::string& folder) {
  const auto files = FilesOf(folder);
  if (!files.ok()) return;
  for (const auto& file : *files) {
    const std::string name = file.filename().string();
    struct stat info {};
    if (name.starts_with('.') && name.find(std::string(kSuffix) + ".") != std::string::npos &&
        name.ends_with(".tmp") && stat(file.c_str(), &info) == 0 &&
        info.st_mtime < std::time(nullptr) - kStaleSeconds) {
      unlink(file.c_str());
    }
  }
}

Result<PublicCredential> PublicPartOf(ByteSpan file, const std::filesystem::path& path) {
  VOIZK_ASSIGN_OR_RETURN(PublicCredential credential, ReadSealedPublic(file));
  if (path.filename().string() != credential.Id() + std::string(kSuffix)) {
    return {ErrorCode::kMalformed, "the file's name is not that of the credential in it"};
  }
  return credential;
}

Result<PublicCredential> ReadPublic(const std::filesystem::path& path) {
  VOIZK_ASSIGN_OR_RETURN(const std::vector<uint8_t> file,
                         ReadSmallFile(path.string(), kMaxFileBytes));
  return PublicPartOf(file, path);
}

/// A credential's file and its public part.
struct Found {
  std::vector<uint8_t> file;
  PublicCredential credential;
};

/// Errors of what is there, and cannot be used, name the file.
Result<Found> Find(const std::string& folder, const std::string& id) {
  VOIZK_ASSIGN_OR_RETURN(const std::string path, PathOf(folder, id));
  if (const Status status = CheckPrivateFolder(folder); !status.ok()) {
    return status.error().code == ErrorCode::kNotFound ? NotThere(id) : status;
  }
  auto file = ReadSmallFile(path, kMaxFileBytes);
  if (!file.ok()) {
    return file.error().code == ErrorCode::kNotFound ? NotThere(id) : file.status();
  }
  auto credential = PublicPartOf(*file, path);
  if (!credential.ok()) {
    return {credential.error().code, path + ": " + credential.error().message};
  }
  return Found{std::move(*file), std::move(*credential)};
}

/// The folder's lock is held.
Status StoreAndPublish(const std::string& folder, const PublicCredential& credential, ByteSpan file,
                       const PublishCredential& publish) {
  RemoveStaleTemporaries(folder);
  VOIZK_ASSIGN_OR_RETURN(const std::string path, PathOf(folder, credential.Id()));
  VOIZK_RETURN_IF_ERROR(WriteFileAtomically(path, file, 0600, IfExists::kRefuse));
  if (!publish) return {};
  Status published = publish(credential);
  if (published.ok()) return {};
  const Status removed = DeleteCredential(folder, credential.Id());
  if (removed.ok()) return published;
  return {published.error().code, published.error().message + "; the new credential " +
                                      credential.Id() + " stays: " + removed.error().message};
}

}  // namespace

Status StoreCredential(const std::string& folder, const SecretCredential& credential,
                       std::span<const char> passphrase, const PublishCredential& publish) try {
  VOIZK_ASSIGN_OR_RETURN(const std::vector<uint8_t> file, SealCredential(credential, passphrase));
  return StoreSealed(folder, file, publish);
} catch (...) {
  return ErrorOfException();
}

Status StoreSealed(const std::string& folder, ByteSpan file, const PublishCredential& publish) try {
  VOIZK_ASSIGN_OR_RETURN(const PublicCredential credential, ReadSealedPublic(file));
  VOIZK_RETURN_IF_ERROR(MakePrivateFolder(folder));
  VOIZK_ASSIGN_OR_RETURN(const FolderLock lock, FolderLock::Take(folder));
  return StoreAndPublish(folder, credential, file, publish);
} catch (...) {
  return ErrorOfException();
}

Result<std::vector<StoredCredential>> ListCredentials(const std::string& folder) try {
  VOIZK_ASSIGN_OR_RETURN(const std::vector<std::filesystem::path> files, FilesOf(folder));
  std::vector<StoredCredential> stored;
  for (const auto& path : files) {
    const std::string name = path.filename().string();
    if (name.starts_with('.') || !name.ends_with(kSuffix)) continue;
    stored.push_back({path.string(), ReadPublic(path)});
  }
  return stored;
} catch (...) {
  return ErrorOfException();
}

Result<PublicCredential> FindCredential(const std::string& folder, const std::string& id) try {
  VOIZK_ASSIGN_OR_RETURN(Found found, Find(folder, id));
  return std::move(found.credential);
} catch (...) {
  return ErrorOfException();
}

Result<std::string> OnlyCredential(const std::string& folder,
                                   const std::string& relying_party) try {
  VOIZK_ASSIGN_OR_RETURN(const auto stored, ListCredentials(folder));
  std::vector<std::string> ids;
  std::string damaged;
  for (const StoredCredential& entry : stored) {
    if (!entry.credential.ok()) {
      damaged += "; " + entry.path + ": " + entry.credential.error().message;
    } else if (entry.credential.value().relying_party == relying_party) {
      ids.push_back(entry.credential.value().Id());
    }
  }
  if (ids.size() == 1) return ids.front();
  if (ids.empty() && damaged.empty()) {
    return {ErrorCode::kNotFound, "no credential for " + relying_party + " in " + folder};
  }
  if (ids.empty()) {
    return {ErrorCode::kMalformed,
            "no credential for " + relying_party + " that can be read" + damaged};
  }
  std::string names;
  for (const std::string& id : ids) names += (names.empty() ? "" : ", ") + id;
  return {ErrorCode::kInvalidArgument,
          "several credentials for " + relying_party + ", name one of them: " + names};
} catch (...) {
  return ErrorOfException();
}

Result<SecretCredential> LoadCredential(const std::string& folder, const std::string& id,
                                        std::span<const char> passphrase) try {
  VOIZK_ASSIGN_OR_RETURN(const Found found, Find(folder, id));
  return OpenCredential(found.file, passphrase);
} catch (...) {
  return ErrorOfException();
}

Status DeleteCredential(const std::string& folder, const std::string& id) try {
  VOIZK_ASSIGN_OR_RETURN(const std::string path, PathOf(folder, id));
  if (unlink(path.c_str()) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return NotThere(id);
    return {ErrorCode::kIo, path + ": " + std::strerror(errno)};
  }
  const std::string device =
      path.substr(0, path.size() - kSuffix.size()) + std::string(kDeviceSuffix);
  if (unlink(device.c_str()) != 0 && errno != ENOENT) {
    return {ErrorCode::kIo, device + ": " + std::strerror(errno)};
  }
  return SyncFolder(folder);
} catch (...) {
  return ErrorOfException();
}

Status CheckReplaceable(const std::string& folder, const std::string& old_id,
                        const std::string& relying_party) try {
  VOIZK_ASSIGN_OR_RETURN(const PublicCredential old, FindCredential(folder, old_id));
  if (old.relying_party == relying_party) return {};
  return {ErrorCode::kInvalidArgument,
          "credential " + old_id + " is for " + old.relying_party + ", not for " + relying_party};
} catch (...) {
  return ErrorOfException();
}

Status ReplaceCredential(const std::string& folder, const std::string& old_id,
                         const SecretCredential& credential, std::span<const char> passphrase,
                         const PublishCredential& publish) try {
  VOIZK_RETURN_IF_ERROR(CheckReplaceable(folder, old_id, credential.relying_party));
  VOIZK_ASSIGN_OR_RETURN(const std::vector<uint8_t> file, SealCredential(credential, passphrase));
  return ReplaceSealed(folder, old_id, file, publish);
} catch (...) {
  return ErrorOfException();
}

Status ReplaceSealed(const std::string& folder, const std::string& old_id, ByteSpan file,
                     const PublishCredential& publish) try {
  VOIZK_ASSIGN_OR_RETURN(const PublicCredential credential, ReadSealedPublic(file));
  VOIZK_RETURN_IF_ERROR(CheckReplaceable(folder, old_id, credential.relying_party));
  VOIZK_ASSIGN_OR_RETURN(const FolderLock lock, FolderLock::Take(folder));
  // Again, now that nobody else replaces it.
  VOIZK_RETURN_IF_ERROR(CheckReplaceable(folder, old_id, credential.relying_party));
  VOIZK_RETURN_IF_ERROR(StoreAndPublish(folder, credential, file, publish));
  return DeleteCredential(folder, old_id);
} catch (...) {
  return ErrorOfException();
}

}  // namespace voizk
