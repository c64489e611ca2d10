// 95 % intervals by bootstrap over speakers.  Trials share speakers, so they are not independent;
// what is drawn anew, with replacement, are the speakers, and one that is drawn w times is there w
// times on both sides: its target trials count w times, a nontarget trial of two speakers as often
// as the product of theirs (the vertex bootstrap for pairs, Snijders and Borgatti, Connections 22,
// 1999; products of weights for crossed factors, Owen and Eckles, Annals of Applied Statistics 6,
// 2012).  Intervals are percentiles, 2.5 and 97.5, and say nothing about speakers unlike these.
#ifndef VOIZK_EVALUATION_TRIALS_BOOTSTRAP_H_
#define VOIZK_EVALUATION_TRIALS_BOOTSTRAP_H_

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/threads.h"
#include "evaluation/trials/rates.h"

namespace voizk {

struct Interval95 {
  double low = 0;
  double high = 0;
};

/// How often each speaker is drawn, by draw: reproducible, so that two systems are compared on the
/// same draws.
class SpeakerDraws {
 public:
  /// Of those among `speakers` that `trials` name.
  SpeakerDraws(std::span<const ScoredTrial> trials, size_t draws, uint64_t seed);
  size_t draws() const { return draws_; }
  size_t speakers() const { return present_.size(); }
  /// By number of the speaker.
  std::vector<double> Weights(size_t draw) const;

 private:
  std::vector<uint32_t> present_;  // ascending
  size_t universe_ = 0;            // greatest number and one
  size_t draws_;
  uint64_t seed_;
};

/// Percentiles 2.5 and 97.5 of the values, interpolated linearly; nothing of fewer than 20.
std::optional<Interval95> Percentiles95(std::vector<double> values);

using Intervals = std::array<std::optional<Interval95>, kRates>;

/// Nothing with fewer than three speakers, or where most draws lack one of the two kinds of trials.
Intervals RateIntervals(const SortedTrials& trials, const SpeakerDraws& draws, ThreadPool* pool);
/// Of a - b, on the same draws; both of the same trials.
Intervals DifferenceIntervals(const SortedTrials& a, const SortedTrials& b,
                              const SpeakerDraws& draws, ThreadPool* pool);

/// Events among tries of one speaker.
struct Tally {
  uint64_t events = 0;
  uint64_t tries = 0;
};
/// Of events over tries, speakers drawn anew.
std::optional<Interval95> TallyInterval(std::span<const Tally> by_speaker, size_t draws,
                                        uint64_t seed);

}  // namespace voizk

#endif  // VOIZK_EVALUATION_TRIALS_BOOTSTRAP_H_
