// The score of an embedding against a template: their cosine, as the decision takes it.
#ifndef VOIZK_EVALUATION_VOICE_VOICE_SCORE_H_
#define VOIZK_EVALUATION_VOICE_VOICE_SCORE_H_

#include <cstdint>
#include <span>

#include "login/relation/decision_config.h"

namespace voizk {

/// theta / 4096.
double VoiceThreshold(const DecisionConfig& c);

/// In [-1, 1]; rounding never puts it on another side of VoiceThreshold than SameVoice's integers
/// do (login/relation/template.h).  -1: an embedding shorter than the decision takes.
double VoiceScore(const DecisionConfig& c, std::span<const int32_t> e, std::span<const int8_t> t);

}  // namespace voizk

#endif  // VOIZK_EVALUATION_VOICE_VOICE_SCORE_H_
