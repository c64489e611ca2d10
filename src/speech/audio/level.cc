#include "speech/audio/level.h"

#include <algorithm>
#include <cmath>

namespace voizk {
namespace {

constexpr double kAboveFloorDb = 12.0;
constexpr double kLoudFromDbfs = -50.0;
constexpr int kLoudRun = 3;
constexpr double kFloorFraction = 0.1;

}  // namespace

double ToDbfs(double amplitude) {
  if (!(amplitude > 0.0)) return kSilenceDbfs;
  return std::max(kSilenceDbfs, 20.0 * std::log10(amplitude));
}

double BlockRms(std::span<const double> samples) {
  if (samples.empty()) return 0.0;
  const auto count = static_cast<double>(samples.size());
  double mean = 0.0;
  for (double x : samples) mean += x;
  mean /= count;
  double energy = 0.0;
  for (double x : samples) energy += (x - mean) * (x - mean);
  return std::sqrt(energy / count);
}

double EndpointDetector::Floor() const {
  int below = 0;
  for (std::size_t bin = histogram_.size(); bin-- > 0;) {  // from the quietest upwards
    below += histogram_[bin];
    if (below > kFloorFraction * counted_) return -static_cast<double>(bin);
  }
  return kSilenceDbfs;
}

void EndpointDetector::Add(double level_dbfs) {
  if (level_dbfs > kSilenceDbfs) {
    const double bin = std::clamp(std::round(-level_dbfs), 0.0, -kSilenceDbfs);
    ++histogram_[static_cast<std::size_t>(bin)];
    ++counted_;
  }
  loud_ = level_dbfs > std::max(Floor() + kAboveFloorDb, kLoudFromDbfs);
  loud_run_ = loud_ ? loud_run_ + 1 : 0;
  if (loud_run_ >= kLoudRun) {
    speech_began_ = true;
    quiet_run_ = 0;
  }
  if (speech_began_ && loud_run_ < kLoudRun) ++quiet_run_;
}

bool EndpointDetector::ended() const {
  return speech_began_ && quiet_run_ * kLevelBlockSeconds >= silence_seconds_;
}

}  // namespace voizk
