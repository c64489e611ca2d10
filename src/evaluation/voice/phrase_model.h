// What a login says to a phrase, without a voice: the front end, the recogniser and the phrase
// check of the login's own relation.
#ifndef VOIZK_EVALUATION_VOICE_PHRASE_MODEL_H_
#define VOIZK_EVALUATION_VOICE_PHRASE_MODEL_H_

#include <cstdint>
#include <map>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "base/result.h"
#include "login/relation/decision_config.h"
#include "login/user/recording.h"
#include "voizk/bundle.h"
#include "voizk/login.h"

namespace voizk {

/// What the recogniser heard.  Secret.
struct HeardDigits {
  Refusal refusal = Refusal::kNone;  // of the front end; then there is nothing else
  uint32_t frames = 0;               // the bucket
  std::vector<int32_t> logits;       // [frames / 2][13]
  std::vector<int32_t> voiced;       // [frames]
  std::vector<int32_t> energy;       // [frames]
};

/// Several threads may use one at once.
class PhraseModel {
 public:
  explicit PhraseModel(const Bundle& bundle) : bundle_(bundle) {}

  /// 16-bit mono at the bundle's rate.  A refusal is a value.
  Result<HeardDigits> Hear(std::span<const int16_t> pcm);
  /// kNone: a login with this phrase would go on to the voice.  heard: not refused.
  /// kInvalidArgument: no phrase of this bundle (CheckPhrase).
  Result<Refusal> Judge(const HeardDigits& heard, std::span<const uint8_t> phrase);

 private:
  struct Ranges {
    int64_t logit_lo, logit_hi, energy_lo, energy_hi;
  };
  struct Bucket {
    RunnableRelation hear;
    Ranges ranges;
  };
  Result<const Bucket*> BucketAt(uint32_t frames);
  Result<const RunnableRelation*> PhraseAt(uint32_t frames, size_t digits);

  const Bundle bundle_;
  std::mutex mutex_;
  std::map<uint32_t, Bucket> buckets_;  // what is in the maps stays where it is
  std::map<std::pair<uint32_t, size_t>, RunnableRelation> phrases_;
};

/// The cheapest string of digits of any length, a digit twice only with a pause between, through
/// logits [n][13]: the states of phrase_states.h with any digit behind any other, each of which
/// costs `digit_price` more.  Of equally cheap ones any.
std::vector<uint8_t> DecodeDigits(const DecisionConfig& c, std::span<const int32_t> logits,
                                  int64_t digit_price);
/// As tools/train counts it.
inline constexpr int64_t kDigitPrice = 40;

/// Insertions, deletions and substitutions that make one of the other (Levenshtein).
size_t Edits(std::span<const uint8_t> a, std::span<const uint8_t> b);

}  // namespace voizk

#endif  // VOIZK_EVALUATION_VOICE_PHRASE_MODEL_H_
