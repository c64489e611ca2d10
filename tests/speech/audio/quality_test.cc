// What is wrong with a recording (too short, silent, clipped), each with advice, and nothing wrong
// with an ordinary one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "speech/audio/resample.h"
#include "speech/audio/sound_files.h"
#include "voizk/audio.h"

namespace voizk {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

PcmBuffer Pcm(std::span<const double> samples, int rate_hz = 8000) {
  PcmBuffer pcm;
  pcm.rate_hz = rate_hz;
  for (double x : samples) pcm.samples.push_back(QuantiseSample(x));
  return pcm;
}

/// `seconds` of sine within `silence` seconds of faint noise before and after.
PcmBuffer Spoken(double seconds, double amplitude, double silence = 0.5) {
  std::minstd_rand random(7);
  std::vector<double> samples;
  const auto add_noise = [&] {
    for (int i = 0; i < silence * 8000; ++i) {
      samples.push_back((static_cast<double>(random() % 201) - 100) / 100 * 3e-4);
    }
  };
  add_noise();
  for (double x : Sine(300, 8000, seconds, amplitude)) samples.push_back(x);
  add_noise();
  return Pcm(samples);
}

TEST(Quality, AnOrdinaryRecordingIsFine) {
  const QualityReport report = CheckQuality(Spoken(3.0, 0.3));
  EXPECT_THAT(report.problems, IsEmpty());
  EXPECT_TRUE(report.ok());
  EXPECT_NEAR(report.seconds, 4.0, 1e-9);
  EXPECT_NEAR(report.active_seconds, 3.0, 0.05);
  EXPECT_NEAR(report.level_dbfs, -13.5, 0.3);
  EXPECT_EQ(report.clipped_fraction, 0.0);
}

TEST(Quality, ShortSpeechIsTooShortHoweverLongTheRecording) {
  EXPECT_THAT(CheckQuality(Spoken(0.7, 0.3)).problems, ElementsAre(QualityProblem::kTooShort));
  EXPECT_THAT(CheckQuality(Spoken(0.7, 0.3, 20)).problems, ElementsAre(QualityProblem::kTooShort));
  EXPECT_THAT(CheckQuality(Spoken(1.3, 0.3, 20)).problems, IsEmpty());
  EXPECT_THAT(CheckQuality(Pcm(Sine(300, 8000, 0.01, 0.5))).problems,
              ElementsAre(QualityProblem::kSilent));  // not one frame of it
}

TEST(Quality, SilenceIsSilent) {
  for (const auto& pcm : {PcmBuffer(), Pcm(std::vector<double>(24000, 0.0)), Spoken(3.0, 0.001),
                          Pcm(std::vector<double>(24000, 0.5))}) {  // an offset is no sound
    EXPECT_THAT(CheckQuality(pcm).problems, ElementsAre(QualityProblem::kSilent));
  }
}

TEST(Quality, FlatTopsAreClippedAndSinglePeaksAreNot) {
  EXPECT_THAT(CheckQuality(Spoken(3.0, 2.0)).problems, ElementsAre(QualityProblem::kClipped));
  PcmBuffer peaks = Spoken(3.0, 0.3);
  for (std::size_t i = 5000; i < 20000; i += 50) peaks.samples[i] = 32767;
  EXPECT_THAT(CheckQuality(peaks).problems, IsEmpty());
  PcmBuffer alternating = Spoken(3.0, 0.3);
  for (std::size_t i = 5000; i < 20000; i += 50) {
    alternating.samples[i] = 32767;
    alternating.samples[i + 1] = -32768;
  }
  EXPECT_EQ(CheckQuality(alternating).clipped_fraction, 0.0);
}

TEST(Quality, ClippingSurvivesResampling) {
  std::vector<double> clipped = Sine(300, 44100, 3.0, 3.0);
  for (double& x : clipped) x = std::clamp(x, -1.0, 1.0);
  auto resampler = MonoResampler::Create(44100, 8000);
  ASSERT_TRUE(resampler.ok());
  PcmBuffer pcm;
  pcm.rate_hz = 8000;
  ASSERT_TRUE(resampler->Push(clipped, &pcm.samples).ok());
  ASSERT_TRUE(resampler->Finish(&pcm.samples).ok());
  EXPECT_THAT(CheckQuality(pcm).problems, ElementsAre(QualityProblem::kClipped));
}

TEST(Quality, EveryProblemHasANameAndAdvice) {
  for (auto problem :
       {QualityProblem::kSilent, QualityProblem::kTooShort, QualityProblem::kClipped}) {
    EXPECT_NE(std::string(Name(problem)), "unknown");
    EXPECT_GT(std::string(Advice(problem)).size(), 20U);
  }
}

}  // namespace
}  // namespace voizk
