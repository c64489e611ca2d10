// The relying party's memory of used nonces: one file per nonce, named by its hex digits, holding
// the challenge's expiry (8 bytes), beside the state's times (state_file.h).
//
// Why no nonce is accepted twice, whatever the clocks of the verifiers do: an entry is removed only
// under the lock and only if its expiry is not after the prune horizon, which is on the disk before
// the first removal; a nonce is marked only under the lock and only if its challenge expires after
// the horizon.  So what may be forgotten is what is refused.
#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <memory>
#include <optional>

#include "base/bytes.h"
#include "base/exceptions.h"
#include "base/files.h"
#include "login/store/state_file.h"
#include "login/store/text.h"
#include "voizk/challenge.h"

namespace voizk {
namespace {

constexpr std::string_view kSuffix = ".used";
constexpr int64_t kPruneEverySeconds = 60;
constexpr int64_t kMaxUnixSeconds = (int64_t{1} << 53) - 1;

bool IsNonceFile(std::string_view name) {
  if (name.size() != 64 + kSuffix.size() || !name.ends_with(kSuffix)) return false;
  return std::all_of(name.begin(), name.begin() + 64,
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

/// When an entry's challenge expires.  A process killed between creating and filling the file, or a
/// full disk, leaves it without: then nobody knows, and it stays for ever.
std::optional<int64_t> ExpiryOf(const std::string& path) {
  const auto bytes = ReadSmallFile(path, 8);
  if (!bytes.ok() || bytes->size() != 8) return std::nullopt;
  return static_cast<int64_t>(LoadU64(bytes->data()));
}

Result<int64_t> TimeOf(const UnixClock& clock) {
  const int64_t now = clock();
  if (now < 0 || now > kMaxUnixSeconds) {
    return {ErrorCode::kInvalidArgument, "the clock is out of range"};
  }
  return now;
}

/// Now by the clock and by what the state has seen; kInvalidArgument.
Result<int64_t> TimeIn(const StateTimes& times, const UnixClock& clock) {
  VOIZK_ASSIGN_OR_RETURN(const int64_t now, TimeOf(clock));
  if (now < times.high_water - kClockBackSeconds) {
    return {ErrorCode::kInvalidArgument,
            "the clock is " + std::to_string(times.high_water - now) +
                " s behind the latest time that the state folder has seen: set the clock right, or "
                "make a new state folder, and discard every challenge issued so far, if another "
                "verifier's clock was ahead"};
  }
  return std::max(now, times.high_water);
}

/// A folder's state under its lock.
struct LockedState {
  FolderLock lock;
  StateTimes times;
  int64_t now = 0;

  /// Nothing is made, not even the lock, in a folder that holds no state.
  static Result<LockedState> Open(const std::string& folder, const UnixClock& clock) {
    VOIZK_RETURN_IF_ERROR(ReadState(folder).status());
    VOIZK_ASSIGN_OR_RETURN(FolderLock lock, FolderLock::Take(folder));
    VOIZK_ASSIGN_OR_RETURN(const StateTimes times, ReadState(folder));
    VOIZK_ASSIGN_OR_RETURN(const int64_t now, TimeIn(times, clock));
    return LockedState{std::move(lock), times, now};
  }
};

Status CreateEntry(const std::string& folder, const Challenge& challenge) {
  const std::string path = folder + "/" + ToHex(challenge.nonce) + std::string(kSuffix);
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
  return SyncFolder(folder);
}

}  // namespace

int64_t SystemUnixSeconds() { return static_cast<int64_t>(std::time(nullptr)); }

Status InitialiseState(const std::string& folder, const UnixClock& clock) try {
  VOIZK_ASSIGN_OR_RETURN(const int64_t now, TimeOf(clock));
  VOIZK_RETURN_IF_ERROR(MakePrivateFolder(folder));
  return WriteState(folder, {.created = now, .high_water = now}, IfExists::kRefuse);
} catch (...) {
  return ErrorOfException();
}

Status CheckState(const std::string& folder, const UnixClock& clock) try {
  VOIZK_ASSIGN_OR_RETURN(const StateTimes times, ReadState(folder));
  return TimeIn(times, clock).status();
} catch (...) {
  return ErrorOfException();
}

Status MarkNonceUsed(const std::string& folder, const Challenge& challenge,
                     const UnixClock& clock) try {
  VOIZK_RETURN_IF_ERROR(CheckChallenge(challenge));
  VOIZK_ASSIGN_OR_RETURN(LockedState state, LockedState::Open(folder, clock));
  VOIZK_RETURN_IF_ERROR(CheckChallengeTime(challenge, state.now));
  if (challenge.issued_unix_s < state.times.created) {
    return {ErrorCode::kChallengeExpired,
            "the challenge was issued before this state folder was made, which cannot know whether "
            "it was used"};
  }
  if (challenge.expires_unix_s <= state.times.prune_horizon) {
    return {ErrorCode::kChallengeExpired,
            "the challenge expires before a time up to which used ones may have been forgotten: "
            "some verifier's clock was ahead"};
  }
  if (state.now > state.times.high_water) {
    state.times.high_water = state.now;
    VOIZK_RETURN_IF_ERROR(WriteState(folder, state.times, IfExists::kReplace));
  }
  return CreateEntry(folder, challenge);
} catch (...) {
  return ErrorOfException();
}

Result<size_t> PruneUsedNonces(const std::string& folder, const UnixClock& clock) try {
  VOIZK_ASSIGN_OR_RETURN(LockedState state, LockedState::Open(folder, clock));
  StateTimes& times = state.times;
  // Reading all entries after each of many logins would be in everybody's way.
  if (state.now - kNonceKeepSeconds < times.prune_horizon + kPruneEverySeconds) return size_t{0};
  times.prune_horizon = state.now - kNonceKeepSeconds;
  times.high_water = state.now;
  VOIZK_RETURN_IF_ERROR(WriteState(folder, times, IfExists::kReplace));
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(opendir(folder.c_str()), closedir);
  if (entries == nullptr) return {ErrorCode::kIo, folder + ": " + std::strerror(errno)};
  size_t removed = 0;
  while (const dirent* entry = readdir(entries.get())) {
    if (!IsNonceFile(entry->d_name)) continue;
    const std::string path = folder + "/" + entry->d_name;
    const auto expiry = ExpiryOf(path);
    if (!expiry.has_value() || *expiry > times.prune_horizon) continue;
    if (unlink(path.c_str()) == 0) ++removed;
  }
  return removed;
} catch (...) {
  return ErrorOfException();
}

}  // namespace voizk
