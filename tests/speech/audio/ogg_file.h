// Ogg pages taken apart and put together again, by libogg's own definition of the checksum (bit by
// bit here, by table in src/speech/audio).
#ifndef VOIZK_TESTS_SPEECH_AUDIO_OGG_FILE_H_
#define VOIZK_TESTS_SPEECH_AUDIO_OGG_FILE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace voizk {

/// Where the pages of a whole file begin, and its size last.
inline std::vector<std::size_t> OggPages(const std::vector<std::uint8_t>& file) {
  std::vector<std::size_t> pages;
  std::size_t at = 0;
  while (at + 27 < file.size()) {
    pages.push_back(at);
    const std::size_t segments = file[at + 26];
    std::size_t size = 27 + segments;
    for (std::size_t i = 0; i < segments; ++i) size += file[at + 27 + i];
    at += size;
  }
  pages.push_back(file.size());
  return pages;
}

inline void SetOggChecksum(std::vector<std::uint8_t>* file, std::size_t begin, std::size_t end) {
  for (std::size_t i = 0; i < 4; ++i) (*file)[begin + 22 + i] = 0;
  std::uint32_t crc = 0;
  for (std::size_t at = begin; at < end; ++at) {
    crc ^= std::uint32_t{(*file)[at]} << 24;
    for (int bit = 0; bit < 8; ++bit) crc = crc << 1 ^ (crc >> 31 != 0 ? 0x04c11db7U : 0U);
  }
  for (std::size_t i = 0; i < 4; ++i) {
    (*file)[begin + 22 + i] = static_cast<std::uint8_t>(crc >> 8 * i);
  }
}

/// The file with no page marked as its stream's last.
inline std::vector<std::uint8_t> WithoutEndMark(std::vector<std::uint8_t> file) {
  const std::vector<std::size_t> pages = OggPages(file);
  for (std::size_t p = 0; p + 1 < pages.size(); ++p) {
    file[pages[p] + 5] &= 0xfb;
    SetOggChecksum(&file, pages[p], pages[p + 1]);
  }
  return file;
}

}  // namespace voizk

#endif  // VOIZK_TESTS_SPEECH_AUDIO_OGG_FILE_H_
