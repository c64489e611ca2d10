// Error rates for people and for machines.
#ifndef VOIZK_CLI_EVAL_REPORT_H_
#define VOIZK_CLI_EVAL_REPORT_H_

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common.h"
#include "evaluation/trials/bootstrap.h"
#include "evaluation/trials/conditions.h"
#include "evaluation/trials/rates.h"

namespace voizk::cli {

/// The rates of some trials.
struct RatesBlock {
  std::string column;  // the condition; empty: all trials
  std::string value;
  size_t targets = 0;
  size_t nontargets = 0;
  size_t speakers = 0;
  std::optional<Rates> rates;  // nothing without trials of both kinds
  Intervals intervals;
};

struct RatesRequest {
  std::optional<double> threshold;
  size_t draws = 1000;
};

RatesBlock MeasureBlock(std::span<const ScoredTrial> trials, const RatesRequest& request,
                        ThreadPool* pool);
/// All trials, then each value of each condition.  used: by scored trial, its index in the
/// conditions.
std::vector<RatesBlock> MeasureBlocks(const std::vector<ScoredTrial>& trials,
                                      const std::vector<uint32_t>& used,
                                      const std::vector<Condition>& conditions,
                                      const RatesRequest& request, ThreadPool* pool);

/// docs/json/eval.schema.json: targets, nontargets, speakers, rates; column and value.
nlohmann::ordered_json ToJson(const RatesBlock& block, bool threshold);
/// A line for each rate.
std::string ToText(const RatesBlock& block, bool threshold);

/// {"value": .., "low": .., "high": ..}
nlohmann::ordered_json ValueJson(double value, const std::optional<Interval95>& interval);
/// "4.31 [2.20, 7.05] %"; minDCF, which is no share, as it is.
std::string ValueText(Rate rate, double value, const std::optional<Interval95>& interval);
/// For people.
const char* TitleOf(Rate rate);

}  // namespace voizk::cli

#endif  // VOIZK_CLI_EVAL_REPORT_H_
