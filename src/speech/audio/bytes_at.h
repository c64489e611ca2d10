// Numbers of either byte order at an offset of a source; what lies beyond the end reads as zero.
#ifndef VOIZK_SPEECH_AUDIO_BYTES_AT_H_
#define VOIZK_SPEECH_AUDIO_BYTES_AT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "speech/audio/byte_source.h"

namespace voizk {

template <std::size_t N>
std::array<std::uint8_t, N> BytesAt(const ByteSource& source, std::int64_t offset) {
  std::array<std::uint8_t, N> bytes{};
  source.ReadAt(offset, bytes);
  return bytes;
}

inline bool Matches(const std::uint8_t* bytes, std::string_view tag) {
  return std::memcmp(bytes, tag.data(), tag.size()) == 0;
}

/// Whether `tag` occurs at or behind `offset`.
bool OccursFrom(const ByteSource& source, std::int64_t offset, std::string_view tag);

inline std::uint32_t LittleEndian32(const std::uint8_t* b) {
  return std::uint32_t{b[0]} | std::uint32_t{b[1]} << 8 | std::uint32_t{b[2]} << 16 |
         std::uint32_t{b[3]} << 24;
}

inline std::uint32_t BigEndian32(const std::uint8_t* b) {
  return std::uint32_t{b[3]} | std::uint32_t{b[2]} << 8 | std::uint32_t{b[1]} << 16 |
         std::uint32_t{b[0]} << 24;
}

inline std::uint64_t LittleEndian64(const std::uint8_t* b) {
  return LittleEndian32(b) | std::uint64_t{LittleEndian32(b + 4)} << 32;
}

inline std::uint64_t BigEndian64(const std::uint8_t* b) {
  return std::uint64_t{BigEndian32(b)} << 32 | BigEndian32(b + 4);
}

}  // namespace voizk

#endif  // VOIZK_SPEECH_AUDIO_BYTES_AT_H_
