#include "login/store/text.h"

#include <sodium.h>

#include <algorithm>

namespace voizk {
namespace {

constexpr size_t kBase64Chars = 43;

/// Reads one character at `*at` and steps over it; -1 if it is ill-formed.
int32_t NextCodePoint(std::string_view text, size_t* at) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t lead = byte(*at);
  // Length by lead byte, the bits it holds, and the least code point of that length.
  const size_t length = lead < 0x80         ? 1
                        : (lead >> 5) == 6  ? 2
                        : (lead >> 4) == 14 ? 3
                        : (lead >> 3) == 30 ? 4
                                            : 0;
  if (length == 0 || *at + length > text.size()) return -1;
  if (length == 1) return text[(*at)++];
  constexpr std::array<int32_t, 5> kLeast = {0, 0, 0x80, 0x800, 0x10000};
  int32_t point = lead & (0x7f >> length);
  for (size_t i = 1; i < length; ++i) {
    if ((byte(*at + i) & 0xc0) != 0x80) return -1;
    point = point << 6 | (byte(*at + i) & 0x3f);
  }
  *at += length;
  const bool surrogate = point >= 0xd800 && point <= 0xdfff;
  return point < kLeast[length] || point > 0x10ffff || surrogate ? -1 : point;
}

}  // namespace

bool IsPlainUtf8(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const int32_t point = NextCodePoint(text, &at);
    if (point < 0x20 || (point >= 0x7f && point <= 0x9f)) return false;
  }
  return true;
}

std::string ToHex(ByteSpan bytes) {
  std::string hex(2 * bytes.size() + 1, '\0');
  sodium_bin2hex(hex.data(), hex.size(), bytes.data(), bytes.size());
  hex.pop_back();
  return hex;
}

std::string ToBase64Url(const Digest& bytes) {
  std::array<char, kBase64Chars + 1> text;
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(),
                    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  return text.data();
}

std::optional<Digest> FromBase64Url(std::string_view text) {
  Digest bytes;
  size_t length = 0;
  const char* end = nullptr;
  // sodium refuses trailing bits that are not zero, so the encoding is unique.
  const bool good =
      text.size() == kBase64Chars &&
      sodium_base642bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr, &length,
                        &end, sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0 &&
      length == bytes.size() && end == text.data() + text.size();
  if (!good) return std::nullopt;
  return bytes;
}

Digest PaddedTag(std::string_view text) {
  Digest tag{};
  std::copy(text.begin(), text.begin() + static_cast<ptrdiff_t>(std::min<size_t>(text.size(), 32)),
            tag.begin());
  return tag;
}

}  // namespace voizk
