// Names and sentences of refusals: each has both, its own, and the names are those that programs
// outside know (JSON of voizk, exceptions of the Python module).
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "voizk/login.h"

namespace voizk {
namespace {

TEST(Refusals, HaveNamesAndSentencesOfTheirOwn) {
  const std::string names[] = {"none",           "too_short", "too_long",         "silent",
                               "clipped",        "noisy",     "wrong_words",      "uneven_digits",
                               "not_this_voice", "unusual",   "unlike_the_others"};
  std::set<std::string> sentences;
  uint8_t number = 0;
  for (const std::string& name : names) {
    const auto refusal = static_cast<Refusal>(number++);
    EXPECT_EQ(RefusalName(refusal), name);
    EXPECT_TRUE(sentences.insert(RefusalText(refusal)).second) << name;
  }
  const auto beyond = static_cast<Refusal>(number);
  EXPECT_STREQ(RefusalName(beyond), "unknown");
  EXPECT_EQ(sentences.count(RefusalText(beyond)), 0U);
}

}  // namespace
}  // namespace voizk
