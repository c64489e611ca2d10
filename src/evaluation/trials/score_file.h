// Scores of trials as text: "ENROL TEST SCORE target" a line, which is Kaldi's form with
// WeSpeaker's fourth column; the fourth may be left out where a list gives it.
#ifndef VOIZK_EVALUATION_TRIALS_SCORE_FILE_H_
#define VOIZK_EVALUATION_TRIALS_SCORE_FILE_H_

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "evaluation/trials/trial_list.h"

namespace voizk {

struct ScoredList {
  TrialList list;
  std::vector<double> scores;  // by trial
};

/// labels: of lines without the fourth column; may be null.  kMalformed, with file and line:
/// columns missing, a score that is no finite number, no label, a label that contradicts the
/// list's, a trial twice.
Result<ScoredList> ParseScores(std::string_view text, const std::string& file,
                               const TrialList* labels);

/// Scores so that reading gives the same numbers; trials whose score is NaN are left out.
std::string FormatScores(const TrialList& list, std::span<const double> scores);

/// b's scores in the order of a's trials.  kMalformed, naming file and line: a trial of the one
/// that the other has not, or has with another label.  Each holds a trial once (ParseScores).
Result<std::vector<double>> Aligned(const ScoredList& a, const ScoredList& b);

}  // namespace voizk

#endif  // VOIZK_EVALUATION_TRIALS_SCORE_FILE_H_
