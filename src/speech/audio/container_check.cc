#include "speech/audio/container_check.h"

#include <algorithm>
#include <array>
#include <string>

#include "speech/audio/bytes_at.h"

namespace voizk {
namespace {

constexpr int kMaxTags = 8;                    // ID3v2 tags in a row: real files have one
constexpr std::int64_t kMaxZeros = 64 << 10;   // before the sound
constexpr std::int64_t kMpegReach = 64 << 10;  // other bytes before the first MPEG frame

struct ForeignMagic {
  std::size_t at;
  std::string_view bytes;
  const char* name;
};
constexpr std::array<ForeignMagic, 9> kForeign = {{{0, "RIFX", "big-endian WAV (RIFX)"},
                                                   {8, "AIFF", "AIFF"},
                                                   {8, "AIFC", "AIFF-C"},
                                                   {0, ".snd", "AU"},
                                                   {0, "caff", "CAF"},
                                                   {0, "riff", "Wave64"},
                                                   {0, "wvpk", "WavPack"},
                                                   {0, "MAC ", "Monkey's Audio"},
                                                   {0, "\x30\x26\xb2\x75", "WMA"}}};

/// The offset behind ID3v2 tags and zeros.
std::int64_t SkipTagsAndZeros(const ByteSource& source) {
  std::int64_t offset = 0;
  for (int tag = 0; tag < kMaxTags; ++tag) offset = BehindTag(source, offset);
  const std::int64_t end = std::min(source.size(), offset + kMaxZeros);
  for (std::int64_t at = offset; at < end;) {
    const auto block = BytesAt<256>(source, at);
    const auto other = std::ranges::find_if(block, [](std::uint8_t b) { return b != 0; });
    at += other - block.begin();
    if (other != block.end()) return std::min(at, source.size());
  }
  return offset;
}

/// Where the box "ftyp" begins, whose size begins with zeros: at most three before `begin`.  -1:
/// nowhere.
std::int64_t FindFtyp(const ByteSource& source, std::int64_t begin) {
  for (std::int64_t at = begin; at >= std::max<std::int64_t>(0, begin - 3); --at) {
    if (Matches(BytesAt<8>(source, at).data() + 4, "ftyp")) return at;
  }
  return -1;
}

}  // namespace

Status TruncatedAudio() {
  return {ErrorCode::kMalformed, "the recording is truncated: it ends before its sound does"};
}

Status EmptyAudio() { return {ErrorCode::kMalformed, "the recording holds no samples"}; }

Status TooManyParts() {
  return {ErrorCode::kLimitExceeded,
          "the recording is a chain of more than " + std::to_string(kMaxParts) + " parts"};
}

std::int64_t BehindTag(const ByteSource& source, std::int64_t offset) {
  const auto head = BytesAt<10>(source, offset);
  if (!Matches(head.data(), "ID3")) return offset;
  // The size is four 7-bit groups; flag 0x10 adds a footer.
  const std::int64_t size =
      (head[6] & 127) << 21 | (head[7] & 127) << 14 | (head[8] & 127) << 7 | (head[9] & 127);
  return offset + 10 + size + ((head[5] & 0x10) != 0 ? 10 : 0);
}

Status DamagedAudio(const char* what) {
  return {ErrorCode::kMalformed, std::string("the recording is damaged: ") + what};
}

namespace {

Result<ContainerView> Frames(const ByteSource& source, Container container, FrameKind kind,
                             std::int64_t first) {
  VOIZK_ASSIGN_OR_RETURN(std::vector<Extent> parts, CheckFrames(source, kind, first));
  return ContainerView{container, std::move(parts)};
}

Result<ContainerView> CheckWithLastTag(const ByteSource& source) {
  if (source.size() == 0) return {ErrorCode::kMalformed, "the file is empty"};
  const std::int64_t begin = SkipTagsAndZeros(source);
  const auto head = BytesAt<12>(source, begin);
  const auto whole = [&](Container container) {
    return ContainerView{container, {{begin, source.size() - begin}}};
  };
  if ((Matches(&head[0], "RIFF") || Matches(&head[0], "RF64")) && Matches(&head[8], "WAVE")) {
    VOIZK_RETURN_IF_ERROR(CheckWav(source, begin));
    return whole(Container::kWav);
  }
  if (Matches(&head[0], "fLaC")) return whole(Container::kFlac);
  if (Matches(&head[0], "OggS")) {
    VOIZK_ASSIGN_OR_RETURN(std::vector<Extent> links, CheckOgg(source, begin));
    return ContainerView{Container::kOgg, std::move(links)};
  }
  if (Matches(&head[0], "\x1a\x45\xdf\xa3")) {
    VOIZK_RETURN_IF_ERROR(CheckMatroska(source, begin));
    return whole(Container::kMatroska);
  }
  if (const std::int64_t ftyp = FindFtyp(source, begin); ftyp >= 0) {
    VOIZK_RETURN_IF_ERROR(CheckMp4(source, ftyp));
    return ContainerView{Container::kMp4, {{ftyp, source.size() - ftyp}}};
  }
  if (Matches(&head[0], "#!AMR")) return whole(Container::kAmr);
  for (const ForeignMagic& magic : kForeign) {
    if (Matches(&head[magic.at], magic.bytes)) {
      return {ErrorCode::kUnsupported, std::string(magic.name) + " is not read; convert it to WAV"};
    }
  }
  if (const auto first = FindFrames(source, FrameKind::kAdts, begin, 1); first >= 0) {
    return Frames(source, Container::kAdts, FrameKind::kAdts, first);
  }
  if (const auto first = FindFrames(source, FrameKind::kMpeg, begin, kMpegReach); first >= 0) {
    return Frames(source, Container::kMpeg, FrameKind::kMpeg, first);
  }
  return {ErrorCode::kMalformed,
          "not a recording that is read here (WAV, FLAC, Ogg, MP3, WebM, M4A, AAC, AMR)"};
}

}  // namespace

Result<ContainerView> CheckContainer(const ByteSource& source) {
  VOIZK_ASSIGN_OR_RETURN(ContainerView view, CheckWithLastTag(source));
  // An ID3v1 tag behind the sound is 128 bytes that begin with "TAG".
  Extent& last = view.parts.back();
  const bool to_the_end = last.begin + last.size == source.size() && last.size > 128;
  if (to_the_end && Matches(BytesAt<3>(source, source.size() - 128).data(), "TAG")) {
    last.size -= 128;
  }
  return view;
}

}  // namespace voizk
