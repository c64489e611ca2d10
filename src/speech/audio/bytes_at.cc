#include "speech/audio/bytes_at.h"

#include <algorithm>

#include "base/secure.h"

namespace voizk {

bool OccursFrom(const ByteSource& source, std::int64_t offset, std::string_view tag) {
  SecureVector<std::uint8_t> block(1 << 16);
  const auto same = [](std::uint8_t a, char b) { return a == static_cast<std::uint8_t>(b); };
  for (; offset < source.size(); offset += std::ssize(block) - std::ssize(tag) + 1) {
    const auto end = block.begin() + static_cast<std::ptrdiff_t>(source.ReadAt(offset, block));
    if (std::search(block.begin(), end, tag.begin(), tag.end(), same) != end) return true;
  }
  return false;
}

}  // namespace voizk
