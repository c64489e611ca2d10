#include "eval_report.h"

#include <fmt/format.h>

#include <array>

#include "base/threads.h"
#include "eval_options.h"

namespace voizk::cli {
namespace {

bool IsCost(Rate rate) { return rate == Rate::kMinDcf2 || rate == Rate::kMinDcf3; }

const char* NameOf(Support support) {
  constexpr std::array<const char*, 3> kNames{"none", "weak", "good"};
  return kNames[static_cast<size_t>(support)];
}

size_t Shown(bool threshold) {
  return threshold ? kRates : static_cast<size_t>(Rate::kFmrAtThreshold);
}

}  // namespace

const char* TitleOf(Rate rate) {
  constexpr std::array<const char*, kRates> kTitles{"EER",
                                                    "minDCF, p = 0.01",
                                                    "minDCF, p = 0.001",
                                                    "FNMR at FMR 1 %",
                                                    "FNMR at FMR 0.1 %",
                                                    "FNMR at FMR 0.01 %",
                                                    "FMR at the bundle's threshold",
                                                    "FNMR at the bundle's threshold"};
  return kTitles[static_cast<size_t>(rate)];
}

RatesBlock MeasureBlock(std::span<const ScoredTrial> trials, const RatesRequest& request,
                        ThreadPool* pool) {
  const SortedTrials sorted(trials, request.threshold);
  const SpeakerDraws draws(trials, request.draws, kEvalSeed);
  RatesBlock block;
  block.targets = sorted.targets();
  block.nontargets = sorted.nontargets();
  block.speakers = draws.speakers();
  block.rates = sorted.Measure();
  if (block.rates) block.intervals = RateIntervals(sorted, draws, pool);
  return block;
}

std::vector<RatesBlock> MeasureBlocks(const std::vector<ScoredTrial>& trials,
                                      const std::vector<uint32_t>& used,
                                      const std::vector<Condition>& conditions,
                                      const RatesRequest& request, ThreadPool* pool) {
  std::vector<RatesBlock> blocks{MeasureBlock(trials, request, pool)};
  for (const Condition& condition : conditions) {
    for (size_t value = 0; value < condition.values.size(); ++value) {
      std::vector<ScoredTrial> some;
      for (size_t i = 0; i < trials.size(); ++i) {
        if (condition.of_trial[used[i]] == value) some.push_back(trials[i]);
      }
      if (some.empty()) continue;
      RatesBlock block = MeasureBlock(some, request, pool);
      block.column = condition.column;
      block.value = condition.values[value];
      blocks.push_back(std::move(block));
    }
  }
  return blocks;
}

nlohmann::ordered_json ValueJson(double value, const std::optional<Interval95>& interval) {
  nlohmann::ordered_json json{{"value", value}};
  if (interval) {
    json["low"] = interval->low;
    json["high"] = interval->high;
  }
  return json;
}

std::string ValueText(Rate rate, double value, const std::optional<Interval95>& interval) {
  const double unit = IsCost(rate) ? 1 : 100;
  std::string text = fmt::format("{:.{}f}", unit * value, IsCost(rate) ? 3 : 2);
  if (interval) {
    text += fmt::format(" [{:.{}f}, {:.{}f}]", unit * interval->low, IsCost(rate) ? 3 : 2,
                        unit * interval->high, IsCost(rate) ? 3 : 2);
  }
  return IsCost(rate) ? text : text + " %";
}

nlohmann::ordered_json ToJson(const RatesBlock& block, bool threshold) {
  nlohmann::ordered_json json;
  if (!block.column.empty()) {
    json["column"] = block.column;
    json["value"] = block.value;
  }
  json["targets"] = block.targets;
  json["nontargets"] = block.nontargets;
  json["speakers"] = block.speakers;
  nlohmann::ordered_json rates = nlohmann::ordered_json::object();
  for (size_t r = 0; block.rates && r < Shown(threshold); ++r) {
    const auto rate = static_cast<Rate>(r);
    const Support support = SupportOf(rate, block.nontargets);
    nlohmann::ordered_json one = support == Support::kNone
                                     ? nlohmann::ordered_json::object()
                                     : ValueJson((*block.rates)[r], block.intervals[r]);
    if (FmrOf(rate) > 0) one["support"] = NameOf(support);
    rates[voizk::NameOf(rate)] = one;
  }
  json["rates"] = rates;
  return json;
}

std::string ToText(const RatesBlock& block, bool threshold) {
  std::string text = fmt::format(
      "{}: {} target and {} nontarget trials, {} speakers\n",
      block.column.empty() ? "all trials" : Printable(block.column + " = " + block.value),
      block.targets, block.nontargets, block.speakers);
  if (!block.rates) return text + "  no rates: trials of one kind are missing\n";
  for (size_t r = 0; r < Shown(threshold); ++r) {
    const auto rate = static_cast<Rate>(r);
    const Support support = SupportOf(rate, block.nontargets);
    text += fmt::format(
        "  {:<31} {}{}\n", TitleOf(rate),
        support == Support::kNone ? "not measurable: too few nontarget trials"
                                  : ValueText(rate, (*block.rates)[r], block.intervals[r]),
        support == Support::kWeak ? "  (few nontarget trials: see docs/accuracy.md)" : "");
  }
  return text;
}

}  // namespace voizk::cli
