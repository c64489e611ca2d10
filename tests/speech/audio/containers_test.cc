// What a container claims against what can be decoded: every container and codec that browsers,
// telephones and recorders write, whole and with each defect that was once refused, misnamed or
// read in silence.  The files are made here by ffmpeg and sox, not by libraries that read them for
// us (ffmpeg's are another version's at best; sox is none of ours).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <map>
#include <numbers>
#include <string>
#include <vector>

#include "speech/audio/ogg_file.h"
#include "speech/audio/resample.h"
#include "speech/audio/sound_files.h"
#include "voizk/audio.h"

namespace voizk {
namespace {

using testing::HasSubstr;

constexpr int kRate = 16000;
constexpr double kSeconds = 2.0;

/// Something that correlates with itself at one lag only: a gliding tone with syllables.
std::vector<double> Glide(int rate_hz) {
  std::vector<double> samples;
  for (int i = 0; i < static_cast<int>(kSeconds * rate_hz); ++i) {
    const double t = static_cast<double>(i) / rate_hz;
    const double pitch = 2 * std::numbers::pi * (300 * t + 150 * t * t);  // 300 Hz, +300 Hz/s
    samples.push_back((0.3 + 0.15 * std::sin(8 * std::numbers::pi * t)) *
                      (std::sin(pitch) + 0.4 * std::sin(3 * pitch)) / 1.4);
  }
  return samples;
}

std::vector<std::int16_t> GlideAtTarget() {
  std::vector<std::int16_t> samples;
  for (double x : Glide(8000)) samples.push_back(QuantiseSample(x));
  return samples;
}

/// How well `pcm` holds the middle of the glide, wherever an encoder's delay has put it (half a
/// sample beside ours, some of them, which costs a twentieth).
double Likeness(const PcmBuffer& pcm) {
  const auto glide = GlideAtTarget();
  return BestMatch(pcm.samples, std::span(glide).subspan(7000, 2000)).correlation;
}

/// A folder with glide.wav (mono, 16 kHz) and what the tools make of it.
class Workshop {
 public:
  Workshop() {
    EXPECT_TRUE(
        WriteSound(dir_ / "glide.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, kRate, 1, Glide(kRate)));
  }
  /// Runs `command` here; the bytes of the file `made`.
  std::vector<std::uint8_t> Make(const std::string& command, const std::string& made) const {
    const std::string line = "cd '" + dir_.path().string() + "' && " + command + " </dev/null";
    EXPECT_EQ(std::system(line.c_str()), 0)
        << command << "\n(ffmpeg, sox and libsox-fmt-all are installed by tools/install-packages)";
    return ReadBytes(dir_ / made);
  }
  std::vector<std::uint8_t> Ffmpeg(const std::string& arguments, const std::string& made) const {
    return Make("ffmpeg -v error -y -i glide.wav " + arguments + " " + made, made);
  }
  std::filesystem::path operator/(const char* name) const { return dir_ / name; }

 private:
  TempDir dir_;
};

const Workshop& Shop() {
  static const Workshop shop;
  return shop;
}

using Bytes = std::vector<std::uint8_t>;

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

void ExpectGlide(const Bytes& bytes, double likeness, double seconds, double tolerance) {
  const auto pcm = DecodeMemory(bytes, {});
  ASSERT_TRUE(pcm.ok()) << pcm.error().message;
  EXPECT_GT(Likeness(*pcm), likeness);
  EXPECT_NEAR(pcm->seconds(), seconds, tolerance);
}

void ExpectError(const Bytes& bytes, ErrorCode code, const std::string& text) {
  const auto pcm = DecodeMemory(bytes, {});
  ASSERT_FALSE(pcm.ok());
  EXPECT_EQ(pcm.error().code, code) << pcm.error().message;
  EXPECT_THAT(pcm.error().message, HasSubstr(text));
}

struct Row {
  const char* name;
  const char* command;  // after "cd folder && "; ffmpeg's arguments where it does not say sox
  const char* made;
  double likeness;
  double tolerance;         // of the length, in seconds: lossy codecs pad
  bool ends_itself = true;  // text behind it cannot be taken for more of it
};

std::string Command(const Row& row) {
  const std::string command = row.command;
  if (command.starts_with("sox")) return command;
  return "ffmpeg -v error -y -i glide.wav " + command + " " + row.made;
}

class ContainerTable : public testing::TestWithParam<Row> {
 protected:
  /// Made once for all tests of the row.
  const Bytes& File() const {
    static std::map<std::string, Bytes> made;
    Bytes& file = made[GetParam().name];
    if (file.empty()) file = Shop().Make(Command(GetParam()), GetParam().made);
    return file;
  }
};

TEST_P(ContainerTable, WholeItIsRead) {
  ExpectGlide(File(), GetParam().likeness, kSeconds, GetParam().tolerance);
}

TEST_P(ContainerTable, ZerosBeforeItAndBytesBehindItDoNotMatter) {
  const Bytes& file = File();
  ExpectGlide(Bytes(100, 0) + file, GetParam().likeness, kSeconds, GetParam().tolerance);
  const std::string text = "and here ends the recording of today, which was about nothing.";
  std::string tag = "TAG" + text;  // ID3v1
  tag.resize(128);
  for (const std::string& behind : {tag, text}) {
    if (behind == text && !GetParam().ends_itself) continue;
    ExpectGlide(file + Bytes(behind.begin(), behind.end()), GetParam().likeness, kSeconds,
                GetParam().tolerance + 0.1);
  }
}

// Of five neighbouring places at most one lies between two frames or pages, where no loss shows.
TEST_P(ContainerTable, CutShortItIsMalformed) {
  const Bytes& file = File();
  for (const std::size_t place : {file.size() / 3, file.size() / 2, file.size() - 8}) {
    int told = 0;
    for (std::size_t keep = place; keep < place + 5; ++keep) {
      const auto pcm = DecodeMemory(std::span(file).first(keep), {});
      if (pcm.ok()) continue;
      EXPECT_EQ(pcm.error().code, ErrorCode::kMalformed) << pcm.error().message;
      ++told;
    }
    EXPECT_GE(told, 4) << place << " of " << file.size();
  }
}

TEST_P(ContainerTable, DamagedItIsReadOrMalformedButNeverACrash) {
  const Bytes& file = File();
  std::uint32_t random = 12345;
  for (int trial = 0; trial < 40; ++trial) {
    Bytes damaged = file;
    for (int flips = 0; flips <= trial % 4; ++flips) {
      random = random * 1664525 + 1013904223;
      const std::size_t reach =
          trial % 2 == 0 ? std::min<std::size_t>(400, file.size()) : file.size();
      damaged[(random >> 8) % reach] ^= static_cast<std::uint8_t>(1U << (random >> 5 & 7));
    }
    const auto pcm = DecodeMemory(damaged, {});
    EXPECT_TRUE(pcm.ok() || pcm.error().code != ErrorCode::kInternal);
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, ContainerTable,
    testing::Values(
        Row{"wav_pcm16", "sox glide.wav -r 44100 -c 2 a1.wav", "a1.wav", 0.999, 1e-3},
        Row{"wav_pcm24", "sox glide.wav -b 24 a2.wav", "a2.wav", 0.999, 1e-3},
        Row{"wav_float", "-c:a pcm_f32le", "a3.wav", 0.999, 1e-3},
        Row{"wav_ulaw", "sox glide.wav -e u-law a4.wav", "a4.wav", 0.999, 1e-3},
        Row{"wav_ima_adpcm", "sox glide.wav -e ima-adpcm a5.wav", "a5.wav", 0.99, 0.1},
        Row{"wav_ms_adpcm", "sox glide.wav -e ms-adpcm a6.wav", "a6.wav", 0.99, 0.1},
        Row{"wav_gsm", "sox glide.wav -r 8000 -e gsm-full-rate a7.wav", "a7.wav", 0.9, 0.1},
        Row{"wav_mp3", "-c:a libmp3lame -b:a 64k", "a8.wav", 0.93, 0.15},
        Row{"rf64", "-rf64 always", "a9.wav", 0.999, 1e-3},
        Row{"flac", "sox glide.wav b1.flac", "b1.flac", 0.999, 1e-3, false},
        Row{"ogg_vorbis", "sox glide.wav c1.ogg", "c1.ogg", 0.98, 0.05},
        Row{"ogg_opus", "-c:a libopus", "c2.ogg", 0.97, 0.01},
        Row{"ogg_flac", "-c:a flac", "c3.ogg", 0.999, 0.1},
        Row{"ogg_speex", "-c:a libspeex -b:a 24k", "c4.ogg", 0.9, 0.1},
        Row{"mp3", "sox glide.wav -C 64 d1.mp3", "d1.mp3", 0.93, 0.15},
        Row{"mp3_vbr", "-c:a libmp3lame -q:a 4 -ar 44100", "d2.mp3", 0.99, 0.15},
        Row{"mp3_no_xing", "-c:a libmp3lame -b:a 48k -write_xing 0 -id3v2_version 0", "d3.mp3",
            0.93, 0.15},
        Row{"mp2", "-c:a mp2 -ar 44100", "d4.mp2", 0.97, 0.15},
        Row{"webm_opus", "-c:a libopus", "e1.webm", 0.97, 0.02},
        Row{"webm_live", "-c:a libopus -live 1", "e2.webm", 0.97, 0.02},
        Row{"webm_vorbis", "-c:a libvorbis", "e3.webm", 0.98, 0.02},
        Row{"webm_with_picture",
            "-f lavfi -i color=s=64x64:r=10:d=2 -map 0:a -map 1:v -c:a libopus -c:v libvpx",
            "e4.webm", 0.97, 0.02},
        Row{"mka_flac", "-c:a flac", "e5.mka", 0.999, 0.1},
        Row{"m4a_aac", "-c:a aac -ar 44100", "f1.m4a", 0.98, 0.1},
        Row{"m4a_faststart", "-c:a aac -ar 48000 -movflags +faststart", "f2.m4a", 0.98, 0.1},
        Row{"mp4_fragments", "-c:a aac -movflags +frag_keyframe+empty_moov -frag_duration 200000",
            "f3.mp4", 0.98, 0.2},
        Row{"m4a_alac", "-c:a alac", "f4.m4a", 0.999, 1e-3},
        Row{"mp4_opus", "-c:a libopus", "f5.mp4", 0.97, 0.02},
        Row{"amr_nb", "sox glide.wav -r 8000 h1.amr-nb", "h1.amr-nb", 0.85, 0.1, false},
        Row{"3gp_amr",
            "sox glide.wav -r 8000 h1.amr-nb && ffmpeg -v error -y -i h1.amr-nb -c copy h2.3gp",
            "h2.3gp", 0.85, 0.1},
        Row{"adts_aac", "-c:a aac", "g1.aac", 0.98, 0.2}),
    [](const auto& test) { return std::string(test.param.name); });

// ---- What a recorder writes that could not go back to its header ----

/// glide.wav with its data chunk's size set.
Bytes WavClaiming(std::uint32_t size) {
  Bytes bytes = ReadBytes(Shop() / "glide.wav");
  for (int i = 0; i < 4; ++i)
    bytes[40 + static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(size >> 8 * i);
  return bytes;
}

TEST(Containers, WavWithoutALengthRunsToItsEnd) {
  for (const std::uint32_t size : {0U, 0xffffffffU, 0x7ffff000U, 0x7fffffffU}) {
    ExpectGlide(WavClaiming(size), 0.999, kSeconds, 1e-3);
  }
  ExpectGlide(Shop().Make("ffmpeg -v error -i glide.wav -f wav - >piped.wav", "piped.wav"), 0.999,
              kSeconds, 1e-3);
  ExpectGlide(Shop().Make("sox glide.wav -t wav - >soxed.wav", "soxed.wav"), 0.999, kSeconds, 1e-3);
}

/// What a WAV's "fact" chunk says of MP3 is somebody's estimate: of the length before encoding, of
/// the bit rate, of nothing.
TEST(Containers, TheFrameCountOfAnMp3InWavIsNotTakenAsExact) {
  Bytes file = Shop().Ffmpeg("-c:a libmp3lame -b:a 64k", "estimate.wav");
  const std::string_view fact = "fact";
  const auto at = std::search(file.begin(), file.end(), fact.begin(), fact.end());
  ASSERT_LT(at, file.end() - 12);
  for (const std::uint32_t frames : {0U, 1000U, 34000U, 40000U, 0xffffffffU}) {
    for (int i = 0; i < 4; ++i) at[8 + i] = static_cast<std::uint8_t>(frames >> 8 * i);
    ExpectGlide(file, 0.93, kSeconds, 0.15);
  }
}

TEST(Containers, AnEmptyDataChunkBeforeOthersHoldsNoSamples) {
  const std::string list = "LIST\x04";
  Bytes bytes = WavClaiming(0);
  bytes.resize(44);
  bytes = bytes + Bytes(list.begin(), list.end()) + Bytes{0, 0, 0, 'I', 'N', 'F', 'O'};
  ExpectError(bytes, ErrorCode::kMalformed, "no samples");
}

TEST(Containers, ASecondDataChunkIsRefusedForWhatItIs) {
  const Bytes whole = ReadBytes(Shop() / "glide.wav");
  const Bytes second(whole.begin() + 36, whole.end());  // "data", its size, its samples
  ExpectError(whole + second, ErrorCode::kUnsupported, "several data chunks");
}

TEST(Containers, OggWithoutAnEndMarkIsWhole) {  // as Android and Chrome write it
  for (const char* codec : {"libopus", "libvorbis", "flac"}) {
    const Bytes file = Shop().Ffmpeg(std::string("-c:a ") + codec, "eos.ogg");
    ExpectGlide(WithoutEndMark(file), 0.97, kSeconds, 0.1);
  }
}

TEST(Containers, EveryLinkOfAChainedOggIsRead) {
  for (const char* codec : {"libopus", "libvorbis -q:a 6", "flac", "libspeex"}) {
    const Bytes one = Shop().Ffmpeg(std::string("-c:a ") + codec, "one.ogg");
    const Bytes two = Shop().Ffmpeg(std::string("-c:a ") + codec + " -af volume=0.5", "two.ogg");
    ExpectGlide(one + two, 0.9, 2 * kSeconds, 0.2);
    ExpectGlide(WithoutEndMark(one) + two, 0.9, 2 * kSeconds, 0.2);
  }
  const Bytes slow = Shop().Ffmpeg("-c:a libvorbis -ar 8000", "slow.ogg");  // another rate
  const Bytes fast = Shop().Ffmpeg("-c:a libopus -ac 2", "fast.ogg");       // another codec
  ExpectGlide(slow + fast, 0.95, 2 * kSeconds, 0.1);
  ExpectError(slow + Bytes(fast.begin(), fast.end() - 3), ErrorCode::kMalformed, "truncated");
}

TEST(Containers, AnOggWithAPageMissingOrDamagedIsMalformed) {
  const Bytes file = Shop().Ffmpeg("-c:a libopus -page_duration 100000", "pages.ogg");
  const std::vector<std::size_t> pages = OggPages(file);
  ASSERT_GT(pages.size(), 10U);
  Bytes hole(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(pages[6]));
  hole.insert(hole.end(), file.begin() + static_cast<std::ptrdiff_t>(pages[7]), file.end());
  ExpectError(hole, ErrorCode::kMalformed, "missing");
  Bytes flipped = file;
  flipped[pages[6] + 60] ^= 1;
  ExpectError(flipped, ErrorCode::kMalformed, "checksum");
}

TEST(Containers, LegalPartsThatFewWritersMakeAreNoDamage) {
  // Position (0xa7) at the head of every cluster, whose size grows by it; a live recording states
  // no size around its clusters.
  Bytes live = Shop().Ffmpeg("-c:a libopus -live 1", "position.webm");
  const Bytes cluster{0x1f, 0x43, 0xb6, 0x75};
  const Bytes position{0xa7, 0x81, 0x00};
  int clusters = 0;
  for (auto at = live.begin();; ++clusters) {
    at = std::search(at, live.end(), cluster.begin(), cluster.end());
    if (at == live.end()) break;
    at += std::ssize(cluster);
    const int length = std::countl_zero(*at) + 1;  // of the size
    at += length;
    auto carry = static_cast<unsigned>(position.size());
    for (auto digit = at; carry != 0 && digit-- != at - length; carry >>= 8) {
      carry += *digit;
      *digit = static_cast<std::uint8_t>(carry);
    }
    at = live.insert(at, position.begin(), position.end()) + std::ssize(position);
  }
  ASSERT_GT(clusters, 0);
  ExpectGlide(live, 0.97, kSeconds, 0.02);
  // A box of another kind before the table of contents.
  Bytes boxed = Shop().Ffmpeg("-c:a aac -ar 44100", "box.m4a");
  const std::string_view free = "free";
  const auto at = std::search(boxed.begin(), boxed.end(), free.begin(), free.end());
  ASSERT_NE(at, boxed.end());
  std::copy_n("pdin", 4, at);
  ExpectGlide(boxed, 0.98, kSeconds, 0.1);
}

TEST(Containers, OtherBytesBeforeAnMp3DoNotMatter) {
  const Bytes file = Shop().Ffmpeg("-c:a libmp3lame -b:a 64k", "plain.mp3");
  for (const std::uint8_t junk : Bytes{0x00, 0x55, 0xff}) {
    ExpectGlide(Bytes(100, junk) + file, 0.93, kSeconds, 0.15);
    ExpectGlide(file + Bytes(100, junk) + file, 0.93, 2 * kSeconds, 0.3);  // two in a row
  }
}

// ---- What is not read says what it is ----

TEST(Containers, AnotherContainerOrCodecIsNamed) {
  const struct {
    const char* arguments;
    const char* made;
    const char* says;
  } kinds[] = {{"", "x.aiff", "AIFF"},
               {"", "x.caf", "CAF"},
               {"", "x.au", "AU"},
               {"", "x.w64", "Wave64"},
               {"-c:a wmav2", "x.wma", "WMA"},
               {"-c:a wavpack", "x.wv", "WavPack"},
               {"-c:a ac3", "x.mka", "ac3"},
               {"-c:a ac3", "x.mp4", "ac3"},
               {"-c:a wmav2", "y.wav", "wmav2"}};
  for (const auto& kind : kinds) {
    const Bytes file = Shop().Ffmpeg(kind.arguments, kind.made);
    ExpectError(file, ErrorCode::kUnsupported, kind.says);
  }
  const Bytes picture = Shop().Make(
      "ffmpeg -v error -y -f lavfi -i color=s=64x64:r=10:d=1 -c:v libvpx p.webm", "p.webm");
  ExpectError(picture, ErrorCode::kUnsupported, "no sound");
}

TEST(Containers, NothingThatNamesOtherFilesIsFollowed) {
  const std::string here = (Shop() / "glide.wav").string();
  for (const std::string& text :
       {"ffconcat version 1.0\nfile '" + here + "'\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n" + here + "\n#EXT-X-ENDLIST\n",
        "[playlist]\nFile1=" + here + "\n", "<MPD><BaseURL>" + here + "</BaseURL></MPD>"}) {
    ExpectError(Bytes(text.begin(), text.end()), ErrorCode::kMalformed, "not a recording");
  }
}

// ---- The channels ----

TEST(Containers, InvertedStereoIsHeard) {
  for (const char* made : {"inv.wav", "inv.flac", "inv.m4a", "inv.webm"}) {
    const Bytes file = Shop().Ffmpeg("-af 'pan=stereo|c0=0.8*c0|c1=-0.7*c0'", made);
    const auto pcm = DecodeMemory(file, {});
    ASSERT_TRUE(pcm.ok()) << pcm.error().message;
    EXPECT_GT(Likeness(*pcm), 0.9) << made;
    // The louder channel, and not what is left of both, a sixteenth of it.
    EXPECT_NEAR(CheckQuality(*pcm).level_dbfs, -11.0 - 1.9, 3.0) << made;
  }
}

TEST(Containers, OneSilentChannelIsNoCancellation) {
  const Bytes file = Shop().Make("sox glide.wav left.wav remix 1 0", "left.wav");
  const auto pcm = DecodeMemory(file, {});
  ASSERT_TRUE(pcm.ok());
  EXPECT_NEAR(CheckQuality(*pcm).level_dbfs, -11.0 - 6.0, 3.0);  // the average of both, as ever
}

}  // namespace
}  // namespace voizk
