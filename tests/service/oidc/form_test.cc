// Guards that one text has one meaning: a parameter twice or a bad escape is refused, one without a
// value is none, only printable ASCII is a secret's text, and what is put behind a redirect is
// escaped and read back as it was.
#include "service/oidc/form.h"

#include <gtest/gtest.h>

namespace voizk {
namespace {

TEST(FormTest, NamesAndValuesAreDecoded) {
  const auto form = ParseForm("a=1&b=x%20y+z%2B%26&&c&d=%3d=&e=");
  ASSERT_TRUE(form.ok());
  EXPECT_EQ(*form, (Form{{"a", "1"}, {"b", "x y z+&"}, {"d", "=="}}));
  EXPECT_EQ(ValueOf(*form, "a"), "1");
  EXPECT_EQ(ValueOf(*form, "nothing"), "");
  EXPECT_TRUE(ParseForm("")->empty());
}

TEST(FormTest, WhatHasTwoMeaningsIsRefused) {
  for (const char* text : {"a=1&a=2", "a=1&%61=2", "a=1&a=", "a&a", "a=%", "a=%4", "a=%zz"}) {
    const auto form = ParseForm(text);
    ASSERT_FALSE(form.ok()) << text;
    EXPECT_EQ(form.error().code, ErrorCode::kMalformed);
  }
  std::string many;
  for (size_t i = 0; i <= kMaxFormFields; ++i) many += "a" + std::to_string(i) + "=&";
  EXPECT_FALSE(ParseForm(many).ok());
  EXPECT_FALSE(DecodeForm({{"a", "1"}, {"%61", "2"}}).ok()) << "names are compared decoded";
}

TEST(FormTest, OtherThanPrintableTextIsReadAndToldApart) {
  const auto form = ParseForm("a=%C3%A9&b=\xc3\xa9&c=%0a&d=~+");
  ASSERT_TRUE(form.ok());
  EXPECT_EQ(ValueOf(*form, "a"), "\xc3\xa9");
  EXPECT_EQ(ValueOf(*form, "b"), "\xc3\xa9");
  for (const char* name : {"a", "b", "c"}) EXPECT_FALSE(IsPrintable(ValueOf(*form, name)));
  EXPECT_TRUE(IsPrintable(ValueOf(*form, "d")));
  for (const char* text : {"%00", "%0a", "\xc3\xa9", "%C3%A9", "\n", "%7f", "%"}) {
    EXPECT_FALSE(DecodeFormValue(text).ok()) << text;
  }
  EXPECT_EQ(*DecodeFormValue("a%20b+c"), "a b c");
}

TEST(FormTest, WhatIsPutBehindARedirectIsReadBackAsItWas) {
  std::string all;
  for (char c = ' '; c <= '~'; ++c) all.push_back(c);
  const std::string uri = WithQuery("https://a.example/b", {{"state", all}, {"none", ""}});
  EXPECT_EQ(uri.find("none"), std::string::npos);
  const auto form = ParseForm(uri.substr(uri.find('?') + 1));
  ASSERT_TRUE(form.ok());
  EXPECT_EQ(*form, (Form{{"state", all}}));
  EXPECT_EQ(WithQuery("https://a.example/?x=1", {{"code", "a&b"}}),
            "https://a.example/?x=1&code=a%26b");
}

}  // namespace
}  // namespace voizk
