#include "wav_output.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>

#include "files.h"
#include "interrupt.h"

namespace voizk::cli {

Status WriteRecording(const std::string& path, const PcmBuffer& pcm, bool overwrite) {
  if (path != "-") {
    const Unbroken whole;
    return WriteWav(path, pcm, overwrite ? Overwrite::kYes : Overwrite::kNo);
  }
  // The header holds lengths that are known at the end, and a pipe cannot be gone back in.
  const int fd = memfd_create("recording", MFD_CLOEXEC);
  if (fd < 0) return {ErrorCode::kIo, "no memory for the recording"};
  const std::string name = "/proc/self/fd/" + std::to_string(fd);
  Status status = WriteWav(name, pcm, Overwrite::kYes);
  if (status.ok()) {
    const auto bytes = ReadSecretFile(name, SIZE_MAX);
    status = bytes.ok() ? WriteOut(*bytes) : bytes.status();
  }
  close(fd);
  return status;
}

}  // namespace voizk::cli
