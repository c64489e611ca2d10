// Ogg (RFC 3533): pages of a 27-byte header, a table of segment lengths and the segments.
#include <algorithm>
#include <array>
#include <map>
#include <span>

#include "base/secure.h"
#include "speech/audio/bytes_at.h"
#include "speech/audio/container_check.h"

namespace voizk {
namespace {

constexpr std::size_t kHeader = 27;
constexpr std::size_t kMaxPage = kHeader + 255 + 255 * 255;
constexpr std::size_t kMaxStreams = 64;  // at a time
constexpr std::uint8_t kFirstPage = 2;

/// CRC-32 of polynomial 0x04c11db7, most significant bit first, from zero; its own field is zero.
constexpr std::array<std::uint32_t, 256> MakeCrcTable() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i << 24;
    for (int bit = 0; bit < 8; ++bit) crc = crc << 1 ^ (crc >> 31 != 0 ? 0x04c11db7U : 0U);
    table[i] = crc;
  }
  return table;
}
constexpr std::array<std::uint32_t, 256> kCrc = MakeCrcTable();

bool ChecksumHolds(std::span<const std::uint8_t> page) {
  std::uint32_t crc = 0;
  for (std::size_t i = 0; i < page.size(); ++i) {
    const std::uint8_t byte = i >= 22 && i < 26 ? 0 : page[i];
    crc = crc << 8 ^ kCrc[(crc >> 24 ^ byte) & 255];
  }
  return crc == LittleEndian32(&page[22]);
}

/// As much of the page at `offset` as there is and as its table of lengths says: every byte of a
/// file is read once, however short its pages are.
std::size_t ReadPage(const ByteSource& source, std::int64_t offset, std::span<std::uint8_t> page) {
  std::size_t got = source.ReadAt(offset, page.first(kHeader));
  if (got < kHeader) return got;
  const auto table = page.subspan(kHeader, page[26]);
  got += source.ReadAt(offset + std::ssize(page.first(kHeader)), table);
  if (got < kHeader + table.size()) return got;
  std::size_t body = 0;
  for (const std::uint8_t length : table) body += length;
  return got + source.ReadAt(offset + static_cast<std::int64_t>(got), page.subspan(got, body));
}

/// What is known of one logical stream.
struct Stream {
  std::uint32_t next_page = 0;
  bool in_headers = true;  // a recorded broadcast keeps the headers and then starts anywhere
  bool packet_open = false;
};

}  // namespace

Result<std::vector<Extent>> CheckOgg(const ByteSource& source, std::int64_t begin) {
  std::vector<Extent> links;
  std::map<std::uint32_t, Stream> streams;  // of the present link, by serial number
  SecureVector<std::uint8_t> page(kMaxPage);
  bool among_first_pages = false;
  std::int64_t offset = begin;
  while (offset < source.size()) {
    const std::size_t got = ReadPage(source, offset, page);
    if (std::memcmp(page.data(), "OggS", std::min<std::size_t>(got, 5)) != 0) {
      if (OccursFrom(source, offset, {"OggS\0", 5})) return DamagedAudio("Ogg pages are missing");
      break;  // what lies behind the last page is no part of it
    }
    if (got < kHeader || got < kHeader + page[26]) return TruncatedAudio();
    const auto table = std::span(page).subspan(kHeader, page[26]);
    std::size_t size = kHeader + table.size();
    for (const std::uint8_t length : table) size += length;
    if (got < size) return TruncatedAudio();
    if (!ChecksumHolds(std::span(page).first(size))) {
      return DamagedAudio("the checksum of an Ogg page is wrong");
    }
    const bool first = (page[5] & kFirstPage) != 0;
    if (first && !among_first_pages) {  // first pages come together, before all others of a link
      if (links.size() == kMaxParts) return TooManyParts();
      links.push_back({offset, 0});
      streams.clear();
    }
    among_first_pages = first;
    const std::uint32_t number = LittleEndian32(&page[18]);
    if (streams.size() == kMaxStreams) return DamagedAudio("too many streams in one Ogg file");
    Stream& stream = streams[LittleEndian32(&page[14])];
    if (number != stream.next_page && !stream.in_headers) {
      return DamagedAudio("Ogg pages are missing");
    }
    const std::uint64_t position = LittleEndian64(&page[6]);
    if (position != 0 && position != ~std::uint64_t{0}) stream.in_headers = false;
    stream.next_page = number + 1;
    if (!table.empty()) stream.packet_open = table.back() == 255;
    offset += static_cast<std::int64_t>(size);
    if (links.empty()) return DamagedAudio("the first page of an Ogg stream is missing");
    links.back().size = offset - links.back().begin;
  }
  if (links.empty()) return DamagedAudio("there is no Ogg page");
  for (const auto& [serial, stream] : streams) {
    if (stream.packet_open) return TruncatedAudio();
  }
  return links;
}

}  // namespace voizk
