// Levels in dBFS, offset ignored, and the end of an utterance, found in a noisy room, too.
#include "speech/audio/level.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace voizk {
namespace {

TEST(Level, DbfsOfKnownAmplitudes) {
  EXPECT_DOUBLE_EQ(ToDbfs(1.0), 0.0);
  EXPECT_NEAR(ToDbfs(0.1), -20.0, 1e-12);
  EXPECT_DOUBLE_EQ(ToDbfs(0.0), kSilenceDbfs);
  EXPECT_DOUBLE_EQ(ToDbfs(1e-30), kSilenceDbfs);
  EXPECT_DOUBLE_EQ(ToDbfs(std::nan("")), kSilenceDbfs);
}

TEST(Level, RmsIgnoresTheOffset) {
  EXPECT_DOUBLE_EQ(BlockRms({}), 0.0);
  EXPECT_NEAR(BlockRms(std::vector<double>(100, 0.7)), 0.0, 1e-12);
  EXPECT_DOUBLE_EQ(BlockRms(std::vector<double>{1.0, 0.5, 1.0, 0.5}), 0.25);
}

/// Feeds `seconds` of one level; returns when the detector first said it had ended, or -1.
double Feed(EndpointDetector* detector, double seconds, double level_dbfs) {
  const int blocks = static_cast<int>(std::lround(seconds / kLevelBlockSeconds));
  for (int i = 0; i < blocks; ++i) {
    detector->Add(level_dbfs);
    if (detector->ended()) return (i + 1) * kLevelBlockSeconds;
  }
  return -1.0;
}

TEST(EndpointDetector, EndsAfterSpeechAndThatMuchSilence) {
  EndpointDetector detector(0.8);
  EXPECT_LT(Feed(&detector, 1.0, -60), 0);
  EXPECT_FALSE(detector.speech_began());
  EXPECT_LT(Feed(&detector, 1.5, -20), 0);
  EXPECT_TRUE(detector.speech_began());
  EXPECT_LT(Feed(&detector, 0.5, -58), 0);  // a pause between words
  EXPECT_LT(Feed(&detector, 1.0, -25), 0);
  EXPECT_NEAR(Feed(&detector, 2.0, -60), 0.8, 0.03);
}

TEST(EndpointDetector, NeverEndsBeforeSpeech) {
  EndpointDetector silence(0.5);
  EXPECT_LT(Feed(&silence, 20, kSilenceDbfs), 0);
  EndpointDetector hum(0.5);
  EXPECT_LT(Feed(&hum, 0.1, kSilenceDbfs), 0);  // a device that starts with zeros
  EXPECT_LT(Feed(&hum, 20, -35), 0);
  EXPECT_FALSE(hum.speech_began());
}

TEST(EndpointDetector, OneClickIsNoSpeech) {
  EndpointDetector detector(0.5);
  Feed(&detector, 1.0, -60);
  Feed(&detector, 0.04, -10);
  EXPECT_LT(Feed(&detector, 5.0, -60), 0);
  EXPECT_FALSE(detector.speech_began());
}

TEST(EndpointDetector, WorksAboveANoisyRoom) {
  EndpointDetector detector(0.8);
  Feed(&detector, 1.0, -42);
  Feed(&detector, 2.0, -18);
  EXPECT_TRUE(detector.speech_began());
  EXPECT_NEAR(Feed(&detector, 2.0, -42), 0.8, 0.03);
}

}  // namespace
}  // namespace voizk
