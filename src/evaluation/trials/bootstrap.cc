#include "evaluation/trials/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace voizk {
namespace {

constexpr size_t kFewestSpeakers = 3;
constexpr size_t kFewestValues = 20;

/// Steele, Lea and Flood's SplitMix64 (OOPSLA 2014): every draw has a stream of its own.
class Stream {
 public:
  Stream(uint64_t seed, uint64_t draw) : state_(seed ^ (draw * 0xD1342543DE82EF95U)) {}
  /// Below n; its bias is below n / 2^64.
  size_t Below(size_t n) {
    state_ += 0x9E3779B97F4A7C15U;
    uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return static_cast<size_t>((z ^ (z >> 31)) % n);
  }

 private:
  uint64_t state_;
};

using Measured = std::function<std::optional<Rates>(std::span<const double> weights)>;

Intervals IntervalsOf(const Measured& measure, const SpeakerDraws& draws, ThreadPool* pool) {
  if (draws.speakers() < kFewestSpeakers) return {};
  std::vector<std::optional<Rates>> found(draws.draws());
  pool->ParallelFor(found.size(), 1, [&](size_t begin, size_t end) {
    for (size_t d = begin; d < end; ++d) found[d] = measure(draws.Weights(d));
  });
  std::erase(found, std::nullopt);
  if (found.size() * 2 < draws.draws()) return {};
  Intervals intervals;
  for (size_t r = 0; r < kRates; ++r) {
    std::vector<double> values;
    values.reserve(found.size());
    for (const auto& rates : found) values.push_back((*rates)[r]);
    intervals[r] = Percentiles95(std::move(values));
  }
  return intervals;
}

}  // namespace

SpeakerDraws::SpeakerDraws(std::span<const ScoredTrial> trials, size_t draws, uint64_t seed)
    : draws_(draws), seed_(seed) {
  std::vector<bool> named;
  const auto name = [&named](uint32_t speaker) {
    if (speaker >= named.size()) named.resize(size_t{speaker} + 1);
    named[speaker] = true;
  };
  for (const ScoredTrial& t : trials) {
    name(t.enrol_speaker);
    name(t.test_speaker);
  }
  universe_ = named.size();
  for (size_t s = 0; s < named.size(); ++s) {
    if (named[s]) present_.push_back(static_cast<uint32_t>(s));
  }
}

std::vector<double> SpeakerDraws::Weights(size_t draw) const {
  std::vector<double> weights(universe_);
  Stream stream(seed_, draw);
  for (size_t i = 0; i < present_.size(); ++i)
    weights[present_[stream.Below(present_.size())]] += 1;
  return weights;
}

std::optional<Interval95> Percentiles95(std::vector<double> values) {
  if (values.size() < kFewestValues) return std::nullopt;
  std::ranges::sort(values);
  const auto at = [&values](double part) {
    const double place = part * static_cast<double>(values.size() - 1);
    const auto below = static_cast<size_t>(place);
    const size_t above = std::min(below + 1, values.size() - 1);
    return values[below] + (place - std::floor(place)) * (values[above] - values[below]);
  };
  return Interval95{at(0.025), at(0.975)};
}

Intervals RateIntervals(const SortedTrials& trials, const SpeakerDraws& draws, ThreadPool* pool) {
  return IntervalsOf([&](std::span<const double> w) { return trials.Measure(w); }, draws, pool);
}

Intervals DifferenceIntervals(const SortedTrials& a, const SortedTrials& b,
                              const SpeakerDraws& draws, ThreadPool* pool) {
  const auto difference = [&](std::span<const double> w) {
    auto of_a = a.Measure(w);
    const auto of_b = b.Measure(w);
    if (!of_a || !of_b) return std::optional<Rates>();
    for (size_t r = 0; r < kRates; ++r) (*of_a)[r] -= (*of_b)[r];
    return of_a;
  };
  return IntervalsOf(difference, draws, pool);
}

std::optional<Interval95> TallyInterval(std::span<const Tally> by_speaker, size_t draws,
                                        uint64_t seed) {
  if (by_speaker.size() < kFewestSpeakers) return std::nullopt;
  std::vector<double> values;
  for (size_t d = 0; d < draws; ++d) {
    Stream stream(seed, d);
    Tally sum;
    for (size_t i = 0; i < by_speaker.size(); ++i) {
      const Tally& drawn = by_speaker[stream.Below(by_speaker.size())];
      sum.events += drawn.events;
      sum.tries += drawn.tries;
    }
    if (sum.tries > 0) {
      values.push_back(static_cast<double>(sum.events) / static_cast<double>(sum.tries));
    }
  }
  return Percentiles95(std::move(values));
}

}  // namespace voizk
