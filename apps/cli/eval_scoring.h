// Trial lists as they are asked for and as they score: what `voizk eval LIST` and `voizk bundle
// create` have in common.
#ifndef VOIZK_CLI_EVAL_SCORING_H_
#define VOIZK_CLI_EVAL_SCORING_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/threads.h"
#include "eval_report.h"
#include "eval_voices.h"
#include "login/relation/decision_config.h"

namespace voizk::cli {

/// Everything that is read before anything is heard.
struct Asked {
  TrialList list;
  std::optional<UtteranceTable> table;
  TrialPlan plan;
  Speakers speakers;
  std::vector<EvalRecording> recordings;
  std::vector<Condition> conditions;  // by columns of the table
  bool by_length = false;
};
Result<Asked> ReadAsked(const EvalOptions& options);

/// Why trials have no score: recordings that were refused, or models of them.
struct Unscored {
  std::map<std::string, size_t> recordings;  // by reason
  size_t models = 0;                         // without a template
  size_t smaller = 0;                        // enrolled from what is left of their recordings
  size_t trials = 0;
};

/// By trial; NaN where there is none.
std::vector<double> ScoreTrials(const DecisionConfig& c, const Asked& asked,
                                const EvalVoices& voices, Unscored* unscored, ThreadPool* pool);

}  // namespace voizk::cli

#endif  // VOIZK_CLI_EVAL_SCORING_H_
