// WAV files written: read back bit for bit, private, nothing overwritten unasked, no half file on a
// full disk.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "speech/audio/sound_files.h"
#include "voizk/audio.h"

namespace voizk {
namespace {

PcmBuffer Ramp(int count) {
  PcmBuffer pcm;
  pcm.rate_hz = 8000;
  for (int i = 0; i < count; ++i) pcm.samples.push_back(static_cast<std::int16_t>(i * 7 - 32768));
  return pcm;
}

unsigned ModeOf(const std::filesystem::path& path) {
  struct stat info {};
  EXPECT_EQ(stat(path.c_str(), &info), 0);
  return info.st_mode & 07777;
}

TEST(WriteWav, IsReadBackBitForBitAndOnlyForItsOwner) {
  const TempDir dir;
  const mode_t old_mask = umask(0);
  const PcmBuffer pcm = Ramp(5000);
  ASSERT_TRUE(WriteWav(dir / "r.wav", pcm).ok());
  umask(old_mask);
  EXPECT_EQ(ModeOf(dir / "r.wav"), 0600U);
  const auto back = DecodeFile(dir / "r.wav", {});
  ASSERT_TRUE(back.ok()) << back.error().message;
  EXPECT_EQ(back->samples, pcm.samples);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(dir.path()), {}), 1);
}

TEST(WriteWav, OverwritesOnlyWhenTold) {
  const TempDir dir;
  std::ofstream(dir / "r.wav") << "something longer than nothing";
  chmod((dir / "r.wav").c_str(), 0644);
  EXPECT_EQ(WriteWav(dir / "r.wav", Ramp(10)).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(ReadBytes(dir / "r.wav").size(), 29U);
  ASSERT_TRUE(WriteWav(dir / "r.wav", Ramp(10), Overwrite::kYes).ok());
  EXPECT_EQ(DecodeFile(dir / "r.wav", {})->samples.size(), 10U);
  EXPECT_EQ(ModeOf(dir / "r.wav"), 0600U);
}

TEST(WriteWav, RefusesNothingAndBadPlaces) {
  const TempDir dir;
  EXPECT_EQ(WriteWav(dir / "r.wav", PcmBuffer()).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(WriteWav(dir / "no" / "r.wav", Ramp(10)).error().code, ErrorCode::kIo);
  EXPECT_EQ(WriteWav("/dev/null", Ramp(10), Overwrite::kYes).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_TRUE(std::filesystem::exists("/dev/null"));
}

TEST(WriteWav, AFullDiskIsReportedAndLeavesNoHalfFile) {
  const TempDir dir;
  const pid_t pid = fork();
  if (pid == 0) {  // a file-size limit stands for the full disk: writes fall short in the same way
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit = {4096, 4096};
    setrlimit(RLIMIT_FSIZE, &limit);
    const Status status = WriteWav(dir / "r.wav", Ramp(50000));
    _exit(!status.ok() && status.error().code == ErrorCode::kIo ? 0 : 1);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT_FALSE(std::filesystem::exists(dir / "r.wav"));
}

}  // namespace
}  // namespace voizk
