// RIFF/WAVE: chunks of an identifier, a 32-bit length and so many bytes, padded to an even number.
#include <algorithm>
#include <cctype>

#include "speech/audio/bytes_at.h"
#include "speech/audio/container_check.h"

namespace voizk {
namespace {

constexpr int kMaxChunks = 1000;                     // real files have under 20
constexpr std::uint64_t kStreamedFrom = 0x7fff0000;  // sizes that stand for "not known yet"

struct Chunk {
  std::array<std::uint8_t, 24> head;
  std::uint64_t size() const { return LittleEndian32(&head[4]); }
  bool Is(std::string_view tag) const { return Matches(head.data(), tag); }
  bool HasName() const {
    return std::all_of(head.begin(), head.begin() + 4, [](int c) { return std::isprint(c) != 0; });
  }
};

Chunk ChunkAt(const ByteSource& source, std::int64_t offset) {
  return {BytesAt<24>(source, offset)};
}

std::int64_t Behind(std::int64_t offset, const Chunk& chunk) {
  return offset + 8 + static_cast<std::int64_t>(chunk.size() + (chunk.size() & 1));
}

/// Whether [offset, end of file) is nothing but chunks: then a data chunk of size 0 before it is
/// really empty, and these are not its samples.
bool OnlyChunks(const ByteSource& source, std::int64_t offset) {
  for (int i = 0; i < kMaxChunks && offset + 8 <= source.size(); ++i) {
    const Chunk chunk = ChunkAt(source, offset);
    if (!chunk.HasName()) return false;
    offset = Behind(offset, chunk);
  }
  return offset == source.size() || offset == source.size() + 1;
}

}  // namespace

Status CheckWav(const ByteSource& source, std::int64_t begin) {
  std::int64_t offset = begin + 12;
  std::uint64_t size_in_ds64 = kStreamedFrom;
  bool found = false;
  for (int i = 0; i < kMaxChunks && offset + 8 <= source.size(); ++i) {
    const Chunk chunk = ChunkAt(source, offset);
    if (found && !chunk.HasName()) return {};  // whatever lies behind the sound is no part of it
    if (chunk.Is("ds64")) size_in_ds64 = LittleEndian64(&chunk.head[16]);  // RF64: data's size
    if (chunk.Is("data")) {
      if (found) {
        return {ErrorCode::kUnsupported,
                "a WAV with several data chunks is not read; convert it to one with one"};
      }
      std::uint64_t size = chunk.size();
      if (size == 0xffffffff) size = size_in_ds64;
      if (size >= kStreamedFrom && size <= 0xffffffff) return {};
      if (size == 0) return OnlyChunks(source, offset + 8) ? EmptyAudio() : Status();
      if (size > static_cast<std::uint64_t>(source.size() - offset - 8)) return TruncatedAudio();
      found = true;
      if (chunk.size() == 0xffffffff) return {};
    }
    offset = Behind(offset, chunk);
  }
  return found ? Status() : TruncatedAudio();
}

}  // namespace voizk
