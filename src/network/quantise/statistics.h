// What calibration learns of a value: its extremes and how its magnitudes are distributed; and the
// integer step that loses least.
#ifndef VOIZK_NETWORK_QUANTISE_STATISTICS_H_
#define VOIZK_NETWORK_QUANTISE_STATISTICS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <vector>

namespace voizk {

class ValueStatistics {
 public:
  static constexpr size_t kBins = 2048;
  static constexpr size_t kRows = 512;

  /// The values of one sample, in rows of `row` values.
  void Add(std::span<const float> values, size_t row = 0);

  /// The largest magnitude of each index of an axis so far, for values that a layer reads.
  void AddChannels(std::span<const float> values, std::span<const int64_t> dims, size_t axis);
  /// By index of that axis; empty where nobody asked.
  const std::vector<double>& channel_reach() const { return channel_reach_; }

  uint64_t count() const { return count_; }
  double min() const { return min_; }
  double max() const { return max_; }
  double max_abs() const;
  /// The smallest value, which may be above 0, as min() is not; infinite without any.
  double least() const { return least_; }
  /// Whether every value so far was a 16-bit sample: a multiple of 2^-15 in [-1, 1).
  bool is_pcm() const { return is_pcm_ && count_ > 0; }
  /// Values that are not finite; they are left out of everything else.
  uint64_t not_finite() const { return not_finite_; }

  /// Mean of |x|.
  double MeanMagnitude() const;

  /// Root mean square of a quiet sample: a tenth of those that are not silent are below.  0 if all
  /// are.
  double QuietLevel() const;
  /// The same of rows, and of their deviations from their means.
  double QuietRowLevel() const;

  /// Mean square error of rounding to multiples of `step` and clipping to [lo, hi] steps, from the
  /// distribution: step^2 / 12 within, the squared distance beyond.
  double MeanSquareError(double step, int64_t lo, int64_t hi) const;

  /// Calls visit(value, how many) for the middle of every part of the distribution that is there.
  void ForEach(const std::function<void(double, double)>& visit) const;

 private:
  void Widen(double limit);
  static double LevelOf(const std::vector<double>& powers);

  // Magnitudes by bin of width limit_ / kBins, values below 0 and not below 0 apart.
  std::array<uint64_t, kBins> negative_{}, positive_{};
  std::vector<double> powers_;      // mean squares, by sample
  std::vector<double> row_powers_;  // variances of rows, about kRows of a sample
  std::vector<double> channel_reach_;
  double limit_ = 0;
  double min_ = 0, max_ = 0, magnitudes_ = 0;
  double least_ = std::numeric_limits<double>::infinity();
  uint64_t count_ = 0, not_finite_ = 0;
  bool is_pcm_ = true;
};

/// Real numbers as integers: real = step * q, q in [lo, hi].
struct IntegerRange {
  double step = 1;
  int64_t lo = 0, hi = 0;
};

/// The range of `bits` bits with the least MeanSquareError, of 64 clipping points; without a sign
/// where no value was negative, and at most 32767.  Of values that are all 0, or none: step 1.
IntegerRange ChooseRange(const ValueStatistics& statistics, int bits);

/// The range of `bits` bits in which a function's argument loses least of its value: in mean
/// square, what the function moves over a step within, and its distance from its value at the end
/// beyond.
IntegerRange ChooseArgument(const ValueStatistics& statistics, int bits,
                            const std::function<double(double)>& fn);

/// Bits, at least `least` and at most `most`, with which rounding leaves a quiet sample as exact as
/// `least` bits leave one that fills their range: error 2^-(least - 2) of its level.
int ChooseBits(const ValueStatistics& statistics, int least, int most);

}  // namespace voizk

#endif  // VOIZK_NETWORK_QUANTISE_STATISTICS_H_
