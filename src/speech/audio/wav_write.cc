#include <fcntl.h>
#include <sndfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "base/exceptions.h"
#include "voizk/audio.h"

namespace voizk {
namespace {

/// Writes header and samples; true when every byte reached the kernel.
bool WriteSamples(int fd, const PcmBuffer& pcm) {
  SF_INFO info = {};
  info.samplerate = pcm.rate_hz;
  info.channels = 1;
  info.format = SF_FORMAT_WAV | SF_FORMAT_PCM_16;
  SNDFILE* file = sf_open_fd(fd, SFM_WRITE, &info, SF_FALSE);
  if (file == nullptr) return false;
  const auto count = static_cast<sf_count_t>(pcm.samples.size());
  const bool written = sf_writef_short(file, pcm.samples.data(), count) == count;
  return sf_close(file) == 0 && written;  // closing rewrites the lengths in the header
}

}  // namespace

Status WriteWav(const std::string& path, const PcmBuffer& pcm, Overwrite overwrite) try {
  if (pcm.samples.empty() || pcm.rate_hz <= 0) {
    return {ErrorCode::kInvalidArgument, path + ": there is no sound to write"};
  }
  const int create = overwrite == Overwrite::kYes ? O_TRUNC : O_EXCL;
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | create, 0600);
  if (fd < 0) {
    if (errno == EEXIST) {
      return {ErrorCode::kInvalidArgument, path + ": the file exists already"};
    }
    return {ErrorCode::kIo, path + ": " + std::strerror(errno)};
  }
  struct stat info {};
  if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {  // a device must not be unlinked below
    close(fd);
    return {ErrorCode::kInvalidArgument, path + ": not a regular file"};
  }
  bool good = fchmod(fd, 0600) == 0 && WriteSamples(fd, pcm);
  good = fsync(fd) == 0 && good;
  const auto expected = static_cast<off_t>(pcm.samples.size() * sizeof(std::int16_t));
  good = fstat(fd, &info) == 0 && info.st_size >= expected && good;
  if (close(fd) != 0) good = false;
  if (good) return {};
  unlink(path.c_str());
  return {ErrorCode::kIo, path + ": the recording could not be written (disk full?)"};
} catch (...) {
  return ErrorOfException();
}

}  // namespace voizk
