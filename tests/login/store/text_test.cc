// Text that users see and ids in files: UTF-8 that is plain, base64url that is unique in both
// directions.
#include "login/store/text.h"

#include <gtest/gtest.h>

namespace voizk {
namespace {

TEST(IsPlainUtf8, TakesTextAndRefusesTheRest) {
  for (const char* good :
       {"", "example.org",
        "b\xc3\xbc"
        "cher.example",
        "\xe2\x82\xac", "\xf0\x9f\x8e\xa4", "\xed\x9f\xbf", "\xee\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(IsPlainUtf8(good)) << good;
  }
  for (const char* bad :
       {"\n", "a\tb", "\x7f", "\xc2\x85", "\x80", "\xc3", "\xc3(", "\xc0\xaf", "\xc1\xbf",
        "\xe0\x80\xaf", "\xe2\x82", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x80\x80\x80",
        "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\xfe", "\xff"}) {
    EXPECT_FALSE(IsPlainUtf8(bad)) << ToHex(AsBytes(bad));
  }
  EXPECT_FALSE(IsPlainUtf8(std::string_view("a\0b", 3)));
}

TEST(Base64Url, IsUniqueInBothDirections) {
  Digest bytes;
  for (size_t i = 0; i < 32; ++i) bytes[i] = static_cast<uint8_t>(i);
  const std::string text = ToBase64Url(bytes);
  EXPECT_EQ(text, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8");  // Python's base64 module
  EXPECT_EQ(FromBase64Url(text), bytes);
  for (const std::string& bad :
       {text + "=", text.substr(1), text + "A", std::string(), text.substr(0, 42) + "9",
        text.substr(0, 42) + " ", text.substr(0, 42) + "+", std::string(43, '\0')}) {
    EXPECT_FALSE(FromBase64Url(bad).has_value()) << bad;
  }
}

}  // namespace
}  // namespace voizk
