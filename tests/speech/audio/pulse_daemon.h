// A sound server of the test's own, whose only microphone is a pipe.
#ifndef VOIZK_TESTS_SPEECH_AUDIO_PULSE_DAEMON_H_
#define VOIZK_TESTS_SPEECH_AUDIO_PULSE_DAEMON_H_

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "speech/audio/sound_files.h"

extern char** environ;

namespace voizk {

/// Starts PulseAudio with one pipe source (16-bit mono) in a folder of its own, and points ALSA,
/// hence PortAudio, at it by environment variables.  Ends the daemon when it goes.
class PulseDaemon {
 public:
  explicit PulseDaemon(int rate_hz) : rate_hz_(rate_hz) {
    std::ofstream(dir_ / "asound.conf")
        << "pcm.pulse { type pulse hint { show on description \"test\" } }\n"
           "ctl.pulse { type pulse }\n"
           "pcm.!default { type pulse hint { show on description \"default\" } }\n"
           "ctl.!default { type pulse }\n"
           "defaults.pcm.card 0\ndefaults.ctl.card 0\n";
    const std::string socket = dir_ / "socket";
    setenv("XDG_RUNTIME_DIR", dir_.path().c_str(), 1);
    setenv("XDG_CONFIG_HOME", dir_.path().c_str(), 1);
    setenv("HOME", dir_.path().c_str(), 1);
    setenv("PULSE_SERVER", ("unix:" + socket).c_str(), 1);
    setenv("ALSA_CONFIG_PATH", (dir_ / "asound.conf").c_str(), 1);
    const std::string source =
        "module-pipe-source source_name=pipe file=" + (dir_ / "pipe").string() +
        " format=s16le channels=1 rate=" + std::to_string(rate_hz);
    const std::string protocol =
        "module-native-protocol-unix auth-anonymous=1 auth-cookie-enabled=0 socket=" + socket;
    std::vector<std::string> words = {"pulseaudio",
                                      "-n",
                                      "--daemonize=no",
                                      "--system=false",
                                      "--use-pid-file=no",
                                      "--exit-idle-time=-1",
                                      "--disable-shm=yes",
                                      "--log-target=file:" + (dir_ / "log").string(),
                                      "-L",
                                      source,
                                      "-L",
                                      protocol};
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    if (posix_spawnp(&pid_, "pulseaudio", &actions, nullptr, argv.data(), environ) != 0) pid_ = -1;
    posix_spawn_file_actions_destroy(&actions);
    for (int i = 0; i < 200 && pid_ > 0 && !ready_; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      ready_ = std::filesystem::exists(socket) && std::filesystem::exists(dir_ / "pipe");
    }
  }

  ~PulseDaemon() { Stop(); }
  PulseDaemon(const PulseDaemon&) = delete;
  PulseDaemon& operator=(const PulseDaemon&) = delete;

  /// Ends the daemon; the folder with ALSA's configuration stays.
  void Stop() {
    if (pid_ <= 0) return;
    kill(pid_, SIGTERM);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

  bool ready() const { return ready_; }
  std::filesystem::path pipe() const { return dir_ / "pipe"; }
  int rate_hz() const { return rate_hz_; }
  std::string log() const {
    std::ifstream in(dir_ / "log");
    return {std::istreambuf_iterator<char>(in), {}};
  }

 private:
  TempDir dir_;
  int rate_hz_;
  pid_t pid_ = -1;
  bool ready_ = false;
};

/// Writes faint noise into the daemon's pipe in real time, and `sound` once, when told to.
class PipeFeeder {
 public:
  PipeFeeder(const PulseDaemon& daemon, std::vector<std::int16_t> sound)
      : sound_(std::move(sound)),
        fd_(open(daemon.pipe().c_str(), O_WRONLY | O_CLOEXEC)),
        thread_([this, rate_hz = daemon.rate_hz()] { Run(rate_hz); }) {}
  ~PipeFeeder() {
    stop_ = true;
    thread_.join();
    close(fd_);
  }
  PipeFeeder(const PipeFeeder&) = delete;
  PipeFeeder& operator=(const PipeFeeder&) = delete;

  void Play() { play_ = true; }

 private:
  void Run(int rate_hz) {
    const auto block = static_cast<std::size_t>(rate_hz / 100);
    auto next = std::chrono::steady_clock::now();
    std::size_t position = 0;
    std::uint32_t noise = 1;
    signal(SIGPIPE, SIG_IGN);  // the daemon may go first
    while (!stop_) {
      std::vector<std::int16_t> samples(block);
      for (auto& sample : samples) {
        if (play_ && position < sound_.size()) {
          sample = sound_[position++];
        } else {
          noise = noise * 1664525 + 1013904223;
          sample = static_cast<std::int16_t>(static_cast<int>(noise >> 28) - 8);
        }
      }
      if (write(fd_, samples.data(), 2 * block) < 0) return;
      next += std::chrono::milliseconds(10);
      std::this_thread::sleep_until(next);
    }
  }

  std::vector<std::int16_t> sound_;
  std::atomic<bool> play_ = false;
  std::atomic<bool> stop_ = false;
  int fd_;
  std::thread thread_;
};

}  // namespace voizk

#endif  // VOIZK_TESTS_SPEECH_AUDIO_PULSE_DAEMON_H_
