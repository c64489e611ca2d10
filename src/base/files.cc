#include "base/files.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <random>

namespace voizk {
namespace {

Status IoError(const std::string& path) {
  return {ErrorCode::kIo, path + ": " + std::strerror(errno)};
}

/// A name that nobody else uses, no longer than a file system takes; it need not be secret, O_EXCL
/// decides.
std::string TemporaryName(const std::filesystem::path& path) {
  std::random_device random;
  char suffix[17];
  std::snprintf(suffix, sizeof suffix, "%08x%08x", random(), random());
  std::string name = ".";
  name.append(path.filename().string(), 0, 200).append(".").append(suffix).append(".tmp");
  return (path.parent_path() / name).string();
}

/// lstat of "link/" looks behind the link.
std::string WithoutSlashes(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

/// Makes the absent folders of `path`, upper ones first, and waits until each is in the one above.
Status MakeParents(const std::string& path) {
  std::error_code error;
  if (path.empty() || std::filesystem::is_directory(path, error)) return {};
  const std::string above = std::filesystem::path(path).parent_path().string();
  VOIZK_RETURN_IF_ERROR(MakeParents(above));
  if (mkdir(path.c_str(), 0777) != 0 && errno != EEXIST) return IoError(path);
  return SyncFolder(above);
}

}  // namespace

namespace {

/// Renames `from`, unless `to` is there.  File systems that know no such renaming (NFS, most of
/// FUSE) have links: as atomic, and the second name goes.
int RenameNew(const std::string& from, const std::string& to) {
#if defined(RENAME_NOREPLACE)
  if (renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return -1;
#endif
  return link(from.c_str(), to.c_str()) == 0 ? unlink(from.c_str()) : -1;
}

}  // namespace

bool WriteAll(int fd, ByteSpan bytes) {
  while (!bytes.empty()) {
    const ssize_t done = write(fd, bytes.data(), bytes.size());
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return false;
    bytes = bytes.subspan(static_cast<size_t>(done));
  }
  return true;
}

Status WriteFileAtomically(const std::string& path, ByteSpan bytes, unsigned mode,
                           IfExists if_exists) {
  const std::string temporary = TemporaryName(path);
  const int fd = open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0) return IoError(path);
  const bool good = WriteAll(fd, bytes) && fsync(fd) == 0;
  Status status = good ? Status() : IoError(path);
  if (close(fd) != 0 && good) status = IoError(path);
  if (status.ok()) {
    const int renamed = if_exists == IfExists::kRefuse ? RenameNew(temporary, path)
                                                       : rename(temporary.c_str(), path.c_str());
    if (renamed != 0) {
      status = errno == EEXIST ? Status(ErrorCode::kInvalidArgument, path + ": exists already")
                               : IoError(path);
    }
  }
  if (!status.ok()) {
    unlink(temporary.c_str());
    return status;
  }
  return SyncFolder(std::filesystem::path(path).parent_path().string());
}

Result<std::vector<uint8_t>> ReadSmallFile(const std::string& path, size_t max_bytes) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    const Status status = IoError(path);
    if (errno == ENOENT || errno == ENOTDIR) return {ErrorCode::kNotFound, status.error().message};
    return status;
  }
  struct stat info {};
  Status status;
  std::vector<uint8_t> bytes;
  if (fstat(fd, &info) != 0) {
    status = IoError(path);
  } else if (!S_ISREG(info.st_mode)) {
    status = {ErrorCode::kInvalidArgument, path + ": not a regular file"};
  } else if (static_cast<uint64_t>(info.st_size) > max_bytes) {
    status = {ErrorCode::kLimitExceeded,
              path + ": larger than " + std::to_string(max_bytes) + " bytes"};
  } else {
    bytes.resize(static_cast<size_t>(info.st_size));
    size_t done = 0;
    while (done < bytes.size()) {
      const ssize_t got = read(fd, bytes.data() + done, bytes.size() - done);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) status = IoError(path);
      if (got <= 0) break;
      done += static_cast<size_t>(got);
    }
    bytes.resize(done);
  }
  close(fd);
  if (!status.ok()) return status;
  return bytes;
}

Status CheckPrivateFolder(const std::string& path) {
  const auto bad = [&path](const std::string& problem) {
    return Status(ErrorCode::kInvalidArgument, path + ": " + problem);
  };
  struct stat info {};
  if (lstat(WithoutSlashes(path).c_str(), &info) != 0) {
    const Status status = IoError(path);
    return errno == ENOENT ? Status(ErrorCode::kNotFound, status.error().message) : status;
  }
  if (S_ISLNK(info.st_mode)) return bad("is a symbolic link: name the folder itself");
  if (!S_ISDIR(info.st_mode)) return bad("is not a folder");
  if (info.st_uid != geteuid()) return bad("belongs to another user");
  if ((info.st_mode & 0077U) != 0) return bad("is open to other users: chmod 700 it");
  return {};
}

Status MakePrivateFolder(const std::string& path) {
  const std::string name = WithoutSlashes(path);
  Status there = CheckPrivateFolder(name);
  if (there.ok() || there.error().code != ErrorCode::kNotFound) return there;
  const std::string parent = std::filesystem::path(name).parent_path().string();
  VOIZK_RETURN_IF_ERROR(MakeParents(parent));
  if (mkdir(name.c_str(), 0700) != 0) {
    // Another process may be as fast; then its folder must do.
    return errno == EEXIST ? CheckPrivateFolder(name) : IoError(path);
  }
  return SyncFolder(parent);
}

Status SyncFolder(const std::string& path) {
  const std::string name = path.empty() ? "." : path;
  const int fd = open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return IoError(name);
  Status status = fsync(fd) == 0 ? Status() : IoError(name);
  close(fd);
  return status;
}

Result<FolderLock> FolderLock::Take(const std::string& folder) {
  const std::string path = (std::filesystem::path(folder) / ".lock").string();
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return IoError(path);
  while (flock(fd, LOCK_EX) != 0) {
    if (errno == EINTR) continue;
    const Status status = IoError(path);
    close(fd);
    return status;
  }
  return FolderLock(fd);
}

FolderLock::~FolderLock() {
  if (fd_ >= 0) close(fd_);  // which gives the lock back
}

}  // namespace voizk
