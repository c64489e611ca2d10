// Small files that must be there whole or not at all, and the folders they live in.
#ifndef VOIZK_BASE_FILES_H_
#define VOIZK_BASE_FILES_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace voizk {

enum class IfExists { kReplace, kRefuse };

/// Writes a temporary file beside `path` (".<name>.<16 hex>.tmp", `mode` less the umask), waits
/// until it is on the disk, renames it to `path`, waits for the folder.  Whenever the process or
/// the machine stops, `path` is what it was or wholly new; after an error no temporary file is
/// left, after a kill one may be.  kIo; kInvalidArgument: exists and kRefuse.
Status WriteFileAtomically(const std::string& path, ByteSpan bytes, unsigned mode,
                           IfExists if_exists);

/// All bytes to an open descriptor, whatever a signal interrupts; errno says what went wrong.
bool WriteAll(int fd, ByteSpan bytes);

/// Reads a regular file.  kNotFound, kIo, kInvalidArgument (no regular file), kLimitExceeded.
Result<std::vector<uint8_t>> ReadSmallFile(const std::string& path, size_t max_bytes);

/// The folder is a folder and no symbolic link, belongs to this user, and nobody else may read or
/// write in it: what is in it was put there by this user.  (Whoever may write in a folder above can
/// still exchange it; the caller names a path whose upper part is safe.)  kNotFound;
/// kInvalidArgument says what is wrong and how to mend it; kIo.
Status CheckPrivateFolder(const std::string& path);

/// Makes the folder with mode 0700, and absent parents with the process's default mode, each
/// durably; one that is there must pass CheckPrivateFolder.  kIo, kInvalidArgument.
Status MakePrivateFolder(const std::string& path);

/// Waits until the folder's entries are on the disk.  kIo.
Status SyncFolder(const std::string& path);

/// Holds the folder for one process at a time (flock on "<folder>/.lock", made if absent) until it
/// is destroyed or the process ends.  Only those who also take the lock are kept out.
class FolderLock {
 public:
  /// Waits for whoever holds it.  kIo.
  static Result<FolderLock> Take(const std::string& folder);

  FolderLock(FolderLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FolderLock& operator=(FolderLock&&) = delete;
  ~FolderLock();

 private:
  explicit FolderLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace voizk

#endif  // VOIZK_BASE_FILES_H_
