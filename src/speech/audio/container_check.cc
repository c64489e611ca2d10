#include "speech/audio/container_check.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

namespace voizk {
namespace {

constexpr int kMaxChunks = 1000;  // RIFF chunks before `data`: real files have under 20
constexpr int kMaxTags = 8;       // ID3v2 tags in a row: real files have one
constexpr std::uint64_t kStreamedFrom = 0x7fff0000;  // sizes that stand for "not known yet"
constexpr std::int64_t kMaxOggPage = 27 + 255 + 255 * 255;

Status Truncated() {
  return {ErrorCode::kMalformed, "the audio file is truncated: it ends before its sound does"};
}

Status NotAudio() {
  return {ErrorCode::kMalformed, "not an audio file that is read here (WAV, FLAC, OGG, MP3)"};
}

/// Up to N bytes at an offset; what lies beyond the end reads as zero.
template <std::size_t N>
std::array<std::uint8_t, N> Peek(const ByteSource& source, std::int64_t offset) {
  std::array<std::uint8_t, N> bytes{};
  source.ReadAt(offset, bytes);
  return bytes;
}

bool Matches(const std::uint8_t* bytes, const char (&tag)[5]) {
  return std::memcmp(bytes, tag, 4) == 0;
}

std::uint32_t LittleEndian32(const std::uint8_t* b) {
  return std::uint32_t{b[0]} | std::uint32_t{b[1]} << 8 | std::uint32_t{b[2]} << 16 |
         std::uint32_t{b[3]} << 24;
}

std::uint32_t BigEndian32(const std::uint8_t* b) {
  return std::uint32_t{b[3]} | std::uint32_t{b[2]} << 8 | std::uint32_t{b[1]} << 16 |
         std::uint32_t{b[0]} << 24;
}

/// Walks the chunks up to `data`.
Status CheckWav(const ByteSource& source) {
  std::int64_t offset = 12;
  std::uint64_t size_in_ds64 = kStreamedFrom;
  for (int chunk = 0; chunk < kMaxChunks && offset + 8 <= source.size(); ++chunk) {
    const auto header = Peek<24>(source, offset);
    std::uint64_t size = LittleEndian32(&header[4]);
    if (Matches(header.data(), "ds64")) {  // RF64: 64-bit sizes of the file and of `data`
      size_in_ds64 = LittleEndian32(&header[16]) | std::uint64_t{LittleEndian32(&header[20])} << 32;
    }
    if (Matches(header.data(), "data")) {
      if (size == 0xffffffff) size = size_in_ds64;
      if (size == kStreamedFrom || (size >= kStreamedFrom && size <= 0xffffffff)) return {};
      if (size > static_cast<std::uint64_t>(source.size() - offset - 8)) return Truncated();
      return {};
    }
    offset += 8 + static_cast<std::int64_t>(size + (size & 1));
  }
  return Truncated();
}

/// Looks at the last page: one of the last kMaxOggPage bytes starts it.
Status CheckOgg(const ByteSource& source) {
  const std::int64_t start = std::max<std::int64_t>(0, source.size() - kMaxOggPage);
  std::vector<std::uint8_t> tail(static_cast<std::size_t>(source.size() - start));
  if (source.ReadAt(start, tail) != tail.size()) return {ErrorCode::kIo, "the file cannot be read"};
  constexpr std::array<std::uint8_t, 5> kCapture = {'O', 'g', 'g', 'S', 0};
  const auto page = std::find_end(tail.begin(), tail.end(), kCapture.begin(), kCapture.end());
  const auto left = static_cast<std::size_t>(tail.end() - page);
  if (left < 27) return Truncated();
  const std::uint8_t flags = page[5];
  const std::size_t segments = page[26];
  if (left < 27 + segments) return Truncated();
  std::size_t length = 27 + segments;
  for (std::size_t i = 0; i < segments; ++i) length += page[27 + static_cast<std::ptrdiff_t>(i)];
  constexpr std::uint8_t kEndOfStream = 4;
  if (left < length || (flags & kEndOfStream) == 0) return Truncated();
  return {};
}

/// The Xing/Info header sits in the first frame behind its side information, whose size follows
/// from version and channel mode (ISO 11172-3, 13818-3; the header itself is Xing's and LAME's).
Status CheckMpeg(const ByteSource& source, std::int64_t first_frame) {
  const auto frame = Peek<64>(source, first_frame);
  const bool version1 = (frame[1] >> 3 & 3) == 3;
  const bool mono = frame[3] >> 6 == 3;
  const std::size_t side = version1 ? (mono ? 17 : 32) : (mono ? 9 : 17);
  const std::uint8_t* tag = &frame[4 + side];
  if (!Matches(tag, "Xing") && !Matches(tag, "Info")) return {};
  const std::uint32_t fields = BigEndian32(tag + 4);
  if ((fields & 2) == 0) return {};
  const std::uint32_t bytes = BigEndian32(tag + 8 + ((fields & 1) != 0 ? 4 : 0));
  return std::int64_t{bytes} > source.size() - first_frame ? Truncated() : Status();
}

/// The offset behind all ID3v2 tags (sizes are four 7-bit groups, flag 0x10 adds a footer).
std::int64_t SkipTags(const ByteSource& source) {
  std::int64_t offset = 0;
  for (int tag = 0; tag < kMaxTags; ++tag) {
    const auto head = Peek<10>(source, offset);
    if (std::memcmp(head.data(), "ID3", 3) != 0) break;
    const std::int64_t size =
        (head[6] & 127) << 21 | (head[7] & 127) << 14 | (head[8] & 127) << 7 | (head[9] & 127);
    offset += 10 + size + ((head[5] & 0x10) != 0 ? 10 : 0);
  }
  return offset;
}

}  // namespace

Result<Container> CheckContainer(const ByteSource& source) {
  if (source.size() == 0) return {ErrorCode::kMalformed, "the audio file is empty"};
  const std::int64_t start = SkipTags(source);
  const auto head = Peek<12>(source, start);
  if ((Matches(head.data(), "RIFF") || Matches(head.data(), "RF64")) && Matches(&head[8], "WAVE")) {
    if (start != 0) return NotAudio();
    VOIZK_RETURN_IF_ERROR(CheckWav(source));
    return Container::kWav;
  }
  if (Matches(head.data(), "RIFX")) {
    return {ErrorCode::kUnsupported, "big-endian WAV (RIFX) is not read; convert it to WAV"};
  }
  if (Matches(head.data(), "fLaC")) return Container::kFlac;
  if (Matches(head.data(), "OggS")) {
    VOIZK_RETURN_IF_ERROR(CheckOgg(source));
    return Container::kOgg;
  }
  if (head[0] == 0xff && (head[1] & 0xe0) == 0xe0) {
    VOIZK_RETURN_IF_ERROR(CheckMpeg(source, start));
    return Container::kMpeg;
  }
  return NotAudio();
}

}  // namespace voizk
