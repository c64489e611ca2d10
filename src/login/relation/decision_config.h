// The bundle's decision section (docs/bundle.md, 4; docs/decision.md): public thresholds.
#ifndef VOIZK_LOGIN_RELATION_DECISION_CONFIG_H_
#define VOIZK_LOGIN_RELATION_DECISION_CONFIG_H_

#include <array>
#include <cstdint>

#include "base/result.h"

namespace voizk {

/// Outputs of the recogniser, in order: the digits 0..9, then these.
inline constexpr int32_t kClassOh = 10;
inline constexpr int32_t kClassSilence = 11;
inline constexpr int32_t kClassOther = 12;
inline constexpr int32_t kClasses = 13;

/// Cells of an embedding and of a template.
inline constexpr uint32_t kEmbeddingSize = 64;
inline constexpr int32_t kEmbeddingMax = 127;

/// How evenly the digits carry the voice (docs/decision.md, 1); frames are of 20 ms.
struct EvenDigits {
  int32_t frames_max = 0;        // of one digit
  int32_t voiced_min = 0;        // pooled frames of a digit
  int32_t voiced_percent = 0;    // pooled frames of a digit, of all of its frames
  int32_t share_percent_lo = 0;  // pooled frames of a digit, of the mean over the digits
  int32_t share_percent_hi = 0;
  int32_t level_range = 0;  // mean energy of a digit's pooled frames below the loudest digit's
};

struct DecisionConfig {
  std::array<int32_t, 10> min_frames{};  // shortest duration of each digit, 20 ms frames
  int32_t margin_base = 0;
  int32_t margin_per_digit = 0;
  int32_t inside_min = 0;   // voiced 20 ms frames in phrase states
  int32_t outside_max = 0;  // voiced 20 ms frames elsewhere
  EvenDigits digits;
  int32_t theta_q12 = 0;  // cosine threshold, 4096 = 1
  int32_t template_norm = 0;
  int32_t template_norm2_lo = 0;
  int32_t template_norm2_hi = 0;
  int32_t embedding_norm2_min = 0;
  int32_t phrase_digits_min = 0;
  int32_t phrase_digits_max = 0;
  int32_t enrol_min_utterances = 0;
  int32_t enrol_voiced_min = 0;
};

Status CheckDecision(const DecisionConfig& c);

}  // namespace voizk

#endif  // VOIZK_LOGIN_RELATION_DECISION_CONFIG_H_
