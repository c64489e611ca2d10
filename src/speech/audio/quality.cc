#include <algorithm>
#include <cstdlib>
#include <functional>

#include "speech/audio/level.h"
#include "voizk/audio.h"

namespace voizk {
namespace {

constexpr double kLevelSeconds = 0.5;
constexpr double kActiveRangeDb = 30.0;
constexpr int kClipLevel = 32000;  // resampling rounds the flat tops of clipped waves a little
constexpr std::size_t kClipRun = 3;

/// Samples in runs of at least kClipRun of the same sign at full scale.
std::size_t CountClipped(const SecureVector<std::int16_t>& samples) {
  std::size_t clipped = 0;
  std::size_t run = 0;
  int run_sign = 0;
  for (const int x : samples) {
    const int sign = x >= kClipLevel ? 1 : x <= -kClipLevel ? -1 : 0;
    run = sign != 0 && sign == run_sign ? run + 1 : (sign != 0 ? 1 : 0);
    run_sign = sign;
    if (run == kClipRun) clipped += kClipRun;
    if (run > kClipRun) ++clipped;
  }
  return clipped;
}

/// Levels of consecutive whole frames (the rest at the end is left out; one frame if all is short).
std::vector<double> FrameLevels(const PcmBuffer& pcm, std::size_t frame) {
  std::vector<double> levels;
  SecureVector<double> block(frame);
  for (std::size_t start = 0; start + frame <= pcm.samples.size(); start += frame) {
    for (std::size_t i = 0; i < frame; ++i) block[i] = pcm.samples[start + i] / 32768.0;
    levels.push_back(ToDbfs(BlockRms(block)));
  }
  return levels;
}

}  // namespace

QualityReport CheckQuality(const PcmBuffer& pcm, const QualityLimits& limits) {
  QualityReport report;
  report.seconds = pcm.seconds();
  report.level_dbfs = kSilenceDbfs;
  const auto frame = static_cast<std::size_t>(std::max(1.0, pcm.rate_hz * kLevelBlockSeconds));
  const std::vector<double> levels = FrameLevels(pcm, frame);
  if (!levels.empty()) {
    std::vector<double> sorted = levels;
    // Of a recording too short for half a second, the median frame stands for the level.
    const std::size_t rank =
        std::min(static_cast<std::size_t>(kLevelSeconds / kLevelBlockSeconds), sorted.size() / 2);
    std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(rank),
                     sorted.end(), std::greater<>());
    report.level_dbfs = sorted[rank];
  }
  const double active_from = std::max(limits.min_level_dbfs, report.level_dbfs - kActiveRangeDb);
  const auto active = std::count_if(levels.begin(), levels.end(),
                                    [&](double level) { return level >= active_from; });
  const double active_samples = static_cast<double>(active) * static_cast<double>(frame);
  report.active_seconds = pcm.rate_hz > 0 ? active_samples / pcm.rate_hz : 0.0;
  report.clipped_fraction =
      static_cast<double>(CountClipped(pcm.samples)) / std::max(1.0, active_samples);

  if (report.level_dbfs < limits.min_level_dbfs) {
    report.problems.push_back(QualityProblem::kSilent);
  } else if (report.active_seconds < limits.min_active_seconds) {
    report.problems.push_back(QualityProblem::kTooShort);
  }
  if (report.clipped_fraction > limits.max_clipped_fraction) {
    report.problems.push_back(QualityProblem::kClipped);
  }
  return report;
}

const char* Name(QualityProblem problem) {
  switch (problem) {
    case QualityProblem::kSilent:
      return "silent";
    case QualityProblem::kTooShort:
      return "too_short";
    case QualityProblem::kClipped:
      return "clipped";
  }
  return "unknown";
}

const char* Advice(QualityProblem problem) {
  switch (problem) {
    case QualityProblem::kSilent:
      return "The recording is silent: check that the right microphone is chosen and not muted.";
    case QualityProblem::kTooShort:
      return "There is too little speech: say the whole phrase before the recording stops.";
    case QualityProblem::kClipped:
      return "The recording is clipped: lower the microphone's gain or move away from it.";
  }
  return "";
}

}  // namespace voizk
