// What tests/tools/report_tests_test.py has reported on: tests that pass, are skipped, and, where
// the environment asks for it, fail or die.
#include <gtest/gtest.h>

#include <cstdlib>

namespace {

bool Asked(const char* what) { return std::getenv(what) != nullptr; }

TEST(Sample, Passes) { EXPECT_TRUE(true); }
TEST(Sample, PassesToo) { EXPECT_TRUE(true); }
TEST(Sample, IsSkipped) { GTEST_SKIP() << "no pseudo terminals: is <dev> mounted?"; }
TEST(Sample, NeedsRecordings) { GTEST_SKIP() << "no recordings: set VOIZK_SPEECH_DIR"; }
TEST(Sample, MayFail) { EXPECT_FALSE(Asked("SAMPLE_FAILS")) << "as asked"; }
TEST(Sample, MayDie) {
  if (Asked("SAMPLE_DIES")) std::_Exit(9);
}

}  // namespace
