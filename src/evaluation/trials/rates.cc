#include "evaluation/trials/rates.h"

#include <algorithm>
#include <numeric>

namespace voizk {
namespace {

constexpr std::array<double, 3> kFmrs{1e-2, 1e-3, 1e-4};
constexpr std::array<double, 2> kPriors{1e-2, 1e-3};

/// Looks at the points of a ROC one after another, by rising threshold.
class Watcher {
 public:
  void See(RocPoint p) {
    for (size_t i = 0; i < kPriors.size(); ++i) {
      const double prior = kPriors[i];
      const double cost = (prior * p.fnmr + (1 - prior) * p.fmr) / prior;  // prior < 1/2
      best_[i] = std::min(best_[i], cost);
    }
    for (size_t i = 0; i < kFmrs.size(); ++i) {
      if (!reached_[i] && p.fmr <= kFmrs[i]) {
        reached_[i] = true;
        fnmr_[i] = p.fnmr;
      }
    }
    const double gap = p.fmr - p.fnmr, before = last_.fmr - last_.fnmr;
    if (!crossed_ && gap <= 0) {
      crossed_ = true;
      const double part = before > gap ? before / (before - gap) : 1;
      eer_ = last_.fnmr + part * (p.fnmr - last_.fnmr);
    }
    last_ = p;
  }
  Rates Seen() const { return {eer_, best_[0], best_[1], fnmr_[0], fnmr_[1], fnmr_[2], 0, 0}; }

 private:
  RocPoint last_{1, 0};  // accepting everything
  bool crossed_ = false;
  double eer_ = 0;
  std::array<double, 2> best_{1, 1};  // of accepting nothing
  std::array<bool, 3> reached_{};
  std::array<double, 3> fnmr_{};
};

}  // namespace

const char* NameOf(Rate rate) {
  static constexpr std::array<const char*, kRates> kNames{"eer",
                                                          "min_dcf_1e-2",
                                                          "min_dcf_1e-3",
                                                          "fnmr_at_fmr_1e-2",
                                                          "fnmr_at_fmr_1e-3",
                                                          "fnmr_at_fmr_1e-4",
                                                          "fmr_at_threshold",
                                                          "fnmr_at_threshold"};
  return kNames[static_cast<size_t>(rate)];
}

double FmrOf(Rate rate) {
  if (rate < Rate::kFnmr2 || rate > Rate::kFnmr4) return 0;
  return kFmrs[static_cast<size_t>(rate) - static_cast<size_t>(Rate::kFnmr2)];
}

SortedTrials::SortedTrials(std::span<const ScoredTrial> trials, std::optional<double> threshold)
    : has_threshold_(threshold.has_value()) {
  std::vector<uint32_t> order(trials.size());
  std::iota(order.begin(), order.end(), uint32_t{0});
  std::ranges::stable_sort(order, {}, [&](uint32_t i) { return trials[i].score; });
  order_.reserve(order.size());
  for (size_t k = 0; k < order.size(); ++k) {
    const ScoredTrial& t = trials[order[k]];
    const bool last = k + 1 == order.size() || trials[order[k + 1]].score != t.score;
    order_.push_back({t.enrol_speaker, t.test_speaker, t.target, last});
    targets_ += t.target ? 1 : 0;
    if (threshold && t.score < *threshold) below_threshold_ = k + 1;
  }
}

template <typename Weight>
std::optional<Rates> SortedTrials::MeasureBy(const Weight& weight) const {
  double targets = 0, nontargets = 0;
  for (const Entry& e : order_) (e.target ? targets : nontargets) += weight(e);
  if (!(targets > 0) || !(nontargets > 0)) return std::nullopt;
  double refused = 0, accepted = nontargets;  // of targets, of nontargets
  const auto point = [&] { return RocPoint{accepted / nontargets, refused / targets}; };
  Watcher watcher;
  RocPoint at_threshold = point();
  for (size_t k = 0; k < order_.size(); ++k) {
    const Entry& e = order_[k];
    const double w = weight(e);
    refused += e.target ? w : 0;
    accepted -= e.target ? 0 : w;
    if (!e.last) continue;
    watcher.See(point());
    if (k + 1 == below_threshold_) at_threshold = point();
  }
  Rates rates = watcher.Seen();
  if (has_threshold_) {
    rates[static_cast<size_t>(Rate::kFmrAtThreshold)] = at_threshold.fmr;
    rates[static_cast<size_t>(Rate::kFnmrAtThreshold)] = at_threshold.fnmr;
  }
  return rates;
}

std::optional<Rates> SortedTrials::Measure() const {
  return MeasureBy([](const Entry&) { return 1.0; });
}

std::optional<Rates> SortedTrials::Measure(std::span<const double> weights) const {
  return MeasureBy([weights](const Entry& e) {
    const double enrol = weights[e.enrol_speaker];
    return e.target ? enrol : enrol * weights[e.test_speaker];
  });
}

std::vector<RocPoint> SortedTrials::Roc(size_t most) const {
  std::vector<RocPoint> points{{1, 0}};
  const double targets = static_cast<double>(targets_);
  const double nontargets = static_cast<double>(this->nontargets());
  if (targets_ == 0 || this->nontargets() == 0) return points;
  size_t refused = 0, accepted = this->nontargets(), seen = 0;
  for (const Entry& e : order_) {
    (e.target ? ++refused : --accepted);
    ++seen;
    // The ends of a curve on axes of normal deviates are few trials wide: they stay whole.
    const bool end = std::min(accepted, refused) < most / 4;
    if (e.last && (end || seen % (1 + order_.size() / std::max<size_t>(most, 1)) == 0)) {
      points.push_back(
          {static_cast<double>(accepted) / nontargets, static_cast<double>(refused) / targets});
    }
  }
  return points;
}

Support SupportOf(Rate rate, size_t nontargets) {
  const double fmr = FmrOf(rate);
  if (fmr == 0) return Support::kGood;
  const double allowed = fmr * static_cast<double>(nontargets);
  if (allowed < 1) return Support::kNone;
  return allowed < 30 ? Support::kWeak : Support::kGood;
}

}  // namespace voizk
