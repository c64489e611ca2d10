// Trial lists of three columns and lists of enrolment models, as other tools read and write them.
#ifndef VOIZK_EVALUATION_TRIALS_TRIAL_LIST_H_
#define VOIZK_EVALUATION_TRIALS_TRIAL_LIST_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "evaluation/trials/names.h"

namespace voizk {

enum class ListFormat {
  kKaldi,     // "ENROL TEST target" or "ENROL TEST nontarget"
  kVoxCeleb,  // "1 ENROL TEST" (same speaker) or "0 ENROL TEST": VoxCeleb, SpeechBrain, WeSpeaker
};

struct Trial {
  uint32_t enrol = 0;  // numbers of names
  uint32_t test = 0;
  uint32_t line = 0;  // of the list, from 1
  bool target = false;
};

/// Bounds what a list may make this program allocate: a trial takes 16 bytes, and some 100 bytes
/// and twice its own for each name that is new in it.  Utterances of all models together, too.
inline constexpr size_t kMaxTrials = 10'000'000;
/// Of a list or score file.
inline constexpr size_t kMaxTextBytes = size_t{1} << 30;

struct TrialList {
  std::string file;  // as errors name it
  ListFormat format = ListFormat::kKaldi;
  Names enrolled;
  Names tested;
  std::vector<Trial> trials;

  /// "FILE:LINE: " of a trial.
  std::string WhereIs(const Trial& trial) const;
};

/// That no two trials have both names in common, whose scores would count twice.  kMalformed, with
/// file and line, where the earliest repeats another.  Takes 4 bytes a trial.
Status CheckDistinct(const TrialList& list);

/// The format is that of the first line, and every line has to be of it.  kMalformed (line named;
/// a trial twice; no trial at all), kLimitExceeded.
Result<TrialList> ParseTrialList(std::string_view text, const std::string& file);

/// The same trials in either format.
std::string FormatTrialList(const TrialList& list, ListFormat format);

/// One model a line, "MODEL UTTERANCE UTTERANCE ..", Kaldi's spk2utt.
struct ModelList {
  std::string file;
  Names models;
  std::vector<std::vector<std::string>> utterances;  // by model
  std::vector<uint32_t> lines;                       // by model
};

/// Utterances of one model, as many as an enrolment takes.
inline constexpr size_t kMaxModelUtterances = 64;

/// kMalformed: a model twice, without an utterance, with one of them twice or with too many.
/// kLimitExceeded: kMaxTrials.
Result<ModelList> ParseModelList(std::string_view text, const std::string& file);

}  // namespace voizk

#endif  // VOIZK_EVALUATION_TRIALS_TRIAL_LIST_H_
