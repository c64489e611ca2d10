// One voice carries, another speaks: recordings in which one digit of a victim, loud and looped, is
// to carry the voice while somebody else says the other digits of the phrase.
#ifndef VOIZK_TESTS_ACCURACY_MIXED_VOICES_H_
#define VOIZK_TESTS_ACCURACY_MIXED_VOICES_H_

#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include "accuracy/spoken_phrases.h"

namespace voizk {

struct MixedPlan {
  size_t carrier = 0;     // the digit of the phrase that the victim's recording stands for
  double seconds = 1.0;   // it is looped to so long
  bool loudest = false;   // loops its loudest 160 ms instead of all of it
  bool repeated = false;  // it stands for every equal digit of the phrase
  double quieter_db = 8;  // of the other digits below it
  double faster = 1;      // of the other digits
  double noise_db = 0;    // of white noise below it; 0: none, pauses are digital silence
};

struct MixedRecording {
  std::vector<int16_t> pcm;
  std::vector<int32_t> victims;  // by 20 ms, 1 where the victim is heard
};

/// said: the others' digits in order (that of the carrier is not used); carrier: the victim's.
MixedRecording MixVoices(const MixedPlan& plan, std::span<const uint8_t> phrase,
                         std::span<const std::vector<int16_t>> said,
                         const std::vector<int16_t>& carrier, std::mt19937_64& random);

/// The finding of the first review: the others 8 to 14 dB quieter, the carrier 0.8 to 2.2 s long.
MixedPlan FoundPlan(std::span<const size_t> carriers, std::mt19937_64& random);
/// Everything that could help against bounds on each digit: the others nearly as loud or quiet,
/// hurried to half of their length, the carrier as short as a digit, in every place that it fits.
MixedPlan AnyPlan(std::span<const size_t> carriers, std::mt19937_64& random);

}  // namespace voizk

#endif  // VOIZK_TESTS_ACCURACY_MIXED_VOICES_H_
