#include "speech/audio/stderr_silencer.h"

#include <fcntl.h>
#include <unistd.h>

#include <mutex>

namespace voizk {
namespace {

// The descriptor is the process's, so is the count of those who want it silent.
std::mutex g_mutex;
int g_holders = 0;
int g_saved = -1;

}  // namespace

StderrSilencer::StderrSilencer() {
  const std::lock_guard lock(g_mutex);
  if (g_holders++ > 0) return;
  const int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (null < 0) return;
  g_saved = fcntl(2, F_DUPFD_CLOEXEC, 3);
  if (g_saved >= 0) dup2(null, 2);
  close(null);
}

StderrSilencer::~StderrSilencer() {
  const std::lock_guard lock(g_mutex);
  if (--g_holders > 0 || g_saved < 0) return;
  dup2(g_saved, 2);
  close(g_saved);
  g_saved = -1;
}

}  // namespace voizk
