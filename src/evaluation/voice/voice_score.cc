#include "evaluation/voice/voice_score.h"

#include <algorithm>
#include <cmath>

#include "login/relation/template.h"

namespace voizk {

double VoiceThreshold(const DecisionConfig& c) { return c.theta_q12 / 4096.0; }

double VoiceScore(const DecisionConfig& c, std::span<const int32_t> e, std::span<const int8_t> t) {
  int64_t dot = 0, e2 = 0, t2 = 0;
  for (size_t i = 0; i < std::min(e.size(), t.size()); ++i) {
    dot += int64_t{e[i]} * t[i];
    e2 += int64_t{e[i]} * e[i];
    t2 += int64_t{t[i]} * t[i];
  }
  if (e2 < std::max(c.embedding_norm2_min, 1) || t2 == 0) return -1;
  const double cosine = static_cast<double>(dot) / std::sqrt(static_cast<double>(e2 * t2));
  const double threshold = VoiceThreshold(c);
  if (SameVoice(c, e, t)) return std::min(1.0, std::max(cosine, threshold));
  return std::max(-1.0, std::min(cosine, std::nextafter(threshold, -1.0)));
}

}  // namespace voizk
