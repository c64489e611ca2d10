// What `voizk eval` is asked, and what its kinds share: reading lists, hearing recordings.
#ifndef VOIZK_CLI_EVAL_OPTIONS_H_
#define VOIZK_CLI_EVAL_OPTIONS_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common.h"
#include "evaluation/trials/trial_plan.h"

namespace voizk::cli {

struct EvalOptions {
  std::string list;
  std::string phrases;
  std::vector<std::string> compare;
  std::string models;
  std::string utterances;
  std::string audio;  // folder that relative paths of recordings start from
  std::optional<int> raw_rate_hz;
  std::vector<std::string> by;
  int draws = 1000;
  std::string scores;
  bool resume = false;
  std::vector<std::string> plots;
  std::string write_list;
  std::string write_format = "kaldi";
};

int EvalTrials(const EvalOptions& options, const Context& context);
int EvalScores(const EvalOptions& options, const Context& context);
int EvalPhrases(const EvalOptions& options, const Context& context);

inline constexpr uint64_t kEvalSeed = 1;  // of all draws: a run can be repeated

/// A text file.
Result<std::string> ReadText(const std::string& path, size_t max_bytes = kMaxTextBytes);
/// Where the file is given; an absent one is no error.
Result<std::optional<UtteranceTable>> ReadUtterances(const EvalOptions& options);
Result<std::optional<ModelList>> ReadModels(const EvalOptions& options);

/// A recording that has to be heard.
struct EvalRecording {
  UtteranceTable::Piece piece;
  std::string where;  // "FILE:LINE: " that asks for it
};

/// Paths as they are opened, in the order of the recordings.
std::vector<std::string> PathsOf(const EvalOptions& options,
                                 const std::vector<EvalRecording>& recordings);
/// Before any work: every file is there, none is empty, and none is about to be overwritten.
/// Errors name the line that asks for it.
Status CheckRecordings(const EvalOptions& options, const Context& context,
                       const std::vector<EvalRecording>& recordings,
                       const std::vector<std::string>& outputs);

struct HearingOutcome {
  std::optional<Error> error;  // the first in the order of the recordings; it names file and line
  size_t failed = 0;
};

/// Decodes every file once, in parallel, and calls `hear` with each recording's number and samples
/// from several threads; one that fails does not keep the others from being heard, and a signal
/// that waits (Unbroken) does.  skip: by
/// recording, those that need not be heard.
HearingOutcome HearAll(const EvalOptions& options, const Context& context, const Bundle& bundle,
                       const std::vector<EvalRecording>& recordings, const std::vector<bool>& skip,
                       const std::function<Status(size_t, const PcmBuffer&)>& hear);

}  // namespace voizk::cli

#endif  // VOIZK_CLI_EVAL_OPTIONS_H_
