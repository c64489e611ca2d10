#include "meter.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

namespace voizk::cli {
namespace {

bool Shown(const Context& context) { return !context.quiet && isatty(STDERR_FILENO) == 1; }

}  // namespace

std::function<bool(const CaptureLevel&)> LevelMeter(const Context& context) {
  if (!Shown(context)) return {};
  return [](const CaptureLevel& level) {
    constexpr int kWidth = 40;  // 60 dB
    const int filled = std::clamp(static_cast<int>((level.rms_dbfs + 60) / 60 * kWidth), 0, kWidth);
    fmt::print(stderr, "\r\x1b[K{:5.1f} s [{:#<{}}{:.<{}}] {:4.0f} dBFS{}", level.seconds, "",
               filled, "", kWidth - filled, level.rms_dbfs,
               level.peak_dbfs > -0.2 ? "  too loud" : "");
    std::fflush(stderr);
    return true;
  };
}

void FinishLevelMeter(const Context& context) {
  if (Shown(context)) fmt::print(stderr, "\r\x1b[K");
}

}  // namespace voizk::cli
