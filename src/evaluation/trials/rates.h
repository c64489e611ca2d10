// Error rates of scored trials.  Of scores s and a threshold t, a trial is accepted where s >= t.
//   FNMR(t)  share of target trials (same speaker) that are refused
//   FMR(t)   share of nontarget trials that are accepted                      (ISO/IEC 19795-1)
// EER: where the ROC, its neighbouring points joined by straight lines, crosses FNMR = FMR.  The
// points are those of every threshold, equal scores together; no convex hull is taken, which would
// be lower, as only a mixture of two thresholds reaches it.
// minDCF(p): min over t of (p FNMR + (1 - p) FMR) / min(p, 1 - p): both costs 1, divided by the
// better of accepting all and refusing all (NIST's speaker recognition evaluations).
// FNMR at FMR x: at the lowest threshold with FMR <= x; no interpolation.
#ifndef VOIZK_EVALUATION_TRIALS_RATES_H_
#define VOIZK_EVALUATION_TRIALS_RATES_H_

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace voizk {

struct ScoredTrial {
  double score = 0;  // finite
  bool target = false;
  uint32_t enrol_speaker = 0;
  uint32_t test_speaker = 0;
};

enum class Rate : uint8_t {
  kEer,
  kMinDcf2,  // p = 0.01
  kMinDcf3,  // p = 0.001
  kFnmr2,    // FNMR at FMR 1e-2
  kFnmr3,
  kFnmr4,
  kFmrAtThreshold,  // of a threshold that is given; 0 without one
  kFnmrAtThreshold,
  kCount,
};
inline constexpr size_t kRates = static_cast<size_t>(Rate::kCount);
/// "eer", "min_dcf_1e-2", "fnmr_at_fmr_1e-2", "fmr_at_threshold", ..
const char* NameOf(Rate rate);
/// The FMR that belongs to kFnmr2 .. kFnmr4, else 0.
double FmrOf(Rate rate);

/// Indexed by Rate.
using Rates = std::array<double, kRates>;

struct RocPoint {
  double fmr = 0;
  double fnmr = 0;
};

/// Trials in the order of their scores.
class SortedTrials {
 public:
  SortedTrials(std::span<const ScoredTrial> trials, std::optional<double> threshold);

  size_t targets() const { return targets_; }
  size_t nontargets() const { return order_.size() - targets_; }

  /// All rates; nothing if one of the two kinds of trials is absent.
  std::optional<Rates> Measure() const;
  /// The same where a speaker s counts weights[s] times: a target trial by its speaker's weight, a
  /// nontarget trial by the product of both speakers'.
  std::optional<Rates> Measure(std::span<const double> weights) const;

  /// The points of the ROC by rising threshold, from (1, 0) to (0, 1), at most about `most` of
  /// them.
  std::vector<RocPoint> Roc(size_t most) const;

 private:
  struct Entry {
    uint32_t enrol_speaker, test_speaker;
    bool target;
    bool last;  // of those with its score
  };
  template <typename Weight>
  std::optional<Rates> MeasureBy(const Weight& weight) const;

  std::vector<Entry> order_;  // by rising score
  size_t targets_ = 0;
  size_t below_threshold_ = 0;  // entries
  bool has_threshold_ = false;
};

/// How far a rate at an FMR can be believed, from the number of nontarget trials.
enum class Support : uint8_t {
  kNone,  // not one false match is allowed: the figure says nothing about that FMR
  kWeak,  // fewer than 30 false matches allowed (Doddington's rule of 30)
  kGood,
};
Support SupportOf(Rate rate, size_t nontargets);

}  // namespace voizk

#endif  // VOIZK_EVALUATION_TRIALS_RATES_H_
