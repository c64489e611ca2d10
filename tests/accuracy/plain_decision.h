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
  int64_t cost = 0;               // sum of M_t - c[t][label_t]
  std::vector<int32_t> position;  // [n], k where the state belongs to the k-th digit, 0 in a pause
};

/// The path with the least cost, where a frame of weight w in a pause costs w * pause_price
/// more while choosing (weights may be empty: all 0); ties to the later state.
PhrasePath BestPhrasePath(std::span<const int32_t> logits, std::span<const int32_t> weights,
                          std::span<const uint8_t> phrase, const MinFrames& min_frames,
                          int64_t pause_price);

/// The path that a login takes and its pooling mask [frames/2]; an empty mask if the phrase was not
/// spoken.
struct SpokenPath {
  PhrasePath path;
  std::vector<int32_t> mask;
};
SpokenPath PathOf(const DecisionConfig& c, const Heard& heard, std::span<const uint8_t> phrase);
/// All that the search comes to within the margin and outside_max, the first one first.  preferred:
/// [frames/2], 1 (-1) for frames that a lying prover wants in (out of) the phrase; none: the voiced
/// ones are wanted, as the honest client does.
std::vector<SpokenPath> PathsWithin(const DecisionConfig& c, const Heard& heard,
                                    std::span<const uint8_t> phrase,
                                    std::span<const int32_t> preferred);
/// The mask alone.
std::vector<int32_t> SpokenMask(const DecisionConfig& c, const Heard& heard,
                                std::span<const uint8_t> phrase);

/// Does every one of `digits` digits carry its share of the voice?
bool DigitsAreEven(const EvenDigits& c, const Heard& heard, const SpokenPath& spoken,
                   size_t digits);

/// What a login with this phrase and template must decide about these tensors: kNone, kWrongWords,
/// kUnevenDigits or kNotThisVoice.
Refusal Decide(const PlainModel& model, const Heard& heard, std::span<const uint8_t> phrase,
               const VoiceTemplate& voice_template);

}  // namespace voizk

#endif  // VOIZK_TESTS_ACCURACY_PLAIN_DECISION_H_
