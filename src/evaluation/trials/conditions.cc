#include "evaluation/trials/conditions.h"

#include <algorithm>

namespace voizk {

Result<Condition> ByColumn(const TrialList& list, const TrialPlan& plan,
                           const UtteranceTable& table, const std::string& column) {
  const auto number = table.Column(column);
  if (!number) {
    return {ErrorCode::kInvalidArgument, table.file() + ": there is no column " + column};
  }
  const auto value_of = [&](uint32_t utterance) -> const std::string& {
    return table.Value(plan.rows[utterance], *number);
  };
  Condition condition{.column = column, .values = {}, .of_trial = {}};
  Names names;
  for (const Trial& trial : list.trials) {
    const std::vector<uint32_t>& model = plan.enrolled[trial.enrol];
    const bool alike = std::ranges::all_of(
        model, [&](uint32_t u) { return value_of(u) == value_of(model.front()); });
    std::string value = alike ? value_of(model.front()) : "mixed";
    const std::string& tested = value_of(plan.tested[trial.test]);
    if (value != tested) value.append("/").append(tested);
    const uint32_t name = names.Add(value);
    if (name >= kMaxConditionValues) {
      return {ErrorCode::kLimitExceeded, list.WhereIs(trial) + "the column " + column + " of " +
                                             table.file() +
                                             " has too many values for a condition (64 at most)"};
    }
    condition.of_trial.push_back(static_cast<uint8_t>(name));
  }
  for (size_t i = 0; i < names.size(); ++i) condition.values.push_back(names[i]);
  return condition;
}

Condition ByLength(const TrialList& list, const TrialPlan& plan,
                   const std::vector<double>& seconds) {
  Condition condition{.column = "length",
                      .values = {"under 2 s", "2 to 4 s", "4 to 8 s", "8 s and more"},
                      .of_trial = {}};
  for (const Trial& trial : list.trials) {
    const double s = seconds[plan.tested[trial.test]];
    condition.of_trial.push_back(s < 2 ? 0 : s < 4 ? 1 : s < 8 ? 2 : 3);
  }
  return condition;
}

}  // namespace voizk
