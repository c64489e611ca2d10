// Trials sorted by a condition of their recordings.
#ifndef VOIZK_EVALUATION_TRIALS_CONDITIONS_H_
#define VOIZK_EVALUATION_TRIALS_CONDITIONS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "evaluation/trials/trial_plan.h"

namespace voizk {

struct Condition {
  std::string column;
  std::vector<std::string> values;
  std::vector<uint8_t> of_trial;  // index of values
};

/// More values are no condition.
inline constexpr size_t kMaxConditionValues = 64;

/// By a column of the table: "F" where both sides have it, "F/M" (enrolled / tested) where they
/// differ, "mixed/M" where the utterances of a model do.  kInvalidArgument: no such column
/// is kept; kLimitExceeded, with the line of the list: more than kMaxConditionValues.
Result<Condition> ByColumn(const TrialList& list, const TrialPlan& plan,
                           const UtteranceTable& table, const std::string& column);

/// By the length of the tested recording in seconds, [utterance of the plan]: under 2, 2 to 4, 4 to
/// 8, 8 and more.
Condition ByLength(const TrialList& list, const TrialPlan& plan,
                   const std::vector<double>& seconds);

}  // namespace voizk

#endif  // VOIZK_EVALUATION_TRIALS_CONDITIONS_H_
