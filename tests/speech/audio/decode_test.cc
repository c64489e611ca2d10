// Audio files to 16-bit mono: exact where no resampling is needed, pitch, length and phase kept
// where it is, any format, rate and channel count.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <span>
#include <string>

#include "speech/audio/resample.h"
#include "speech/audio/sound_files.h"
#include "voizk/audio.h"

namespace voizk {
namespace {

constexpr int kWav16 = SF_FORMAT_WAV | SF_FORMAT_PCM_16;

DecodeOptions To(int rate_hz) {
  DecodeOptions options;
  options.target_rate_hz = rate_hz;
  return options;
}

/// Largest difference between `pcm` and the sine it should hold, away from the ends, where the
/// resampler's filter runs off the recording.  In units of full scale.
double SineError(const PcmBuffer& pcm, double hz, double amplitude) {
  const std::vector<double> sine = Sine(hz, pcm.rate_hz, pcm.seconds(), amplitude);
  const std::size_t edge = static_cast<std::size_t>(pcm.rate_hz) / 20;
  double error = 0.0;
  for (std::size_t i = edge; i + edge < std::min(sine.size(), pcm.samples.size()); ++i) {
    error = std::max(error, std::abs(pcm.samples[i] / 32768.0 - sine[i]));
  }
  return error;
}

TEST(QuantiseSample, RoundsToNearestEvenAndSaturates) {
  EXPECT_EQ(QuantiseSample(0.0), 0);
  EXPECT_EQ(QuantiseSample(1.5 / 32768), 2);
  EXPECT_EQ(QuantiseSample(2.5 / 32768), 2);
  EXPECT_EQ(QuantiseSample(-1.5 / 32768), -2);
  EXPECT_EQ(QuantiseSample(0.4999 / 32768), 0);
  EXPECT_EQ(QuantiseSample(1.0), 32767);
  EXPECT_EQ(QuantiseSample(7e300), 32767);
  EXPECT_EQ(QuantiseSample(-1.0), -32768);
  EXPECT_EQ(QuantiseSample(-1e9), -32768);
}

TEST(Decode, SixteenBitMonoAtTheTargetRateComesOutBitForBit) {
  const TempDir dir;
  std::vector<std::int16_t> samples;
  for (int x = -32768; x < 32768; x += 3) samples.push_back(static_cast<std::int16_t>(x));
  for (int format : {kWav16, SF_FORMAT_FLAC | SF_FORMAT_PCM_16}) {
    ASSERT_TRUE(WriteSound16(dir / "exact", format, 8000, 1, samples));
    const auto pcm = DecodeFile(dir / "exact", To(8000));
    ASSERT_TRUE(pcm.ok()) << pcm.error().message;
    EXPECT_EQ(pcm->rate_hz, 8000);
    EXPECT_THAT(pcm->samples, testing::ElementsAreArray(samples));
  }
}

struct FormatCase {
  const char* name;
  int format;
  int rate_hz;       // Opus takes only 8, 12, 16, 24, 48 kHz
  double tolerance;  // of full scale: lossy formats are lossy
};

class DecodeFormat : public testing::TestWithParam<FormatCase> {};

TEST_P(DecodeFormat, GivesBackASine) {
  const TempDir dir;
  const FormatCase& test = GetParam();
  for (int channels : {1, 2}) {
    const auto sine = Sine(440, test.rate_hz, 1.0, 0.5);
    ASSERT_TRUE(
        WriteSound(dir / "sine", test.format, test.rate_hz, channels, Spread(sine, channels)));
    const auto pcm = DecodeFile(dir / "sine", To(8000));
    ASSERT_TRUE(pcm.ok()) << pcm.error().message;
    // MP3 pads its start, the Vorbis decoder drops half a short window at the end; all else keeps
    // time to the sample.
    const bool padded = (test.format & SF_FORMAT_TYPEMASK) == SF_FORMAT_MPEG;
    const bool vorbis = (test.format & SF_FORMAT_SUBMASK) == SF_FORMAT_VORBIS;
    EXPECT_NEAR(pcm->seconds(), 1.0, padded ? 0.15 : vorbis ? 0.004 : 0.001);
    if (!padded) {
      EXPECT_LT(SineError(*pcm, 440, 0.5), test.tolerance);
    } else {
      std::vector<std::int16_t> middle(pcm->samples.begin() + 2000, pcm->samples.begin() + 7000);
      EXPECT_GT(BestMatch(middle, Sine(440, 8000, 0.5, 0.5)).correlation, 1 - test.tolerance);
    }
    const auto bytes = ReadBytes(dir / "sine");
    const auto from_memory = DecodeMemory(bytes, To(8000));
    ASSERT_TRUE(from_memory.ok());
    EXPECT_EQ(from_memory->samples, pcm->samples);
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, DecodeFormat,
    testing::Values(FormatCase{"wav_u8", SF_FORMAT_WAV | SF_FORMAT_PCM_U8, 22050, 0.01},
                    FormatCase{"wav_s16", kWav16, 44100, 2e-4},
                    FormatCase{"wav_s24", SF_FORMAT_WAVEX | SF_FORMAT_PCM_24, 44100, 2e-4},
                    FormatCase{"wav_s32", SF_FORMAT_WAV | SF_FORMAT_PCM_32, 48000, 2e-4},
                    FormatCase{"wav_float", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 48000, 2e-4},
                    FormatCase{"wav_double", SF_FORMAT_WAV | SF_FORMAT_DOUBLE, 8000, 2e-4},
                    FormatCase{"wav_ulaw", SF_FORMAT_WAV | SF_FORMAT_ULAW, 8000, 0.02},
                    FormatCase{"wav_alaw", SF_FORMAT_WAV | SF_FORMAT_ALAW, 8000, 0.02},
                    FormatCase{"rf64", SF_FORMAT_RF64 | SF_FORMAT_PCM_16, 16000, 2e-4},
                    FormatCase{"flac_16", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 44100, 2e-4},
                    FormatCase{"flac_24", SF_FORMAT_FLAC | SF_FORMAT_PCM_24, 96000, 2e-4},
                    FormatCase{"vorbis", SF_FORMAT_OGG | SF_FORMAT_VORBIS, 44100, 0.05},
                    FormatCase{"opus", SF_FORMAT_OGG | SF_FORMAT_OPUS, 48000, 0.05},
                    FormatCase{"mp3", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, 44100, 0.001},
                    FormatCase{"mp3_16k", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, 16000, 0.001}),
    [](const auto& test) { return std::string(test.param.name); });

class DecodeRate : public testing::TestWithParam<int> {};

TEST_P(DecodeRate, KeepsPitchLengthAndPhaseForOneToEightChannels) {
  const TempDir dir;
  const int rate_hz = GetParam();
  for (int target : {8000, 16000}) {
    for (int channels = 1; channels <= 8; ++channels) {
      const auto sine = Sine(1000, rate_hz, 0.5, 0.5);
      ASSERT_TRUE(WriteSound(dir / "s.wav", kWav16, rate_hz, channels, Spread(sine, channels)));
      const auto pcm = DecodeFile(dir / "s.wav", To(target));
      ASSERT_TRUE(pcm.ok()) << pcm.error().message;
      EXPECT_NEAR(static_cast<double>(pcm->samples.size()), 0.5 * target, 1.0);
      EXPECT_LT(SineError(*pcm, 1000, 0.5), 2e-4) << channels << " channels to " << target;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, DecodeRate,
                         testing::Values(8000, 11025, 12000, 16000, 22050, 32000, 44100, 48000,
                                         88200, 96000));

TEST(Decode, AveragesDifferentChannels) {
  const TempDir dir;
  const std::vector<std::int16_t> frames = {16384, 8192, -16384, 16384, 1, 2, 32767, 32767};
  ASSERT_TRUE(WriteSound16(dir / "s.wav", kWav16, 8000, 2, frames));
  const auto pcm = DecodeFile(dir / "s.wav", To(8000));
  ASSERT_TRUE(pcm.ok());
  EXPECT_THAT(pcm->samples, testing::ElementsAre(12288, 0, 2, 32767));  // 1.5 rounds to even
}

TEST(Decode, RemovesWhatTheTargetRateCannotHold) {
  const TempDir dir;
  ASSERT_TRUE(WriteSound(dir / "s.wav", kWav16, 48000, 1, Sine(5000, 48000, 0.5, 0.9)));
  const auto pcm = DecodeFile(dir / "s.wav", To(8000));
  ASSERT_TRUE(pcm.ok());
  for (std::size_t i = 400; i < 3600; ++i) ASSERT_LE(std::abs(pcm->samples[i]), 1) << i;
}

TEST(Decode, SaturatesFloatsBeyondFullScale) {
  const TempDir dir;
  const std::vector<double> samples = {3.0, -3.0, 1e30, -1e30, 0.25};
  ASSERT_TRUE(WriteSound(dir / "s.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 8000, 1, samples));
  const auto pcm = DecodeFile(dir / "s.wav", To(8000));
  ASSERT_TRUE(pcm.ok());
  EXPECT_THAT(pcm->samples, testing::ElementsAre(32767, -32768, 32767, -32768, 8192));
}

// Near the largest double, sums inside the resampler would be infinite, and their differences no
// numbers (found by fuzz/audio_fuzz.cc).
TEST(Decode, SaturatesTheLargestDoublesWhenResampling) {
  const TempDir dir;
  const std::vector<double> samples(16000, 1.7e308);
  ASSERT_TRUE(WriteSound(dir / "s.wav", SF_FORMAT_WAV | SF_FORMAT_DOUBLE, 16000, 1, samples));
  const auto pcm = DecodeFile(dir / "s.wav", To(8000));
  ASSERT_TRUE(pcm.ok());
  ASSERT_EQ(pcm->samples.size(), 8000u);
  for (const std::int16_t x : std::span(pcm->samples).subspan(200, 7600)) EXPECT_EQ(x, 32767);
}

TEST(Decode, ReadsHeaderlessFilesAtTheStatedRate) {
  const TempDir dir;
  const std::vector<std::uint8_t> bytes = {1, 0, 0xff, 0xff, 0x00, 0x80, 0xff, 0x7f};
  WriteBytes(dir / "s.raw", bytes);
  DecodeOptions options = To(8000);
  EXPECT_EQ(DecodeFile(dir / "s.raw", options).error().code, ErrorCode::kInvalidArgument);
  options.raw_rate_hz = 8000;
  for (const auto& pcm : {DecodeFile(dir / "s.raw", options), DecodeMemory(bytes, options)}) {
    ASSERT_TRUE(pcm.ok()) << pcm.error().message;
    EXPECT_THAT(pcm->samples, testing::ElementsAre(1, -1, -32768, 32767));
  }
  options.raw_rate_hz = 16000;
  WriteBytes(dir / "long.raw", std::vector<std::uint8_t>(32000, 0));
  EXPECT_EQ(DecodeFile(dir / "long.raw", options)->samples.size(), 8000U);
}

}  // namespace
}  // namespace voizk
