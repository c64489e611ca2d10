// The relying party's memory of used nonces: one file per nonce, named by its hex digits, holding
// the challenge's expiry (8 bytes).  O_CREAT | O_EXCL makes the file system the judge of races.
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "base/bytes.h"
#include "base/files.h"
#include "login/store/text.h"
#include "voizk/challenge.h"

namespace voizk {
namespace {

constexpr std::string_view kSuffix = ".used";
// A process that checked the clock just before expiry may be slow to create its file; entries stay
// this long after expiry so that it still meets the one that was first.
constexpr int64_t kGraceSeconds = 3600;

bool IsNonceFile(std::string_view name) {
  if (name.size() != 64 + kSuffix.size() || !name.ends_with(kSuffix)) return false;
  return std::all_of(name.begin(), name.begin() + 64,
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

/// When an entry's challenge expires.  A process killed between creating and filling the file
/// leaves it empty: then no later than the longest life after its last change.
int64_t ExpiryOf(const std::string& path) {
  const auto bytes = ReadSmallFile(path, 8);
  if (bytes.ok() && bytes->size() == 8) return static_cast<int64_t>(LoadU64(bytes->data()));
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) return INT64_MAX;
  return static_cast<int64_t>(info.st_mtime) + kMaxChallengeSeconds;
}

}  // namespace

Status MarkNonceUsed(const std::string& state_folder, const Challenge& challenge,
                     int64_t now_unix_s) {
  VOIZK_RETURN_IF_ERROR(CheckChallenge(challenge));
  VOIZK_RETURN_IF_ERROR(CheckChallengeTime(challenge, now_unix_s));
  VOIZK_RETURN_IF_ERROR(MakePrivateFolder(state_folder));
  const std::string path = state_folder + "/" + ToHex(challenge.nonce) + std::string(kSuffix);
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) {
    if (errno == EEXIST) return {ErrorCode::kChallengeUsed, "the challenge was used before"};
    return {ErrorCode::kIo, path + ": " + std::strerror(errno)};
  }
  uint8_t expiry[8];
  StoreU64(static_cast<uint64_t>(challenge.expires_unix_s), expiry);
  // From here on the nonce counts as used, whatever fails: the safe side.
  const bool written = write(fd, expiry, sizeof expiry) == ssize_t{sizeof expiry};
  const bool synced = fsync(fd) == 0;
  const bool closed = close(fd) == 0;
  if (!written || !synced || !closed) return {ErrorCode::kIo, path + ": cannot be made durable"};
  return SyncFolder(state_folder);
}

Result<size_t> PruneUsedNonces(const std::string& state_folder, int64_t now_unix_s) {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir(state_folder.c_str()), closedir);
  if (folder == nullptr) {
    return {errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo,
            state_folder + ": " + std::strerror(errno)};
  }
  size_t removed = 0;
  while (const dirent* entry = readdir(folder.get())) {
    if (!IsNonceFile(entry->d_name)) continue;
    const std::string path = state_folder + "/" + entry->d_name;
    const int64_t expiry = ExpiryOf(path);
    if (expiry > now_unix_s - kGraceSeconds) continue;
    if (unlink(path.c_str()) == 0) ++removed;
  }
  return removed;
}

}  // namespace voizk
