// Files that are no recordings, or lie about being one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <random>
#include <string>

#include "speech/audio/sound_files.h"
#include "voizk/audio.h"

namespace voizk {
namespace {

constexpr int kWav16 = SF_FORMAT_WAV | SF_FORMAT_PCM_16;

ErrorCode CodeOf(const std::filesystem::path& path, const DecodeOptions& options = {}) {
  const auto pcm = DecodeFile(path, options);
  EXPECT_FALSE(pcm.ok()) << path;
  return pcm.ok() ? ErrorCode::kInternal : pcm.error().code;
}

ErrorCode CodeOf(std::span<const std::uint8_t> bytes) {
  const auto pcm = DecodeMemory(bytes, {});
  EXPECT_FALSE(pcm.ok());
  return pcm.ok() ? ErrorCode::kInternal : pcm.error().code;
}

void Put(std::vector<std::uint8_t>* bytes, std::uint64_t value, int count) {
  for (int i = 0; i < count; ++i) bytes->push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

void Put(std::vector<std::uint8_t>* bytes, const char* text) {
  bytes->insert(bytes->end(), text, text + std::strlen(text));
}

/// A canonical 44-byte header of 16-bit PCM with whatever numbers a liar writes.
std::vector<std::uint8_t> WavHeader(std::uint32_t channels, std::uint32_t rate_hz,
                                    std::uint32_t data_bytes) {
  std::vector<std::uint8_t> bytes;
  Put(&bytes, "RIFF");
  Put(&bytes, std::uint64_t{data_bytes} + 36, 4);
  Put(&bytes, "WAVEfmt ");
  Put(&bytes, 16, 4);
  Put(&bytes, 1, 2);
  Put(&bytes, channels, 2);
  Put(&bytes, rate_hz, 4);
  Put(&bytes, std::uint64_t{rate_hz} * channels * 2, 4);
  Put(&bytes, channels * 2, 2);
  Put(&bytes, 16, 2);
  Put(&bytes, "data");
  Put(&bytes, data_bytes, 4);
  return bytes;
}

/// Peak resident memory of a fresh child process that runs `body` and then exits with its value.
struct ChildRun {
  int exit_code;
  long peak_kib;
};

template <typename Body>
ChildRun InChild(Body body) {
  const pid_t pid = fork();
  if (pid == 0) _exit(body());
  int status = 0;
  rusage usage = {};
  wait4(pid, &status, 0, &usage);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, usage.ru_maxrss};
}

TEST(HostileAudio, TenHoursAreRefusedWithoutMemoryForThem) {
  const TempDir dir;
  constexpr std::uint32_t kBytes = 10U * 3600 * 16000 * 2;  // 1.15 GB, a hole in the disk
  WriteBytes(dir / "ten_hours.wav", WavHeader(1, 16000, kBytes));
  std::filesystem::resize_file(dir / "ten_hours.wav", 44 + std::uint64_t{kBytes});
  const ChildRun base = InChild([] { return 0; });
  for (std::int64_t max_bytes : {DecodeLimits().max_bytes, std::int64_t{1} << 40}) {
    const ChildRun run = InChild([&] {
      DecodeOptions options;
      options.limits.max_bytes = max_bytes;
      return CodeOf(dir / "ten_hours.wav", options) == ErrorCode::kLimitExceeded ? 0 : 1;
    });
    EXPECT_EQ(run.exit_code, 0);
    EXPECT_LT(run.peak_kib, base.peak_kib + 16 * 1024);
  }
}

TEST(HostileAudio, LengthIsLimitedWhileReadingWhereNoHeaderStatesIt) {
  const TempDir dir;
  DecodeOptions options;
  options.limits.max_seconds = 2.0;
  const auto sine = Sine(300, 16000, 10.0, 0.3);
  for (int format : {kWav16, SF_FORMAT_FLAC | SF_FORMAT_PCM_16, SF_FORMAT_OGG | SF_FORMAT_VORBIS,
                     SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III}) {
    ASSERT_TRUE(WriteSound(dir / "long", format, 16000, 1, sine));
    EXPECT_EQ(CodeOf(dir / "long", options), ErrorCode::kLimitExceeded);
  }
  // A FLAC whose header leaves the number of samples open (36 bits at byte 21: zero).
  ASSERT_TRUE(WriteSound(dir / "long", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 16000, 1, sine));
  auto bytes = ReadBytes(dir / "long");
  bytes[21] &= 0xf0;
  std::fill(bytes.begin() + 22, bytes.begin() + 26, std::uint8_t{0});
  WriteBytes(dir / "open", bytes);
  EXPECT_EQ(CodeOf(dir / "open", options), ErrorCode::kLimitExceeded);
  EXPECT_TRUE(DecodeFile(dir / "open", {}).ok());
}

TEST(HostileAudio, TruncatedFilesOfEveryFormatAreMalformed) {
  const TempDir dir;
  const auto sine = Sine(440, 16000, 2.0, 0.5);
  for (int format : {kWav16, SF_FORMAT_WAV | SF_FORMAT_FLOAT, SF_FORMAT_RF64 | SF_FORMAT_PCM_16,
                     SF_FORMAT_FLAC | SF_FORMAT_PCM_16, SF_FORMAT_OGG | SF_FORMAT_VORBIS,
                     SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III}) {
    ASSERT_TRUE(WriteSound(dir / "whole", format, 16000, 1, sine));
    const auto bytes = ReadBytes(dir / "whole");
    ASSERT_TRUE(DecodeMemory(bytes, {}).ok()) << std::hex << format;
    for (std::size_t keep :
         {std::size_t{1}, std::size_t{4}, std::size_t{12}, std::size_t{30}, std::size_t{44},
          bytes.size() / 2, bytes.size() - 400, bytes.size() - 1}) {
      const auto part = std::span(bytes).first(keep);
      EXPECT_EQ(CodeOf(part), ErrorCode::kMalformed)
          << "format " << std::hex << format << std::dec << ", " << keep << " of " << bytes.size();
    }
  }
}

TEST(HostileAudio, StreamingPlaceholdersAreNoTruncation) {
  for (std::uint32_t placeholder : {0xffffffffU, 0x7ffff000U, 0x7fffffffU}) {
    auto bytes = WavHeader(1, 8000, placeholder);
    bytes.resize(44 + 16000, 1);
    const auto pcm = DecodeMemory(bytes, {});
    ASSERT_TRUE(pcm.ok()) << pcm.error().message;
    EXPECT_EQ(pcm->samples.size(), 8000U);
  }
}

TEST(HostileAudio, HeadersThatLieGiveTypedErrors) {
  const auto with = [](std::uint32_t channels, std::uint32_t rate_hz, std::uint32_t data_bytes) {
    auto bytes = WavHeader(channels, rate_hz, data_bytes);
    bytes.resize(44 + 800, 7);
    return bytes;
  };
  ASSERT_TRUE(DecodeMemory(with(1, 8000, 800), {}).ok());
  EXPECT_EQ(CodeOf(with(0, 8000, 800)), ErrorCode::kMalformed);
  EXPECT_EQ(CodeOf(with(33, 8000, 792)), ErrorCode::kLimitExceeded);
  EXPECT_EQ(CodeOf(with(65535, 8000, 800)), ErrorCode::kMalformed);
  EXPECT_EQ(CodeOf(with(1, 0, 800)), ErrorCode::kMalformed);
  EXPECT_EQ(CodeOf(with(1, 10, 800)), ErrorCode::kUnsupported);
  EXPECT_EQ(CodeOf(with(1, 4000000, 800)), ErrorCode::kUnsupported);
  EXPECT_EQ(CodeOf(with(1, 8000, 802)), ErrorCode::kMalformed);
  EXPECT_EQ(CodeOf(WavHeader(1, 8000, 0)), ErrorCode::kMalformed);
}

TEST(HostileAudio, NanAndInfinityAreMalformed) {
  const TempDir dir;
  for (double poison : {std::nan(""), std::numeric_limits<double>::infinity(),
                        -std::numeric_limits<double>::infinity()}) {
    for (int format : {SF_FORMAT_FLOAT, SF_FORMAT_DOUBLE}) {
      std::vector<double> samples(9000, 0.1);
      samples[8500] = poison;
      ASSERT_TRUE(WriteSound(dir / "s.wav", SF_FORMAT_WAV | format, 8000, 1, samples));
      EXPECT_EQ(CodeOf(dir / "s.wav"), ErrorCode::kMalformed);
    }
  }
  // Opposite infinities in two channels sum to NaN; they must not cancel.
  const double inf = std::numeric_limits<double>::infinity();
  const std::vector<double> samples = {inf, -inf};
  ASSERT_TRUE(WriteSound(dir / "s.wav", SF_FORMAT_WAV | SF_FORMAT_DOUBLE, 8000, 2, samples));
  EXPECT_EQ(CodeOf(dir / "s.wav"), ErrorCode::kMalformed);
}

TEST(HostileAudio, ThingsThatAreNoAudioFile) {
  const TempDir dir;
  EXPECT_EQ(CodeOf(dir / "absent.wav"), ErrorCode::kNotFound);
  EXPECT_EQ(CodeOf(dir.path()), ErrorCode::kInvalidArgument);
  ASSERT_EQ(mkfifo((dir / "pipe.wav").c_str(), 0600), 0);
  EXPECT_EQ(CodeOf(dir / "pipe.wav"), ErrorCode::kInvalidArgument);
  EXPECT_EQ(CodeOf("/dev/zero"), ErrorCode::kInvalidArgument);
  WriteBytes(dir / "empty.wav", {});
  EXPECT_EQ(CodeOf(dir / "empty.wav"), ErrorCode::kMalformed);
  std::ofstream(dir / "text.wav") << "Dear Sir or Madam, this is a letter and not a recording.\n";
  EXPECT_EQ(CodeOf(dir / "text.wav"), ErrorCode::kMalformed);
  WriteBytes(dir / "odd.raw", std::vector<std::uint8_t>(11, 1));
  DecodeOptions raw;
  raw.raw_rate_hz = 8000;
  EXPECT_EQ(CodeOf(dir / "odd.raw", raw), ErrorCode::kMalformed);
  raw.raw_rate_hz = 0;
  WriteBytes(dir / "even.raw", std::vector<std::uint8_t>(10, 1));
  EXPECT_EQ(CodeOf(dir / "even.raw", raw), ErrorCode::kUnsupported);
  DecodeOptions no_rate;
  no_rate.target_rate_hz = 0;
  ASSERT_TRUE(WriteSound(dir / "s.wav", kWav16, 8000, 1, Sine(100, 8000, 0.1, 0.5)));
  EXPECT_EQ(CodeOf(dir / "s.wav", no_rate), ErrorCode::kInvalidArgument);
}

TEST(HostileAudio, EveryErrorNamesTheFile) {
  const TempDir dir;
  WriteBytes(dir / "empty.wav", {});
  std::ofstream(dir / "text.wav") << "Dear Sir or Madam\n";
  ASSERT_EQ(mkfifo((dir / "pipe.wav").c_str(), 0600), 0);
  WriteBytes(dir / "some.raw", std::vector<std::uint8_t>(10, 1));
  ASSERT_TRUE(WriteSound(dir / "long.wav", kWav16, 8000, 1, Sine(100, 8000, 3.0, 0.5)));
  ASSERT_TRUE(WriteSound(dir / "low.wav", kWav16, 500, 1, Sine(100, 500, 0.5, 0.5)));
  std::filesystem::copy_file(dir / "long.wav", dir / "cut.wav");
  std::filesystem::resize_file(dir / "cut.wav", 1000);
  DecodeOptions options;
  options.limits.max_seconds = 2.5;
  for (const char* name : {"absent.wav", "empty.wav", "text.wav", "pipe.wav", "some.raw",
                           "long.wav", "low.wav", "cut.wav", ""}) {
    const std::string path = dir / name;
    const auto pcm = DecodeFile(path, options);
    ASSERT_FALSE(pcm.ok()) << name;
    EXPECT_THAT(pcm.error().message, testing::StartsWith(path + ": "));
  }
  EXPECT_THAT(DecodeFile(dir / "long.wav", options).error().message,
              testing::EndsWith("longer than 2.5 seconds"));
  EXPECT_THAT(WriteWav(dir / "none.wav", {}).error().message, testing::HasSubstr("none.wav"));
}

TEST(HostileAudio, OtherContainersAreNotRead) {
  const TempDir dir;
  const auto sine = Sine(440, 8000, 0.2, 0.5);
  for (int format : {SF_FORMAT_AIFF, SF_FORMAT_AU, SF_FORMAT_CAF}) {
    ASSERT_TRUE(WriteSound(dir / "s.wav", format | SF_FORMAT_PCM_16, 8000, 1, sine));
    EXPECT_EQ(CodeOf(dir / "s.wav"), ErrorCode::kUnsupported);
  }
}

// Whatever the bytes are, decoding returns; under the sanitizers this also looks for bad accesses.
TEST(HostileAudio, RandomAndDamagedBytesNeverCrash) {
  const TempDir dir;
  std::mt19937 random(20261122);
  const auto sine = Sine(440, 16000, 0.3, 0.5);
  for (int format : {kWav16, SF_FORMAT_FLAC | SF_FORMAT_PCM_16, SF_FORMAT_OGG | SF_FORMAT_VORBIS,
                     SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III}) {
    ASSERT_TRUE(WriteSound(dir / "s", format, 16000, 1, sine));
    const auto whole = ReadBytes(dir / "s");
    for (int trial = 0; trial < 150; ++trial) {
      auto bytes = whole;
      const std::size_t reach = trial % 2 == 0 ? std::min<std::size_t>(200, bytes.size())
                                               : bytes.size();  // headers deserve half of it
      for (int flips = 0; flips < 1 + trial % 5; ++flips) {
        bytes[random() % reach] ^= static_cast<std::uint8_t>(1U << (random() % 8));
      }
      const auto pcm = DecodeMemory(bytes, {});
      EXPECT_TRUE(!pcm.ok() || pcm->seconds() <= 60.1);
    }
  }
  for (int trial = 0; trial < 300; ++trial) {
    std::vector<std::uint8_t> bytes(random() % 3000);
    for (auto& b : bytes) b = static_cast<std::uint8_t>(random());
    EXPECT_FALSE(DecodeMemory(bytes, {}).ok());
  }
}

}  // namespace
}  // namespace voizk
