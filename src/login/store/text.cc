#include "login/store/text.h"

#include <sodium.h>

#include <algorithm>
#include <utility>

namespace voizk {
namespace {

/// First and last code point of each range that does not show: Unicode 15's property
/// Default_Ignorable_Code_Point (DerivedCoreProperties.txt), the controls and the separators.
constexpr std::array<std::pair<int32_t, int32_t>, 21> kUnseen = {{
    {0x0000, 0x001f},   {0x007f, 0x009f}, {0x00ad, 0x00ad}, {0x034f, 0x034f},   {0x061c, 0x061c},
    {0x115f, 0x1160},   {0x17b4, 0x17b5}, {0x180b, 0x180f}, {0x200b, 0x200f},   {0x2028, 0x2029},
    {0x202a, 0x202e},   {0x2060, 0x206f}, {0x3164, 0x3164}, {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},
    {0xffa0, 0xffa0},   {0xfff0, 0xfff8}, {0xfff9, 0xfffb}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a},
    {0xe0000, 0xe0fff},
}};

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

bool IsVisibleUtf8(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const int32_t point = NextCodePoint(text, &at);
    const auto holds = [point](const auto& range) {
      return range.first <= point && point <= range.second;
    };
    if (point < 0 || std::any_of(kUnseen.begin(), kUnseen.end(), holds)) return false;
  }
  return true;
}

std::string ToHex(ByteSpan bytes) {
  std::string hex(2 * bytes.size() + 1, '\0');
  sodium_bin2hex(hex.data(), hex.size(), bytes.data(), bytes.size());
  hex.pop_back();
  return hex;
}

std::optional<Digest> FromHex32(std::string_view text) {
  Digest bytes;
  size_t length = 0;
  const bool hex = sodium_hex2bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr,
                                  &length, nullptr) == 0;
  // sodium takes capitals too: one value has one form.
  if (!hex || length != bytes.size() || ToHex(bytes) != text) return std::nullopt;
  return bytes;
}

Status ExpectMagic(ByteReader* reader, std::string_view magic, std::string_view kind) {
  std::string problem(reader->remaining() == 0 ? "is empty, and no " : "is no ");
  problem.append(kind);
  return reader->Expect(AsBytes(magic), kind).ok() ? Status() : Status(reader->Fail(problem));
}

Digest PaddedTag(std::string_view text) {
  Digest tag{};
  std::copy(text.begin(), text.begin() + static_cast<ptrdiff_t>(std::min<size_t>(text.size(), 32)),
            tag.begin());
  return tag;
}

}  // namespace voizk
