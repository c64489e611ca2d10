// MPEG audio (ISO 11172-3, 13818-3) and ADTS (ISO 13818-7): streams of frames, each with a header
// that gives its length; nothing states how many there are.
#include <algorithm>
#include <array>
#include <optional>

#include "speech/audio/bytes_at.h"
#include "speech/audio/container_check.h"

namespace voizk {
namespace {

constexpr int kInARow = 3;
constexpr std::int64_t kReach = 64 << 10;  // between two stretches

/// What frames of one stream have in common, and this one's bytes, header included.
struct Frame {
  std::uint32_t same;
  std::int64_t size;
};

using Kilobits = std::array<std::int16_t, 15>;
// Rows: version 1 layers I, II, III; versions 2 and 2.5 layer I, layers II and III.
constexpr std::array<Kilobits, 5> kKilobits = {
    {{0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448},
     {0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384},
     {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320},
     {0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256},
     {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160}}};

std::optional<Frame> MpegFrame(std::uint32_t h) {
  const std::uint32_t version = h >> 19 & 3;  // 3: 1, 2: 2, 0: 2.5
  const std::uint32_t layer = 4 - (h >> 17 & 3);
  const std::uint32_t bitrate = h >> 12 & 15;
  const std::uint32_t rate = h >> 10 & 3;
  if (h >> 21 != 0x7ff || version == 1 || layer == 4) return std::nullopt;
  if (bitrate == 0 || bitrate == 15 || rate == 3) return std::nullopt;
  const bool version1 = version == 3;
  const std::size_t row = version1 ? layer - 1 : (layer == 1 ? 3 : 4);
  constexpr std::array<int, 3> kRates = {44100, 48000, 32000};
  const int hz = kRates[rate] / (version1 ? 1 : version == 2 ? 2 : 4);
  const int bits = kKilobits[row][bitrate] * 1000;
  const int padding = static_cast<int>(h >> 9 & 1);
  const int size = layer == 1                ? (12 * bits / hz + padding) * 4
                   : layer == 3 && !version1 ? 72 * bits / hz + padding
                                             : 144 * bits / hz + padding;
  return Frame{h & 0xfffe0c00, size};
}

std::optional<Frame> AdtsFrame(const std::array<std::uint8_t, 8>& b) {
  const std::int64_t size = (b[3] & 3) << 11 | b[4] << 3 | b[5] >> 5;
  if (b[0] != 0xff || (b[1] & 0xf6) != 0xf0 || (b[2] >> 2 & 15) > 12 || size < 7) {
    return std::nullopt;
  }
  return Frame{BigEndian32(b.data()) & 0xfffefdc0, size};
}

std::optional<Frame> FrameAt(const ByteSource& source, FrameKind kind, std::int64_t offset) {
  const auto bytes = BytesAt<8>(source, offset);
  return kind == FrameKind::kMpeg ? MpegFrame(BigEndian32(bytes.data())) : AdtsFrame(bytes);
}

/// Whether frames follow one another from `offset`: kInARow, or up to the end of the source.
bool Chained(const ByteSource& source, FrameKind kind, std::int64_t offset) {
  std::uint32_t same = 0;
  for (int i = 0; i < kInARow; ++i) {
    if (i > 0 && offset >= source.size()) return true;
    const auto frame = FrameAt(source, kind, offset);
    if (!frame.has_value() || (i > 0 && frame->same != same)) return false;
    same = frame->same;
    offset += frame->size;
  }
  return true;
}

/// The Xing/Info header sits in the first frame behind its side information, whose size follows
/// from version and channel mode (the header itself is Xing's and LAME's).
Status CheckXing(const ByteSource& source, std::int64_t first) {
  const auto frame = BytesAt<64>(source, first);
  const bool version1 = (frame[1] >> 3 & 3) == 3;
  const bool mono = frame[3] >> 6 == 3;
  const std::size_t side = version1 ? (mono ? 17 : 32) : (mono ? 9 : 17);
  const std::uint8_t* tag = &frame[4 + side];
  if (!Matches(tag, "Xing") && !Matches(tag, "Info")) return {};
  const std::uint32_t fields = BigEndian32(tag + 4);
  if ((fields & 2) == 0) return {};
  const std::uint32_t bytes = BigEndian32(tag + 8 + ((fields & 1) != 0 ? 4 : 0));
  return std::int64_t{bytes} > source.size() - first ? TruncatedAudio() : Status();
}

}  // namespace

std::int64_t FindFrames(const ByteSource& source, FrameKind kind, std::int64_t begin,
                        std::int64_t reach) {
  const std::int64_t end = std::min(source.size() - 7, begin + reach);
  for (std::int64_t offset = begin; offset < end; ++offset) {
    if (Chained(source, kind, offset)) return offset;
  }
  return -1;
}

Result<std::vector<Extent>> CheckFrames(const ByteSource& source, FrameKind kind,
                                        std::int64_t first) {
  std::vector<Extent> parts;
  while (first >= 0) {
    if (parts.size() == kMaxParts) return TooManyParts();
    if (kind == FrameKind::kMpeg) VOIZK_RETURN_IF_ERROR(CheckXing(source, first));
    std::int64_t offset = first;
    while (const auto frame = FrameAt(source, kind, offset)) offset += frame->size;
    const std::int64_t left = source.size() - offset;
    const bool half_a_header = left > 0 && left < 4 && BytesAt<1>(source, offset)[0] == 0xff;
    if (left < 0 || half_a_header) return TruncatedAudio();
    parts.push_back({first, offset - first});
    first = FindFrames(source, kind, BehindTag(source, offset), kReach);
  }
  return parts;
}

}  // namespace voizk
