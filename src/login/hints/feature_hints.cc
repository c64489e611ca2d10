#include <algorithm>
#include <cstdlib>

#include "base/secure.h"
#include "login/hints/hints.h"
#include "speech/features/level.h"
#include "speech/features/voice_activity.h"

namespace voizk {
namespace {

Status Misfit(const char* what) { return {ErrorCode::kInternal, what}; }

}  // namespace

Status LevelHint(const HintCall& call) {
  if (call.views.size() != 1 || call.params.size() != 3 || call.outputs.size() != kLevelOutputs) {
    return Misfit("level: step does not fit");
  }
  const auto& x = call.views[0];
  const size_t width = call.outputs[kLevelColumn].size(), rows = call.outputs[kLevelRow].size();
  if (x.size() != rows * width || x.empty()) return Misfit("level: shapes do not fit");
  const auto gain_log2 = static_cast<int>(call.params[0]), shift = static_cast<int>(call.params[1]);
  const int64_t limit = call.params[2], step = int64_t{1} << shift;

  const auto largest = std::max_element(
      x.begin(), x.end(), [](int64_t a, int64_t b) { return std::abs(a) < std::abs(b); });
  const auto at = static_cast<size_t>(largest - x.begin());
  const int64_t peak = std::abs(*largest);
  // A silent buffer has no gain; its peak is out of range and refuses.
  const int64_t gain = (int64_t{1} << gain_log2) / std::max<int64_t>(peak, 1);
  const auto set = [&call](LevelOutput k, size_t i, int64_t v) {
    call.outputs[k][i] = static_cast<int32_t>(v);
  };
  set(kLevelRow, at / width, 1);
  set(kLevelColumn, at % width, 1);
  for (size_t j = 0; j < width; ++j) set(kLevelColumns, j, x[at / width * width + j]);
  set(kLevelSample, 0, *largest);
  set(kLevelNegative, 0, *largest < 0);
  set(kLevelPeak, 0, peak);
  set(kLevelGain, 0, gain);
  set(kLevelRemainder, 0, (int64_t{1} << gain_log2) - gain * peak);
  for (size_t i = 0; i < x.size(); ++i) {
    const int64_t scaled = x[i] * gain + step / 2, x1 = scaled >> shift;
    set(kLevelX1, i, x1);
    set(kLevelLow, i, scaled - x1 * step);
    set(kLevelEdge, i, x1 == limit ? step : x1 == -limit ? 2 * step : 0);
  }
  return {};
}

Status NoiseHint(const HintCall& call) {
  if (call.views.size() != 1 || call.params.size() != 2 || call.outputs.size() != 1) {
    return Misfit("noise level: step does not fit");
  }
  SecureVector<int64_t> live;
  for (const int64_t e : call.views[0]) {
    if (e >= call.params[1]) live.push_back(e);
  }
  call.outputs[0][0] = static_cast<int32_t>(call.params[1]);
  if (live.empty()) return {};
  std::sort(live.begin(), live.end());
  const auto percentile = static_cast<size_t>(call.params[0]);
  const size_t rank = (live.size() + percentile - 1) / percentile;
  call.outputs[0][0] = static_cast<int32_t>(live[rank - 1]);
  return {};
}

}  // namespace voizk
