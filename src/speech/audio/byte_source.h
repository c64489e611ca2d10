// Bytes of unknown origin with random access: a regular file or a piece of memory.
#ifndef VOIZK_SPEECH_AUDIO_BYTE_SOURCE_H_
#define VOIZK_SPEECH_AUDIO_BYTE_SOURCE_H_

#include <cstdint>
#include <filesystem>
#include <span>

#include "base/result.h"

namespace voizk {

/// Read-only; the size is fixed when it is opened.  One thread at a time.
class ByteSource {
 public:
  /// kNotFound: there is no such file; kInvalidArgument: not a regular file (folder, pipe, device);
  /// kLimitExceeded: more than `max_bytes`; kIo: it cannot be opened.
  static Result<ByteSource> OpenFile(const std::filesystem::path& path, std::int64_t max_bytes);

  /// `bytes` must outlive the source.  kLimitExceeded as above.
  static Result<ByteSource> OfMemory(std::span<const std::uint8_t> bytes, std::int64_t max_bytes);

  ByteSource(ByteSource&& other) noexcept;
  ByteSource& operator=(ByteSource&&) = delete;
  ~ByteSource();

  std::int64_t size() const { return size_; }

  /// Reads up to out.size() bytes at `offset` >= 0; returns how many there were (less only at the
  /// end or after an I/O error).
  std::size_t ReadAt(std::int64_t offset, std::span<std::uint8_t> out) const;

 private:
  ByteSource() = default;
  int fd_ = -1;  // -1: memory
  std::span<const std::uint8_t> memory_;
  std::int64_t size_ = 0;
};

}  // namespace voizk

#endif  // VOIZK_SPEECH_AUDIO_BYTE_SOURCE_H_
