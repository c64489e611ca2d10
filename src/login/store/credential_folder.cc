// The folder in which a user's credentials lie, one file each.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <filesystem>

#include "base/files.h"
#include "voizk/credential.h"

namespace voizk {
namespace {

constexpr std::string_view kSuffix = ".voizk-credential";
constexpr size_t kMaxFileBytes = 4096;  // a file takes at most 601
constexpr time_t kStaleSeconds = 3600;

/// Ids come from users: only what Id() can return may become part of a path.
Result<std::string> PathOf(const std::string& folder, const std::string& id) {
  const bool good = id.size() == 16 && std::all_of(id.begin(), id.end(), [](char c) {
                      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
                    });
  if (!good) return {ErrorCode::kNotFound, "there is no credential \"" + id + "\""};
  return (std::filesystem::path(folder) / (id + std::string(kSuffix))).string();
}

Status NotThere(const std::string& id) {
  return {ErrorCode::kNotFound, "there is no credential \"" + id + "\""};
}

/// Names of the folder's files; none if it is absent.
Result<std::vector<std::filesystem::path>> FilesOf(const std::string& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  std::filesystem::directory_iterator it(folder, error);
  if (error == std::errc::no_such_file_or_directory) return files;
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

Result<PublicCredential> ReadPublic(const std::filesystem::path& path) {
  VOIZK_ASSIGN_OR_RETURN(const std::vector<uint8_t> file,
                         ReadSmallFile(path.string(), kMaxFileBytes));
  VOIZK_ASSIGN_OR_RETURN(PublicCredential credential, ReadSealedPublic(file));
  if (path.filename().string() != credential.Id() + std::string(kSuffix)) {
    return {ErrorCode::kMalformed, "the file's name is not that of the credential in it"};
  }
  return credential;
}

}  // namespace

Status StoreCredential(const std::string& folder, const SecretCredential& credential,
                       std::span<const char> passphrase) {
  VOIZK_ASSIGN_OR_RETURN(const std::vector<uint8_t> file, SealCredential(credential, passphrase));
  VOIZK_RETURN_IF_ERROR(MakePrivateFolder(folder));
  RemoveStaleTemporaries(folder);
  VOIZK_ASSIGN_OR_RETURN(const std::string path, PathOf(folder, credential.Public().Id()));
  return WriteFileAtomically(path, file, 0600, IfExists::kRefuse);
}

Result<std::vector<StoredCredential>> ListCredentials(const std::string& folder) {
  VOIZK_ASSIGN_OR_RETURN(const std::vector<std::filesystem::path> files, FilesOf(folder));
  std::vector<StoredCredential> stored;
  for (const auto& path : files) {
    const std::string name = path.filename().string();
    if (name.starts_with('.') || !name.ends_with(kSuffix)) continue;
    stored.push_back({path.string(), ReadPublic(path)});
  }
  return stored;
}

Result<SecretCredential> LoadCredential(const std::string& folder, const std::string& id,
                                        std::span<const char> passphrase) {
  VOIZK_ASSIGN_OR_RETURN(const std::string path, PathOf(folder, id));
  const auto file = ReadSmallFile(path, kMaxFileBytes);
  if (!file.ok()) {
    return file.error().code == ErrorCode::kNotFound ? NotThere(id) : file.status();
  }
  VOIZK_RETURN_IF_ERROR(ReadPublic(path).status());
  return OpenCredential(*file, passphrase);
}

Status DeleteCredential(const std::string& folder, const std::string& id) {
  VOIZK_ASSIGN_OR_RETURN(const std::string path, PathOf(folder, id));
  if (unlink(path.c_str()) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return NotThere(id);
    return {ErrorCode::kIo, path + ": " + std::strerror(errno)};
  }
  return SyncFolder(folder);
}

Status ReplaceCredential(const std::string& folder, const std::string& old_id,
                         const SecretCredential& credential, std::span<const char> passphrase) {
  VOIZK_ASSIGN_OR_RETURN(const std::string old_path, PathOf(folder, old_id));
  if (access(old_path.c_str(), F_OK) != 0) return NotThere(old_id);
  VOIZK_RETURN_IF_ERROR(StoreCredential(folder, credential, passphrase));
  return DeleteCredential(folder, old_id);
}

}  // namespace voizk
