// Error rates and intervals against definitions worked out by brute force, cases solved by hand and
// the closed form of two normal distributions.
#include "evaluation/trials/rates.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "evaluation/trials/bootstrap.h"

namespace voizk {
namespace {

double Get(const Rates& rates, Rate rate) { return rates[static_cast<size_t>(rate)]; }

ScoredTrial Target(double score, uint32_t speaker = 0) { return {score, true, speaker, speaker}; }
ScoredTrial Nontarget(double score, uint32_t a = 0, uint32_t b = 1) { return {score, false, a, b}; }

/// The definitions, threshold by threshold, each counted anew.
struct Brute {
  std::vector<RocPoint> points;
  explicit Brute(const std::vector<ScoredTrial>& trials) {
    std::vector<double> thresholds{std::numeric_limits<double>::infinity()};
    for (const ScoredTrial& t : trials) thresholds.push_back(t.score);
    std::ranges::sort(thresholds);
    for (const double threshold : thresholds) {
      double targets = 0, nontargets = 0, refused = 0, accepted = 0;
      for (const ScoredTrial& t : trials) {
        (t.target ? targets : nontargets) += 1;
        if (t.target && t.score < threshold) refused += 1;
        if (!t.target && t.score >= threshold) accepted += 1;
      }
      points.push_back({accepted / nontargets, refused / targets});
    }
  }
  double Eer() const {
    for (size_t i = 0; i < points.size(); ++i) {
      const RocPoint q = points[i];
      if (q.fnmr < q.fmr) continue;
      const RocPoint p = points[i - 1];
      // Where the line from p to q meets the diagonal, by bisection on the line.
      double low = 0, high = 1;
      for (int step = 0; step < 100; ++step) {
        const double at = (low + high) / 2;
        const double fmr = p.fmr + at * (q.fmr - p.fmr), fnmr = p.fnmr + at * (q.fnmr - p.fnmr);
        (fnmr < fmr ? low : high) = at;
      }
      return p.fmr + low * (q.fmr - p.fmr);
    }
    return 1;
  }
  double MinDcf(double prior) const {
    double least = 1e9;
    for (const RocPoint& p : points) {
      least = std::min(least, prior * p.fnmr + (1 - prior) * p.fmr);
    }
    return least / std::min(prior, 1 - prior);
  }
  double FnmrAt(double fmr) const {
    double least = 1;
    for (const RocPoint& p : points) {
      if (p.fmr <= fmr) least = std::min(least, p.fnmr);
    }
    return least;
  }
};

std::vector<ScoredTrial> RandomTrials(uint64_t seed, size_t count, int levels) {
  std::mt19937_64 random(seed);
  std::vector<ScoredTrial> trials;
  for (size_t i = 0; i < count; ++i) {
    const bool target = i % 5 == 0;
    const double level = static_cast<double>(random() % static_cast<uint64_t>(levels));
    const auto a = static_cast<uint32_t>(random() % 7);
    const double score = level / levels + (target ? 0.3 : 0);
    trials.push_back({score, target, a, target ? a : (a + 1) % 7});
  }
  return trials;
}

TEST(Rates, AreThoseOfTheDefinitionsTiesIncluded) {
  for (uint64_t seed = 0; seed < 30; ++seed) {
    const auto trials = RandomTrials(seed, 40 + 20 * seed, seed % 2 == 0 ? 8 : 100000);
    const Brute brute(trials);
    const auto rates = SortedTrials(trials, 0.5).Measure();
    ASSERT_TRUE(rates);
    EXPECT_NEAR(Get(*rates, Rate::kEer), brute.Eer(), 1e-12) << seed;
    EXPECT_NEAR(Get(*rates, Rate::kMinDcf2), brute.MinDcf(0.01), 1e-12) << seed;
    EXPECT_NEAR(Get(*rates, Rate::kMinDcf3), brute.MinDcf(0.001), 1e-12) << seed;
    EXPECT_NEAR(Get(*rates, Rate::kFnmr2), brute.FnmrAt(1e-2), 1e-12) << seed;
    EXPECT_NEAR(Get(*rates, Rate::kFnmr3), brute.FnmrAt(1e-3), 1e-12) << seed;
    EXPECT_NEAR(Get(*rates, Rate::kFnmr4), brute.FnmrAt(1e-4), 1e-12) << seed;
    double accepted = 0, nontargets = 0;
    for (const ScoredTrial& t : trials) {
      nontargets += t.target ? 0 : 1;
      accepted += !t.target && t.score >= 0.5 ? 1 : 0;
    }
    EXPECT_NEAR(Get(*rates, Rate::kFmrAtThreshold), accepted / nontargets, 1e-12) << seed;
  }
}

TEST(Rates, SolvedByHand) {
  // Separated: nothing is wrong anywhere.
  const std::vector<ScoredTrial> apart{Target(2), Target(3), Nontarget(0), Nontarget(1)};
  EXPECT_EQ(Get(*SortedTrials(apart, std::nullopt).Measure(), Rate::kEer), 0);
  EXPECT_EQ(Get(*SortedTrials(apart, std::nullopt).Measure(), Rate::kMinDcf2), 0);
  // Reversed: everything is wrong.  Refusing all costs 1 after normalising.
  const std::vector<ScoredTrial> reversed{Target(0), Target(1), Nontarget(2), Nontarget(3)};
  EXPECT_EQ(Get(*SortedTrials(reversed, std::nullopt).Measure(), Rate::kEer), 1);
  EXPECT_EQ(Get(*SortedTrials(reversed, std::nullopt).Measure(), Rate::kMinDcf2), 1);
  // One score for all: the only points are (1, 0) and (0, 1), their middle is 1/2.
  const std::vector<ScoredTrial> equal{Target(1), Nontarget(1), Nontarget(1)};
  EXPECT_EQ(Get(*SortedTrials(equal, std::nullopt).Measure(), Rate::kEer), 0.5);
  // Points (1,0) (2/3,0) (2/3,1/2) (1/3,1/2) (0,1/2) (0,1): the diagonal is met at FNMR 1/2.
  const std::vector<ScoredTrial> mixed{Nontarget(0), Target(1), Nontarget(2), Nontarget(3),
                                       Target(4)};
  EXPECT_DOUBLE_EQ(Get(*SortedTrials(mixed, std::nullopt).Measure(), Rate::kEer), 0.5);
  EXPECT_EQ(Get(*SortedTrials(mixed, std::nullopt).Measure(), Rate::kFnmr4), 0.5);
  EXPECT_FALSE(SortedTrials(std::vector<ScoredTrial>{Target(1)}, std::nullopt).Measure());
  EXPECT_FALSE(SortedTrials(std::vector<ScoredTrial>{}, std::nullopt).Measure());
}

TEST(Rates, OfNormalScores) {
  // Quantiles of N(2, 1) and N(0, 1): the EER is Phi(-1).
  std::vector<ScoredTrial> trials;
  constexpr int kCount = 4000;
  for (int i = 0; i < kCount; ++i) {
    const double p = (i + 0.5) / kCount;
    double low = -9, high = 9;
    for (int step = 0; step < 60; ++step) {
      const double x = (low + high) / 2;
      (std::erfc(-x / std::sqrt(2.0)) / 2 < p ? low : high) = x;
    }
    trials.push_back(Target(low + 2));
    trials.push_back(Nontarget(low));
  }
  const auto rates = SortedTrials(trials, std::nullopt).Measure();
  EXPECT_NEAR(Get(*rates, Rate::kEer), std::erfc(1 / std::sqrt(2.0)) / 2, 5e-4);
  // FNMR at FMR 1 %: Phi(z_0.99 - 2).
  EXPECT_NEAR(Get(*rates, Rate::kFnmr2), std::erfc(-(2.3263479 - 2) / std::sqrt(2.0)) / 2, 2e-3);
}

TEST(Rates, WeightsAreRepetitions) {
  const auto trials = RandomTrials(3, 300, 50);
  const std::vector<double> weights{2, 0, 1, 3, 1, 0, 2};
  std::vector<ScoredTrial> repeated;
  for (const ScoredTrial& t : trials) {
    const double times =
        t.target ? weights[t.enrol_speaker] : weights[t.enrol_speaker] * weights[t.test_speaker];
    for (int k = 0; k < static_cast<int>(times); ++k) repeated.push_back(t);
  }
  const auto weighted = SortedTrials(trials, 0.4).Measure(weights);
  const auto plain = SortedTrials(repeated, 0.4).Measure();
  ASSERT_TRUE(weighted && plain);
  for (size_t r = 0; r < kRates; ++r) EXPECT_NEAR((*weighted)[r], (*plain)[r], 1e-12) << r;
}

TEST(Rates, SayHowFarTheyCanBeBelieved) {
  EXPECT_EQ(SupportOf(Rate::kFnmr4, 9'999), Support::kNone);
  EXPECT_EQ(SupportOf(Rate::kFnmr4, 10'000), Support::kWeak);
  EXPECT_EQ(SupportOf(Rate::kFnmr4, 300'000), Support::kGood);
  EXPECT_EQ(SupportOf(Rate::kEer, 1), Support::kGood);
}

TEST(Bootstrap, PercentilesInterpolate) {
  std::vector<double> values;
  for (int i = 0; i <= 100; ++i) values.push_back(100 - i);
  const auto interval = Percentiles95(values);  // numpy.percentile(range(101), [2.5, 97.5])
  ASSERT_TRUE(interval);
  EXPECT_DOUBLE_EQ(interval->low, 2.5);
  EXPECT_DOUBLE_EQ(interval->high, 97.5);
  EXPECT_FALSE(Percentiles95(std::vector<double>(19, 1.0)));
}

TEST(Bootstrap, DrawsEverySpeakerEquallyOftenAndAgainTheSame) {
  const auto trials = RandomTrials(1, 200, 50);
  const SpeakerDraws draws(trials, 2000, 1), again(trials, 2000, 1);
  ASSERT_EQ(draws.speakers(), 7U);
  std::vector<double> sums(7);
  for (size_t d = 0; d < draws.draws(); ++d) {
    const auto weights = draws.Weights(d);
    EXPECT_EQ(weights, again.Weights(d));
    double all = 0;
    for (size_t s = 0; s < 7; ++s) {
      sums[s] += weights[s];
      all += weights[s];
    }
    EXPECT_EQ(all, 7);
  }
  for (const double sum : sums) EXPECT_NEAR(sum / 2000, 1, 0.1);  // 4.8 standard errors
}

TEST(Bootstrap, IntervalOfAShareIsThatOfTheBinomial) {
  // 400 speakers of one try each, a tenth of them events: 1.96 sqrt(0.09 / 400) = 0.0294.
  std::vector<Tally> tallies(400, Tally{0, 1});
  for (size_t i = 0; i < 40; ++i) tallies[i].events = 1;
  const auto interval = TallyInterval(tallies, 2000, 1);
  ASSERT_TRUE(interval);
  EXPECT_NEAR(interval->low, 0.1 - 0.0294, 0.006);
  EXPECT_NEAR(interval->high, 0.1 + 0.0294, 0.006);
}

TEST(Bootstrap, WidensWithFewSpeakersAndNeedsThree) {
  ThreadPool pool(2);
  std::mt19937_64 random(5);
  std::normal_distribution<double> normal;
  const auto width = [&](uint32_t speakers) {
    std::vector<double> offset(speakers);
    for (double& o : offset) o = normal(random);
    std::vector<ScoredTrial> trials;
    for (uint32_t a = 0; a < speakers; ++a) {
      for (int i = 0; i < 20; ++i) trials.push_back(Target(2 + offset[a] + normal(random), a));
      for (uint32_t b = 0; b < speakers; ++b) {
        if (a != b) trials.push_back(Nontarget(normal(random), a, b));
      }
    }
    const auto found =
        RateIntervals(SortedTrials(trials, std::nullopt), SpeakerDraws(trials, 300, 1), &pool);
    return found[0] ? found[0]->high - found[0]->low : -1;
  };
  EXPECT_EQ(width(2), -1);
  EXPECT_GT(width(6), width(60));
  EXPECT_GT(width(60), 0);
}

TEST(Bootstrap, ASystemDoesNotDifferFromItself) {
  ThreadPool pool(1);
  const auto trials = RandomTrials(9, 500, 1000);
  const SortedTrials sorted(trials, std::nullopt);
  const auto found = DifferenceIntervals(sorted, sorted, SpeakerDraws(trials, 100, 1), &pool);
  ASSERT_TRUE(found[0]);
  EXPECT_EQ(found[0]->low, 0);
  EXPECT_EQ(found[0]->high, 0);
}

}  // namespace
}  // namespace voizk
