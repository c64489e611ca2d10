// The microphone, for real: PortAudio -> ALSA -> a private PulseAudio whose microphone is a pipe.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <numbers>

#include "speech/audio/level.h"
#include "speech/audio/pulse_daemon.h"
#include "speech/audio/resample.h"
#include "voizk/audio.h"

namespace voizk {
namespace {

constexpr int kPipeRate = 16000;
constexpr int kTargetRate = 8000;

/// Something that correlates with itself at one lag only: a gliding tone with syllables.
std::vector<double> Phrase(double seconds) {
  std::vector<double> samples;
  const int count = static_cast<int>(seconds * kPipeRate);
  for (int i = 0; i < count; ++i) {
    const double t = static_cast<double>(i) / kPipeRate;
    const double pitch = 2 * std::numbers::pi * (200 * t + 150 * t * t);  // 200 Hz, +300 Hz/s
    const double syllables = 0.35 + 0.25 * std::sin(2 * std::numbers::pi * 4 * t);
    samples.push_back(syllables * (std::sin(pitch) + 0.4 * std::sin(3 * pitch)) / 1.4);
  }
  return samples;
}

std::vector<std::int16_t> Quantised(const std::vector<double>& samples) {
  std::vector<std::int16_t> quantised;
  for (double x : samples) quantised.push_back(QuantiseSample(x));
  return quantised;
}

SecureVector<std::int16_t> AtTargetRate(const std::vector<double>& samples) {
  auto resampler = MonoResampler::Create(kPipeRate, kTargetRate);
  SecureVector<std::int16_t> out;
  EXPECT_TRUE(resampler->Push(samples, &out).ok());
  EXPECT_TRUE(resampler->Finish(&out).ok());
  return out;
}

class Microphone : public testing::Test {
 protected:
  void SetUp() override {
    if (std::system("command -v pulseaudio >/dev/null 2>&1") != 0) {
      GTEST_SKIP() << "pulseaudio is not installed: tools/install-packages installs it";
    }
    daemon_ = std::make_unique<PulseDaemon>(kPipeRate);
    ASSERT_TRUE(daemon_->ready()) << daemon_->log();
  }
  std::unique_ptr<PulseDaemon> daemon_;
};

TEST_F(Microphone, IsListed) {
  const auto devices = ListInputDevices();
  ASSERT_TRUE(devices.ok()) << devices.error().message;
  std::vector<std::string> names;
  int defaults = 0;
  for (const auto& device : *devices) {
    names.push_back(device.name);
    defaults += device.is_default ? 1 : 0;
    EXPECT_GE(device.max_channels, 1);
    EXPECT_GT(device.default_rate_hz, 0);
  }
  EXPECT_THAT(names, testing::Contains("pulse"));
  EXPECT_EQ(defaults, 1);
}

TEST_F(Microphone, HearsWhatThePipePlaysAndStopsAfterTrailingSilence) {
  const std::vector<double> phrase = Phrase(2.0);
  PipeFeeder feeder(*daemon_, Quantised(phrase));
  double loudest = kSilenceDbfs;
  double last_seconds = 0;
  CaptureOptions options;
  options.device = "pulse";
  options.target_rate_hz = kTargetRate;
  options.max_seconds = 10;
  options.trailing_silence_seconds = 0.7;
  options.on_level = [&](const CaptureLevel& level) {
    if (level.seconds > 0.5) feeder.Play();
    loudest = std::max(loudest, level.rms_dbfs);
    EXPECT_GT(level.seconds, last_seconds);
    last_seconds = level.seconds;
    return true;
  };
  const auto capture = Record(options);
  ASSERT_TRUE(capture.ok()) << capture.error().message << daemon_->log();
  EXPECT_EQ(capture->end, CaptureEnd::kTrailingSilence);
  EXPECT_EQ(capture->overflows, 0);
  EXPECT_EQ(capture->pcm.rate_hz, kTargetRate);
  EXPECT_NEAR(capture->pcm.seconds(), last_seconds, 0.01);
  EXPECT_GT(capture->pcm.seconds(), 2.7);
  EXPECT_LT(capture->pcm.seconds(), 5.0);
  EXPECT_NEAR(loudest, -9, 4);
  const Match match = BestMatch(capture->pcm.samples, AtTargetRate(phrase));
  EXPECT_GT(match.correlation, 0.99);
  std::cout << "1 - correlation " << 1 - match.correlation << " at " << match.offset << " of "
            << capture->pcm.samples.size() << " samples, device rate " << capture->device_rate_hz
            << " Hz\n";
}

TEST_F(Microphone, StopsAtTheDurationOrWhenToldTo) {
  PipeFeeder feeder(*daemon_, {});
  CaptureOptions options;
  options.max_seconds = 0.4;
  const auto timed = Record(options);  // the default device
  ASSERT_TRUE(timed.ok()) << timed.error().message << daemon_->log();
  EXPECT_EQ(timed->end, CaptureEnd::kDuration);
  EXPECT_NEAR(timed->pcm.seconds(), 0.4, 0.021);
  options.max_seconds = 10;
  options.on_level = [](const CaptureLevel& level) { return level.seconds < 0.2; };
  const auto stopped = Record(options);
  ASSERT_TRUE(stopped.ok()) << stopped.error().message;
  EXPECT_EQ(stopped->end, CaptureEnd::kStopped);
  EXPECT_NEAR(stopped->pcm.seconds(), 0.2, 0.021);
}

TEST_F(Microphone, AnUnknownNameIsNotFound) {
  CaptureOptions options;
  options.device = "no such microphone";
  EXPECT_EQ(Record(options).error().code, ErrorCode::kNotFound);
}

TEST_F(Microphone, ADeadServerIsAnErrorAndNoHang) {
  daemon_->Stop();
  const auto capture = Record({});
  ASSERT_FALSE(capture.ok());
  EXPECT_THAT(capture.error().code, testing::AnyOf(ErrorCode::kIo, ErrorCode::kNotFound));
}

TEST_F(Microphone, NoSoundConfigurationIsNotFound) {
  daemon_.reset();  // and its folder, to which ALSA_CONFIG_PATH still points
  EXPECT_EQ(Record({}).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(ListInputDevices().error().code, ErrorCode::kNotFound);
}

TEST_F(Microphone, AServerThatDiesMidwayIsAnErrorAndNoHang) {
  PipeFeeder feeder(*daemon_, {});
  CaptureOptions options;
  options.max_seconds = 30;
  options.on_level = [&](const CaptureLevel& level) {
    if (level.seconds > 0.1) daemon_->Stop();
    return true;
  };
  const auto capture = Record(options);
  ASSERT_FALSE(capture.ok());
  EXPECT_EQ(capture.error().code, ErrorCode::kIo) << capture.error().message;
}

TEST(Record, RefusesImpossibleDurations) {
  for (double seconds : {0.0, -1.0, 601.0, std::nan("")}) {
    CaptureOptions options;
    options.max_seconds = seconds;
    EXPECT_EQ(Record(options).error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(ChooseDevice, ByDefaultIndexNameAndPartOfAName) {
  const auto device = [](int index, const char* name, bool is_default) {
    return InputDevice{index, name, "ALSA", 1, 44100, is_default};
  };
  const std::vector<InputDevice> devices = {device(3, "USB Headset", false),
                                            device(5, "HDA Intel", true),
                                            device(6, "USB Webcam", false)};
  EXPECT_EQ(*ChooseDevice(devices, ""), 1U);
  EXPECT_EQ(*ChooseDevice(devices, "6"), 2U);
  EXPECT_EQ(*ChooseDevice(devices, "USB Headset"), 0U);
  EXPECT_EQ(*ChooseDevice(devices, "webcam"), 2U);
  EXPECT_EQ(ChooseDevice(devices, "usb").error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(ChooseDevice(devices, "4").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(ChooseDevice(devices, "bluetooth").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(ChooseDevice({}, "").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(*ChooseDevice(std::span(devices).first(1), ""), 0U);
}

}  // namespace
}  // namespace voizk
