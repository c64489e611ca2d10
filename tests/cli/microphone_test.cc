// `voizk login` with a microphone: PortAudio -> ALSA -> a private PulseAudio whose microphone is a
// pipe that plays a phrase.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "source_dir.h"
#include "speech/audio/pulse_daemon.h"
#include "support/temp_dir.h"

namespace voizk {
namespace {

const std::string kSounds = "/usr/share/asterisk/sounds/en_US_f_Allison/";
constexpr int kRate = 8000;
constexpr size_t kWavHeader = 44;
constexpr int kAttempts = 8;  // the operating point refuses some right phrases

/// Exit code of the program with these arguments, standard output to `out`.
int Voizk(const std::string& arguments, const std::string& out = "/dev/null") {
  const int status =
      std::system((std::string(VOIZK_PROGRAM) + " " + arguments + " >" + out).c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::vector<int16_t> SamplesOf(const std::string& wav) {
  std::ifstream in(wav, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(in)), {});
  std::vector<int16_t> samples;
  for (size_t i = kWavHeader; i + 1 < bytes.size(); i += 2) {
    samples.push_back(static_cast<int16_t>(static_cast<uint8_t>(bytes[i]) |
                                           static_cast<uint8_t>(bytes[i + 1]) << 8));
  }
  return samples;
}

/// What the machine lacks for these tests; empty: nothing.
std::string Missing() {
  if (std::system("command -v pulseaudio >/dev/null 2>&1") != 0) {
    return "pulseaudio is not installed: tools/install-packages installs it";
  }
  if (!std::filesystem::exists(kSounds + "digits/0.wav")) {
    return "no " + kSounds + " (asterisk-core-sounds-en-wav)";
  }
  if (!std::filesystem::exists(std::string(VOIZK_SOURCE_DIR) + "/models/digits8k/bundle.json")) {
    return "no models/digits8k";
  }
  return {};
}

constexpr std::array kPrompts = {"vm-record-prepend", "vm-rec-unv", "vm-intro",
                                 "demo-enterkeywords"};

TEST(CliMicrophone, LogsInByVoice) {
  if (const std::string missing = Missing(); !missing.empty()) GTEST_SKIP() << missing;
  const TempDir folder;
  const auto in_folder = [&folder](const char* name) { return (folder / name).string(); };
  setenv("VOIZK_HOME", folder.path().c_str(), 1);
  std::ofstream(in_folder("pw")) << "correct horse\n";
  const std::string pass = " --passphrase-file " + in_folder("pw");
  ASSERT_EQ(Voizk("state init " + in_folder("state")), 0);
  std::string prompts;
  for (const char* name : kPrompts) prompts += " " + kSounds + name + ".wav";
  ASSERT_EQ(Voizk("enrol --rp bank.example --out " + in_folder("pub.json") + pass + prompts), 0);

  const PulseDaemon daemon(kRate);
  ASSERT_TRUE(daemon.ready()) << daemon.log();
  int code = -1;
  for (int attempt = 0; attempt < kAttempts && code != 0; ++attempt) {
    ASSERT_EQ(Voizk("challenge --rp bank.example --digits 5 --json --out " + in_folder("c.json"),
                    in_folder("challenge.txt")),
              0);
    const std::string phrase =
        nlohmann::json::parse(std::ifstream(in_folder("challenge.txt")))["phrase"];
    std::string clips;
    for (const char digit : phrase) clips += " " + kSounds + "digits/" + digit + ".wav";
    ASSERT_EQ(
        Voizk("record --overwrite --gap 0.02 --out " + in_folder("phrase.wav") + " --join" + clips),
        0);
    PipeFeeder feeder(daemon, SamplesOf(in_folder("phrase.wav")));
    std::thread speaker([&feeder] {
      std::this_thread::sleep_for(std::chrono::milliseconds(1500));
      feeder.Play();
    });
    code = Voizk("login --seconds 12 --challenge " + in_folder("c.json") + " --out " +
                 in_folder("login.proof") + pass);
    speaker.join();
    ASSERT_TRUE(code == 0 || code == 3) << "a refusal at worst";
  }
  ASSERT_EQ(code, 0) << "no phrase of " << kAttempts << " was accepted";
  EXPECT_EQ(
      Voizk("verify --proof " + in_folder("login.proof") + " --challenge " + in_folder("c.json") +
            " --credential " + in_folder("pub.json") + " --state " + in_folder("state")),
      0);
}

// The speaker talks on, with pauses; enrolment takes four stretches of it, and a phrase of the same
// voice is then accepted with what it stored.
TEST(CliMicrophone, EnrolsByVoice) {
  if (const std::string missing = Missing(); !missing.empty()) GTEST_SKIP() << missing;
  const TempDir folder;
  const auto in_folder = [&folder](const char* name) { return (folder / name).string(); };
  setenv("VOIZK_HOME", folder.path().c_str(), 1);
  std::ofstream(in_folder("pw")) << "correct horse\n";
  const std::string pass = " --passphrase-file " + in_folder("pw");
  ASSERT_EQ(Voizk("state init " + in_folder("state")), 0);
  std::vector<int16_t> talk;
  for (int i = 0; i < 40; ++i) {
    const auto prompt = SamplesOf(kSounds + kPrompts[static_cast<size_t>(i) % 4] + ".wav");
    talk.insert(talk.end(), prompt.begin(), prompt.end());
    for (int n = 0; n < 5 * kRate / 2; ++n) talk.push_back(static_cast<int16_t>(n * n % 15 - 7));
  }
  {
    const PulseDaemon daemon(kRate);
    ASSERT_TRUE(daemon.ready()) << daemon.log();
    PipeFeeder feeder(daemon, talk);
    feeder.Play();
    ASSERT_EQ(Voizk("enrol --rp bank.example --seconds 10 --out " + in_folder("pub.json") + pass),
              0);
  }
  const auto pub = nlohmann::json::parse(std::ifstream(in_folder("pub.json")));
  EXPECT_EQ(pub["relying_party"], "bank.example");
  int code = -1;
  for (int attempt = 0; attempt < kAttempts && code != 0; ++attempt) {
    ASSERT_EQ(Voizk("challenge --rp bank.example --digits 5 --json --out " + in_folder("c.json"),
                    in_folder("challenge.txt")),
              0);
    const std::string phrase =
        nlohmann::json::parse(std::ifstream(in_folder("challenge.txt")))["phrase"];
    std::string clips;
    for (const char digit : phrase) clips += " " + kSounds + "digits/" + digit + ".wav";
    ASSERT_EQ(
        Voizk("record --overwrite --gap 0.1 --out " + in_folder("phrase.wav") + " --join" + clips),
        0);
    code = Voizk("prove --challenge " + in_folder("c.json") + " --audio " +
                 in_folder("phrase.wav") + " --out " + in_folder("login.proof") + pass);
  }
  EXPECT_EQ(code, 0) << "no phrase of " << kAttempts << " was accepted";
}

}  // namespace
}  // namespace voizk
