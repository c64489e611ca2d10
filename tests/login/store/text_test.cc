// Text that users see and ids in files: UTF-8 whose every character shows, hexadecimal that is
// unique in both directions.
#include "login/store/text.h"

#include <gtest/gtest.h>

namespace voizk {
namespace {

TEST(IsVisibleUtf8, TakesTextAndRefusesTheRest) {
  for (const char* good :
       {"", "example.org",
        "b\xc3\xbc"
        "cher.example",
        "\xe2\x82\xac", "\xf0\x9f\x8e\xa4", "\xed\x9f\xbf", "\xee\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(IsVisibleUtf8(good)) << good;
  }
  for (const char* bad :
       {"\n", "a\tb", "\x7f", "\xc2\x85", "\x80", "\xc3", "\xc3(", "\xc0\xaf", "\xc1\xbf",
        "\xe0\x80\xaf", "\xe2\x82", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x80\x80\x80",
        "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\xfe", "\xff"}) {
    EXPECT_FALSE(IsVisibleUtf8(bad)) << ToHex(AsBytes(bad));
  }
  EXPECT_FALSE(IsVisibleUtf8(std::string_view("a\0b", 3)));
}

// Two names that differ only in what nobody sees would be one name to a person and two to a
// program.
TEST(IsVisibleUtf8, RefusesWhatDoesNotShow) {
  for (const char* hidden : {
           "\xc2\xad",          // soft hyphen
           "\xcd\x8f",          // combining grapheme joiner
           "\xd8\x9c",          // Arabic letter mark
           "\xe1\x85\x9f",      // Hangul filler
           "\xe1\xa0\x8e",      // Mongolian vowel separator
           "\xe2\x80\x8b",      // zero width space
           "\xe2\x80\x8d",      // zero width joiner
           "\xe2\x80\x8e",      // left-to-right mark
           "\xe2\x80\xa8",      // line separator
           "\xe2\x80\xae",      // right-to-left override
           "\xe2\x81\xa0",      // word joiner
           "\xe2\x81\xa6",      // left-to-right isolate
           "\xe3\x85\xa4",      // Hangul filler
           "\xef\xb8\x8f",      // variation selector
           "\xef\xbb\xbf",      // byte order mark
           "\xef\xbf\xba",      // interlinear annotation
           "\xf3\xa0\x81\x81",  // tag letter
       }) {
    EXPECT_FALSE(IsVisibleUtf8(hidden)) << ToHex(AsBytes(hidden));
    EXPECT_FALSE(IsVisibleUtf8("bank" + std::string(hidden) + ".example"));
  }
  for (const char* seen : {"\xe2\x80\x90", "\xe2\x81\x9f", "\xe2\x81\xb0", "\xef\xb7\xbf",
                           "\xef\xb8\x90", "\xef\xbf\xbc"}) {  // the neighbours
    EXPECT_TRUE(IsVisibleUtf8(seen)) << ToHex(AsBytes(seen));
  }
}

TEST(Hex, IsUniqueInBothDirections) {
  Digest bytes;
  for (size_t i = 0; i < 32; ++i) bytes[i] = static_cast<uint8_t>(i + 200);
  const std::string text = ToHex(bytes);
  EXPECT_EQ(text, "c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7");
  EXPECT_EQ(FromHex32(text), bytes);
  std::string capital = text;
  capital[0] = 'C';
  for (const std::string& bad :
       {text + "0", text + "00", text.substr(1), text.substr(2), std::string(),
        text.substr(0, 63) + "g", text.substr(0, 62) + " 0", capital, std::string(64, '\0')}) {
    EXPECT_FALSE(FromHex32(bad).has_value()) << bad;
  }
}

}  // namespace
}  // namespace voizk
