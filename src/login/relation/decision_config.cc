#include "login/relation/decision_config.h"

namespace voizk {

Status CheckDecision(const DecisionConfig& c) {
  const auto bad = [](const char* what) { return Status(ErrorCode::kMalformed, what); };
  const auto in = [](int32_t v, int32_t lo, int32_t hi) { return v >= lo && v <= hi; };
  for (const int32_t d : c.min_frames) {
    if (!in(d, 1, 100)) return bad("decision: min_frames");
  }
  if (!in(c.margin_base, 0, 1 << 24) || !in(c.margin_per_digit, 0, 1 << 20)) {
    return bad("decision: margin");
  }
  // At least one pooled frame: the mean over the mask divides by their number.
  if (!in(c.inside_min, 1, 1 << 20) || !in(c.outside_max, 0, 1 << 20)) {
    return bad("decision: inside_min, outside_max");
  }
  const EvenDigits& d = c.digits;
  if (!in(d.frames_max, 1, 1 << 16) || !in(d.voiced_min, 0, d.frames_max) ||
      !in(d.voiced_percent, 0, 100)) {
    return bad("decision: digit_frames_max, digit_voiced_min, digit_voiced_percent");
  }
  // The mean itself is always allowed: a digit at 100 % is.
  if (!in(d.share_percent_lo, 0, 100) || !in(d.share_percent_hi, 100, 1600)) {
    return bad("decision: digit_share_percent");
  }
  if (!in(d.level_range, 0, 1 << 15)) return bad("decision: digit_level_range");
  // A positive threshold, so that a score of any sign cannot pass with an all-zero side.
  if (!in(c.theta_q12, 1, 4096)) return bad("decision: theta_q12");
  constexpr int32_t kNorm2Max =
      static_cast<int32_t>(kEmbeddingSize) * kEmbeddingMax * kEmbeddingMax;
  if (!in(c.template_norm2_lo, 1, kNorm2Max) ||
      !in(c.template_norm2_hi, c.template_norm2_lo, kNorm2Max) ||
      !in(c.embedding_norm2_min, 1, kNorm2Max) || !in(c.template_norm, 1, 1016)) {
    return bad("decision: norms");
  }
  if (!in(c.phrase_digits_min, 1, 16) || !in(c.phrase_digits_max, c.phrase_digits_min, 16)) {
    return bad("decision: phrase_digits");
  }
  if (!in(c.enrol_min_utterances, 1, 1000) || !in(c.enrol_voiced_min, 0, 1 << 24)) {
    return bad("decision: enrolment");
  }
  return Status();
}

}  // namespace voizk
