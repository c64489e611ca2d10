// Containers of nested elements that begin with their size: MP4 (ISO 14496-12) and Matroska/WebM
// (RFC 8794).  Only the levels that hold sound are walked.
#include <algorithm>
#include <array>
#include <bit>
#include <string_view>

#include "speech/audio/bytes_at.h"
#include "speech/audio/container_check.h"

namespace voizk {
namespace {

constexpr int kMaxElements = 1 << 20;
constexpr std::uint32_t kSegment = 0x18538067;
constexpr std::uint32_t kCluster = 0x1f43b675;

/// A number of EBML: as many leading zero bits as bytes follow the first; `keep_marker` for names.
/// Length 0: malformed.
struct EbmlNumber {
  std::uint64_t value = 0;
  int length = 0;
  bool unknown = false;  // all ones: "up to the end"
};

EbmlNumber EbmlNumberAt(const ByteSource& source, std::int64_t offset, bool keep_marker) {
  const auto bytes = BytesAt<8>(source, offset);
  const int length = std::countl_zero(bytes[0]) + 1;
  if (length > 8) return {};
  std::uint64_t value = BigEndian64(bytes.data()) >> (64 - 8 * length);
  const std::uint64_t ones = (std::uint64_t{1} << (7 * length)) - 1;
  if (!keep_marker) value &= ones;
  return {value, length, !keep_marker && value == ones};
}

bool IsBox(const std::uint8_t* type) {
  constexpr std::array<std::string_view, 18> kTypes = {
      "ftyp", "moov", "moof", "mdat", "free", "skip", "wide", "uuid", "meta",
      "mfra", "sidx", "styp", "emsg", "udta", "pdin", "prft", "ssix", "pnot"};
  return std::ranges::any_of(kTypes, [&](std::string_view t) { return Matches(type, t); });
}

/// Names of elements that lie in a Segment or a Cluster.
bool IsElement(std::uint64_t name) {
  constexpr std::array<std::uint32_t, 19> kNames = {
      0x1a45dfa3, kSegment,   kCluster,   0x1c53bb6b, 0x1254c367, 0x114d9b74, 0x1549a966,
      0x1654ae6b, 0x1043a770, 0x1941a469, 0xec,       0xbf,       0xe7,       0xa3,
      0xa0,       0xab,       0xa7,       0x5854,     0xaf};
  return std::ranges::find(kNames, name) != kNames.end();
}

}  // namespace

Status CheckMp4(const ByteSource& source, std::int64_t begin) {
  std::int64_t offset = begin;
  bool has_moov = false;
  for (int i = 0; i < kMaxElements && offset + 8 <= source.size(); ++i) {
    const auto head = BytesAt<16>(source, offset);
    if (!IsBox(&head[4])) break;  // behind the last box: no part of it
    std::uint64_t size = BigEndian32(&head[0]);
    has_moov = has_moov || Matches(&head[4], "moov");
    if (size == 1) size = BigEndian64(&head[8]);
    if (size == 0) break;  // up to the end of the file
    if (size < 8) return DamagedAudio("the size of an MP4 box is wrong");
    if (size > static_cast<std::uint64_t>(source.size() - offset)) return TruncatedAudio();
    offset += static_cast<std::int64_t>(size);
  }
  if (has_moov) return {};
  return {ErrorCode::kMalformed,
          "the recording was not finished: its table of contents (moov) is missing"};
}

Status CheckMatroska(const ByteSource& source, std::int64_t begin) {
  std::int64_t offset = begin;
  std::int64_t end = source.size();  // of the segment, once it says so
  for (int i = 0; i < kMaxElements && offset < end; ++i) {
    const EbmlNumber name = EbmlNumberAt(source, offset, true);
    const EbmlNumber size = EbmlNumberAt(source, offset + name.length, false);
    if (name.length == 0 || size.length == 0 || !IsElement(name.value)) {
      if (OccursFrom(source, offset, "\x1f\x43\xb6\x75")) return DamagedAudio("WebM elements");
      return {};  // behind the last element
    }
    const std::int64_t inside = offset + name.length + size.length;
    if (inside > source.size()) return TruncatedAudio();
    const auto left = static_cast<std::uint64_t>(source.size() - inside);
    if (!size.unknown && size.value > left) return TruncatedAudio();
    if (name.value == kSegment && !size.unknown)
      end = inside + static_cast<std::int64_t>(size.value);
    const bool holds_sound = name.value == kSegment || name.value == kCluster;
    if (size.unknown && !holds_sound) return DamagedAudio("a WebM element without a size");
    offset = holds_sound ? inside : inside + static_cast<std::int64_t>(size.value);
  }
  return {};
}

}  // namespace voizk
