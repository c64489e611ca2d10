// The decision of docs/decision.md on plain integers, written from that document and sharing no
// code with src/login/relation but the cosine test (SameVoice): the reference that logins are held
// to.
#ifndef VOIZK_TESTS_ACCURACY_PLAIN_DECISION_H_
#define VOIZK_TESTS_ACCURACY_PLAIN_DECISION_H_

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "accuracy/plain_model.h"
#include "login/relation/decision_config.h"
#include "voizk/credential.h"
#include "voizk/login.h"

namespace voizk {

using MinFrames = std::array<int32_t, 10>;

/// A path of a phrase through logits [n][13].
struct PhrasePath {
  bool exists = false;
  int64_t cost = 0;             // sum of M_t - c[t][label_t]
  std::vector<int32_t> spoken;  // [n], 1 where the state belongs to a digit
};

/// The path with the least cost, where a voiced frame in a pause costs pause_price more while
/// choosing (voiced may be empty: none is); ties to the later state.
PhrasePath BestPhrasePath(std::span<const int32_t> logits, std::span<const int32_t> voiced,
                          std::span<const uint8_t> phrase, const MinFrames& min_frames,
                          int64_t pause_price);

/// The pooling mask [frames/2] of the path that a login takes; empty if the phrase was not spoken.
std::vector<int32_t> SpokenMask(const DecisionConfig& c, const Heard& heard,
                                std::span<const uint8_t> phrase);

/// What a login with this phrase and template must decide about these tensors: kNone, kWrongWords
/// or kNotThisVoice.
Refusal Decide(const PlainModel& model, const Heard& heard, std::span<const uint8_t> phrase,
               const VoiceTemplate& voice_template);

}  // namespace voizk

#endif  // VOIZK_TESTS_ACCURACY_PLAIN_DECISION_H_
