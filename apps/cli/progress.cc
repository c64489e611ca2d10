#include "progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "common.h"

namespace voizk::cli {

bool ProgressShown(const Context& context) {
  return !context.quiet && !context.json && isatty(STDERR_FILENO) == 1;
}

void ProgressBar::Update(const char* stage, double fraction) {
  constexpr int kWidth = 30;
  const int filled = std::clamp(static_cast<int>(fraction * kWidth), 0, kWidth);
  if (stage == stage_ && filled == shown_) return;
  stage_ = stage;
  shown_ = filled;
  WriteErr(fmt::format("\r\x1b[K{:<12} [{:#<{}}{:.<{}}]", stage, "", filled, "", kWidth - filled));
  if (fraction >= 1.0) Finish();
}

void ProgressBar::Finish() {
  if (shown_ >= 0) WriteErr("\r\x1b[K");
  shown_ = -1;
}

Notice::Notice(const Context& context, const std::string& text) : shown_(ProgressShown(context)) {
  if (shown_) WriteErr(fmt::format("\r\x1b[K{} ...", text));
}

Notice::~Notice() {
  if (shown_) WriteErr("\r\x1b[K");
}

}  // namespace voizk::cli
