#include "evaluation/trials/trial_list.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <tuple>

#include "evaluation/trials/line_reader.h"

namespace voizk {
namespace {

using Fields = std::vector<std::string_view>;

bool IsKaldi(const Fields& f) { return f[2] == "target" || f[2] == "nontarget"; }
bool IsVoxCeleb(const Fields& f) { return f[0] == "0" || f[0] == "1"; }

Status AddTrial(const LineReader& lines, const Fields& fields, TrialList* list) {
  if (fields.size() != 3) {
    return lines.At("a trial has three columns, this line has " + std::to_string(fields.size()));
  }
  if (list->trials.empty()) {
    // A model may be named "1"; "target" as the name of a test file is not to be expected.
    list->format = IsKaldi(fields) ? ListFormat::kKaldi : ListFormat::kVoxCeleb;
  }
  const bool kaldi = list->format == ListFormat::kKaldi;
  if (kaldi ? !IsKaldi(fields) : !IsVoxCeleb(fields)) {
    return lines.At(kaldi ? "the third column is neither target nor nontarget"
                          : "neither is the first column 0 or 1 nor the third target or nontarget");
  }
  if (list->trials.size() == kMaxTrials) return lines.TooMany(kMaxTrials, "trials");
  list->trials.push_back({.enrol = list->enrolled.Add(fields[kaldi ? 0 : 1]),
                          .test = list->tested.Add(fields[kaldi ? 1 : 2]),
                          .line = static_cast<uint32_t>(lines.line()),
                          .target = fields[kaldi ? 2 : 0] == (kaldi ? "target" : "1")});
  return {};
}

}  // namespace

std::string TrialList::WhereIs(const Trial& trial) const { return Where(file, trial.line); }

Status CheckDistinct(const TrialList& list) {
  const std::vector<Trial>& trials = list.trials;
  std::vector<uint32_t> order(trials.size());
  std::iota(order.begin(), order.end(), uint32_t{0});
  const auto key = [&](uint32_t i) { return std::tuple(trials[i].enrol, trials[i].test, i); };
  std::ranges::sort(order, {}, key);
  // Trials of the same names now lie together, in the order of the list.
  std::optional<std::pair<uint32_t, uint32_t>> again;  // the later one, the first one
  for (size_t i = 1; i < order.size(); ++i) {
    const Trial &a = trials[order[i - 1]], &b = trials[order[i]];
    if (a.enrol != b.enrol || a.test != b.test || (again && again->first < order[i])) continue;
    again = {order[i], order[i - 1]};
  }
  if (!again) return {};
  return {ErrorCode::kMalformed, list.WhereIs(trials[again->first]) +
                                     "this trial is there twice, first in line " +
                                     std::to_string(trials[again->second].line)};
}

Result<TrialList> ParseTrialList(std::string_view text, const std::string& file) {
  TrialList list;
  list.file = file;
  LineReader lines(text, file, Separator::kBlanks);
  while (true) {
    VOIZK_ASSIGN_OR_RETURN(const Fields fields, lines.Next());
    if (fields.empty()) break;
    VOIZK_RETURN_IF_ERROR(AddTrial(lines, fields, &list));
  }
  if (list.trials.empty()) return {ErrorCode::kMalformed, file + ": there is no trial in it"};
  VOIZK_RETURN_IF_ERROR(CheckDistinct(list));
  return list;
}

std::string FormatTrialList(const TrialList& list, ListFormat format) {
  std::string text;
  for (const Trial& trial : list.trials) {
    const std::string& enrol = list.enrolled[trial.enrol];
    const std::string& test = list.tested[trial.test];
    if (format == ListFormat::kKaldi) {
      text.append(enrol).append(" ").append(test).append(trial.target ? " target\n"
                                                                      : " nontarget\n");
    } else {
      text.append(trial.target ? "1 " : "0 ").append(enrol).append(" ").append(test).append("\n");
    }
  }
  return text;
}

Result<ModelList> ParseModelList(std::string_view text, const std::string& file) {
  ModelList list;
  list.file = file;
  LineReader lines(text, file, Separator::kBlanks);
  size_t all = 0;
  while (true) {
    VOIZK_ASSIGN_OR_RETURN(const Fields fields, lines.Next());
    if (fields.empty()) break;
    const std::string model(fields[0]);
    if (list.models.Find(model)) return lines.At("the model " + model + " is there twice");
    if (fields.size() < 2) return lines.At("the model " + model + " has no utterance");
    if (fields.size() - 1 > kMaxModelUtterances) {
      return lines.At("a model of more than " + std::to_string(kMaxModelUtterances) +
                      " utterances");
    }
    all += fields.size() - 1;
    if (all > kMaxTrials) return lines.TooMany(kMaxTrials, "utterances of models");
    std::vector<std::string> utterances(fields.begin() + 1, fields.end());
    std::vector<std::string> sorted = utterances;
    std::ranges::sort(sorted);
    if (std::ranges::adjacent_find(sorted) != sorted.end()) {
      return lines.At("an utterance of the model " + model + " is there twice");
    }
    list.models.Add(model);
    list.utterances.push_back(std::move(utterances));
    list.lines.push_back(static_cast<uint32_t>(lines.line()));
  }
  if (list.utterances.empty()) return {ErrorCode::kMalformed, file + ": there is no model in it"};
  return list;
}

}  // namespace voizk
