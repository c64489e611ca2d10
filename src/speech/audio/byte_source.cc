#include "speech/audio/byte_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace voizk {
namespace {

Status TooLarge(std::int64_t size, std::int64_t max_bytes) {
  return {ErrorCode::kLimitExceeded, "it has " + std::to_string(size) + " bytes; at most " +
                                         std::to_string(max_bytes) + " are read"};
}

}  // namespace

Result<ByteSource> ByteSource::OpenFile(const std::filesystem::path& path, std::int64_t max_bytes) {
  ByteSource source;
  // O_NONBLOCK: opening a named pipe must not wait for its writer; no effect on regular files.
  source.fd_ = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (source.fd_ < 0) {
    const bool absent = errno == ENOENT || errno == ENOTDIR;
    return {absent ? ErrorCode::kNotFound : ErrorCode::kIo, std::strerror(errno)};
  }
  struct stat info {};
  if (fstat(source.fd_, &info) != 0) return {ErrorCode::kIo, "fstat fails"};
  if (!S_ISREG(info.st_mode)) {
    return {ErrorCode::kInvalidArgument,
            "not a regular file (a pipe, a folder or a device is not read)"};
  }
  source.size_ = info.st_size;
  if (source.size_ > max_bytes) return TooLarge(source.size_, max_bytes);
  return source;
}

Result<ByteSource> ByteSource::OfMemory(std::span<const std::uint8_t> bytes,
                                        std::int64_t max_bytes) {
  ByteSource source;
  source.memory_ = bytes;
  source.size_ = static_cast<std::int64_t>(bytes.size());
  if (source.size_ > max_bytes) return TooLarge(source.size_, max_bytes);
  return source;
}

ByteSource::ByteSource(ByteSource&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), memory_(other.memory_), size_(other.size_) {}

ByteSource::~ByteSource() {
  if (fd_ >= 0) close(fd_);
}

std::size_t ByteSource::ReadAt(std::int64_t offset, std::span<std::uint8_t> out) const {
  if (offset < 0 || offset >= size_) return 0;
  const std::size_t wanted =
      static_cast<std::size_t>(std::min<std::int64_t>(size_ - offset, std::ssize(out)));
  if (fd_ < 0) {
    std::memcpy(out.data(), memory_.data() + offset, wanted);
    return wanted;
  }
  std::size_t done = 0;
  while (done < wanted) {
    const ssize_t got = pread(fd_, out.data() + done, wanted - done,
                              static_cast<off_t>(offset + static_cast<std::int64_t>(done)));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

}  // namespace voizk
