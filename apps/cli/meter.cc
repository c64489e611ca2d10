#include "meter.h"

#include <fmt/format.h>

#include <algorithm>

namespace voizk::cli {
std::function<bool(const CaptureLevel&)> LevelMeter(const Context& context) {
  if (!ProgressShown(context)) return {};
  return [](const CaptureLevel& level) {
    constexpr int kWidth = 40;  // 60 dB
    const int filled = std::clamp(static_cast<int>((level.rms_dbfs + 60) / 60 * kWidth), 0, kWidth);
    WriteErr(fmt::format("\r\x1b[K{:5.1f} s [{:#<{}}{:.<{}}] {:4.0f} dBFS{}", level.seconds, "",
                         filled, "", kWidth - filled, level.rms_dbfs,
                         level.peak_dbfs > -0.2 ? "  too loud" : ""));
    return true;
  };
}

void FinishLevelMeter(const Context& context) {
  if (ProgressShown(context)) WriteErr("\r\x1b[K");
}

}  // namespace voizk::cli
