#include "network/quantise/statistics.h"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace voizk {

namespace {

constexpr float kPcm = 1 << 15;

}  // namespace

double ValueStatistics::max_abs() const { return std::max(-min_, max_); }

// Bins twice as wide until `limit` is within them.
void ValueStatistics::Widen(double limit) {
  if (limit_ == 0) limit_ = limit;
  while (limit_ < limit) {
    for (auto* bins : {&negative_, &positive_}) {
      for (size_t i = 0; i < kBins / 2; ++i) (*bins)[i] = (*bins)[2 * i] + (*bins)[2 * i + 1];
      std::fill(bins->begin() + kBins / 2, bins->end(), 0);
    }
    limit_ *= 2;
  }
}

void ValueStatistics::Add(std::span<const float> values, size_t row) {
  double least = min_, most = max_;
  for (const float v : values) {
    if (!std::isfinite(v)) continue;
    least = std::min<double>(least, v);
    least_ = std::min<double>(least_, v);
    most = std::max<double>(most, v);
  }
  min_ = least;
  max_ = most;
  is_pcm_ = is_pcm_ && least >= -1 && most < 1 &&
            std::all_of(values.begin(), values.end(),
                        [](float v) { return std::nearbyint(v * kPcm) == v * kPcm; });
  const double reach = max_abs();
  if (reach > 0) Widen(reach);
  const double scale = limit_ > 0 ? kBins / limit_ : 0;
  double square = 0;
  for (const float v : values) {
    if (!std::isfinite(v)) {
      ++not_finite_;
      continue;
    }
    const auto bin = std::min(kBins - 1, static_cast<size_t>(std::abs(double{v}) * scale));
    ++(v < 0 ? negative_ : positive_)[bin];
    ++count_;
    square += double{v} * v;
    magnitudes_ += std::abs(double{v});
  }
  if (!values.empty()) powers_.push_back(square / static_cast<double>(values.size()));
  if (row == 0) return;
  const size_t rows = values.size() / row, every = std::max<size_t>(rows / kRows, 1);
  for (size_t r = 0; r < rows; r += every) {
    double sum = 0, squares = 0;
    for (const float v : values.subspan(r * row, row)) {
      sum += double{v};
      squares += double{v} * v;
    }
    const auto count = static_cast<double>(row);
    const double variance = squares / count - sum / count * (sum / count);
    if (std::isfinite(variance)) row_powers_.push_back(variance);
  }
}

void ValueStatistics::AddChannels(std::span<const float> values, std::span<const int64_t> dims,
                                  size_t axis) {
  const auto channels = static_cast<size_t>(dims[axis]);
  size_t inner = 1;
  for (size_t d = axis + 1; d < dims.size(); ++d) inner *= static_cast<size_t>(dims[d]);
  channel_reach_.resize(channels, 0);
  for (size_t i = 0; i < values.size(); ++i) {
    double& reach = channel_reach_[i / inner % channels];
    if (std::isfinite(values[i])) reach = std::max(reach, std::abs(double{values[i]}));
  }
}

double ValueStatistics::MeanMagnitude() const {
  return count_ == 0 ? 0 : magnitudes_ / static_cast<double>(count_);
}

double ValueStatistics::QuietLevel() const { return LevelOf(powers_); }
double ValueStatistics::QuietRowLevel() const { return LevelOf(row_powers_); }

double ValueStatistics::LevelOf(const std::vector<double>& all) {
  std::vector<double> powers;
  std::copy_if(all.begin(), all.end(), std::back_inserter(powers), [](double p) { return p > 0; });
  if (powers.empty()) return 0;
  const auto tenth = powers.begin() + static_cast<ptrdiff_t>(powers.size() / 10);
  std::nth_element(powers.begin(), tenth, powers.end());
  return std::sqrt(*tenth);
}

double ValueStatistics::MeanSquareError(double step, int64_t lo, int64_t hi) const {
  if (count_ == 0) return 0;
  const double width = limit_ / kBins;
  double sum = 0;
  const auto add = [&](const std::array<uint64_t, kBins>& bins, double reach) {
    for (size_t i = 0; i < kBins; ++i) {
      if (bins[i] == 0) continue;
      const double beyond = (static_cast<double>(i) + 0.5) * width - reach;
      sum += static_cast<double>(bins[i]) * (beyond > 0 ? beyond * beyond : step * step / 12);
    }
  };
  add(positive_, static_cast<double>(hi) * step);
  add(negative_, static_cast<double>(-lo) * step);
  return sum / static_cast<double>(count_);
}

void ValueStatistics::ForEach(const std::function<void(double, double)>& visit) const {
  const double width = limit_ / kBins;
  for (size_t i = 0; i < kBins; ++i) {
    const double middle = (static_cast<double>(i) + 0.5) * width;
    if (positive_[i] != 0) visit(middle, static_cast<double>(positive_[i]));
    if (negative_[i] != 0) visit(-middle, static_cast<double>(negative_[i]));
  }
}

// What an output of the integer operations holds at most (docs/graph.md).
constexpr int64_t kMostInteger = 32767;

IntegerRange ChooseRange(const ValueStatistics& statistics, int bits) {
  const bool has_sign = statistics.min() < 0;
  IntegerRange best;
  best.lo = has_sign ? -(int64_t{1} << (bits - 1)) : 0;
  best.hi =
      has_sign ? (int64_t{1} << (bits - 1)) - 1 : std::min((int64_t{1} << bits) - 1, kMostInteger);
  const double reach = statistics.max_abs();
  if (!(reach > 0)) return best;
  constexpr int kClips = 64;
  double least = INFINITY;
  for (int k = kClips; k >= 1; --k) {
    const double step = reach * k / kClips / static_cast<double>(best.hi);
    const double error = statistics.MeanSquareError(step, best.lo, best.hi);
    if (error < least) {
      least = error;
      best.step = step;
    }
  }
  return best;
}

IntegerRange ChooseArgument(const ValueStatistics& statistics, int bits,
                            const std::function<double(double)>& fn) {
  IntegerRange range = ChooseRange(statistics, bits);
  const double reach = statistics.max_abs();
  if (!(reach > 0)) return range;
  const auto error_at = [&](double step) {
    const double lo = static_cast<double>(range.lo) * step,
                 hi = static_cast<double>(range.hi) * step;
    double error = 0;
    statistics.ForEach([&](double v, double count) {
      const bool beyond = v < lo || v > hi;
      const double moved = beyond ? fn(v) - fn(v < lo ? lo : hi)
                                  : (fn(v + step / 2) - fn(v - step / 2)) / std::sqrt(12.0);
      if (std::isfinite(moved)) error += count * moved * moved;
    });
    return error;
  };
  // Clipping points, each 7/8 of the one before, from the largest value to a 10,000th of it.
  constexpr double kFactor = 0.875;
  constexpr int kPoints = 69;
  double least = INFINITY, best = range.step, clip = reach;
  for (int k = 0; k < kPoints; ++k) {
    const double step = clip / static_cast<double>(range.hi), error = error_at(step);
    if (error < least) {
      least = error;
      best = step;
    }
    clip *= kFactor;
  }
  range.step = best;
  return range;
}

int ChooseBits(const ValueStatistics& statistics, int least, int most) {
  const double level = statistics.QuietLevel();
  int bits = least;
  if (level == 0) return bits;
  // A rounding's error is step / sqrt(12).
  const double step = level * std::ldexp(std::sqrt(12.0), 2 - least);
  while (bits < most && ChooseRange(statistics, bits).step > step) ++bits;
  return bits;
}

}  // namespace voizk
