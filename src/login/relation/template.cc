#include "login/relation/template.h"

#include <algorithm>
#include <cmath>

namespace voizk {
namespace {

__extension__ using Int128 = __int128;

// Rounded and clamped to the template's range; returns |t|^2.
int64_t Scale(std::span<const double> direction, double norm, VoiceTemplate& out) {
  int64_t norm2 = 0;
  for (size_t i = 0; i < kEmbeddingSize; ++i) {
    const double v = std::clamp(std::nearbyint(direction[i] * norm), -127.0, 127.0);
    out[i] = static_cast<int8_t>(v);
    norm2 += int64_t{out[i]} * out[i];
  }
  return norm2;
}

}  // namespace

Result<VoiceTemplate> AverageEmbeddings(const DecisionConfig& c,
                                        std::span<const Embedding> embeddings) {
  SecureArray<double, kEmbeddingSize> mean;
  for (const Embedding& e : embeddings) {
    double norm2 = 0;
    for (const int32_t v : e) norm2 += double(v) * v;
    if (norm2 < c.embedding_norm2_min) {
      return {ErrorCode::kRefused, "an utterance carries too little of a voice"};
    }
    for (size_t i = 0; i < kEmbeddingSize; ++i) mean[i] += e[i] / std::sqrt(norm2);
  }
  double norm2 = 0;
  for (const double v : mean) norm2 += v * v;
  if (!(norm2 > 1e-6)) return {ErrorCode::kRefused, "the utterances have nothing in common"};
  for (double& v : mean.span()) v /= std::sqrt(norm2);

  // The norm is set by rounding and, with very large components, by clamping: search for a scale
  // whose result lies in the interval, starting from the nominal one.
  VoiceTemplate t;
  double low = 0, high = 0, scale = c.template_norm;
  for (int step = 0; step < 60; ++step) {
    const int64_t reached = Scale(mean.span(), scale, t);
    if (reached >= c.template_norm2_lo && reached <= c.template_norm2_hi) return t;
    if (reached < c.template_norm2_lo) {
      low = scale;
      scale = high > 0 ? (low + high) / 2 : scale * 1.1;
    } else {
      high = scale;
      scale = (low + high) / 2;
    }
  }
  return {ErrorCode::kRefused, "no template of the published norm fits these utterances"};
}

bool SameVoice(const DecisionConfig& c, std::span<const int32_t> e, std::span<const int8_t> t) {
  if (e.size() != t.size()) return false;
  int64_t dot = 0, e2 = 0, t2 = 0;
  for (size_t i = 0; i < e.size(); ++i) {
    dot += int64_t{e[i]} * t[i];
    e2 += int64_t{e[i]} * e[i];
    t2 += int64_t{t[i]} * t[i];
  }
  if (dot < 1 || e2 < c.embedding_norm2_min || t2 < c.template_norm2_lo ||
      t2 > c.template_norm2_hi) {
    return false;
  }
  const Int128 left = Int128{dot} * dot << 24;
  return left >= Int128{e2} * t2 * c.theta_q12 * c.theta_q12;
}

}  // namespace voizk
