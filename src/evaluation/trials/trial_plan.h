// From a list, its models and its table to what has to be heard and who speaks in it.
#ifndef VOIZK_EVALUATION_TRIALS_TRIAL_PLAN_H_
#define VOIZK_EVALUATION_TRIALS_TRIAL_PLAN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "evaluation/trials/names.h"
#include "evaluation/trials/trial_list.h"
#include "evaluation/trials/utterance_table.h"

namespace voizk {

struct TrialPlan {
  Names utterances;                             // everything that has to be heard, by id
  std::vector<UtteranceTable::Piece> pieces;    // by utterance
  std::vector<uint32_t> rows;                   // by utterance, of the table (if there is one)
  std::vector<std::string> where;               // by utterance: "FILE:LINE: " that first names it
  std::vector<std::vector<uint32_t>> enrolled;  // by list.enrolled: the model's utterances
  std::vector<uint32_t> tested;                 // by list.tested
};

/// models, table: may be null; without models each name to enrol is an utterance, without a table
/// each utterance is a path.  kMalformed, with file and line: a model that is not in the list of
/// models, an utterance that is not in the table.
Result<TrialPlan> PlanTrials(const TrialList& list, const ModelList* models,
                             const UtteranceTable* table);

/// Numbers of speakers by list.enrolled and list.tested.
struct Speakers {
  std::vector<uint32_t> enrolled;
  std::vector<uint32_t> tested;
  std::vector<uint32_t> utterances;  // by utterance of the plan
  size_t count = 0;
  bool labelled = false;  // by the table; else from the target trials
};

/// From the table's column `speaker`.  Without it, who is one person in a target trial is one
/// speaker, which divides a speaker whom no target trial joins, and so makes intervals too narrow.
/// kMalformed, with file and line: an utterance without a speaker, a model of several, a trial
/// whose label contradicts the speakers.
Result<Speakers> FindSpeakers(const TrialList& list, const TrialPlan& plan,
                              const UtteranceTable* table);

}  // namespace voizk

#endif  // VOIZK_EVALUATION_TRIALS_TRIAL_PLAN_H_
