#include "evaluation/trials/score_file.h"

#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <unordered_map>

#include "evaluation/trials/line_reader.h"

namespace voizk {
namespace {

/// Finds trials by their two names.
class TrialIndex {
 public:
  explicit TrialIndex(const TrialList& list) : list_(list) {
    trials_.reserve(list.trials.size());
    for (size_t i = 0; i < list.trials.size(); ++i) {
      trials_[Key(list.trials[i].enrol, list.trials[i].test)] = i;
    }
  }
  std::optional<size_t> Find(std::string_view enrol, std::string_view test) const {
    const auto e = list_.enrolled.Find(enrol), t = list_.tested.Find(test);
    if (!e || !t) return std::nullopt;
    const auto found = trials_.find(Key(*e, *t));
    return found == trials_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  static uint64_t Key(uint32_t enrol, uint32_t test) { return uint64_t{enrol} << 32 | test; }
  const TrialList& list_;
  std::unordered_map<uint64_t, size_t> trials_;
};

/// The label of a line of three or four columns.
Result<bool> LabelOf(const LineReader& lines, const std::vector<std::string_view>& fields,
                     const TrialList* labels, const std::optional<TrialIndex>& index) {
  std::optional<bool> given;
  if (fields.size() == 4) {
    if (fields[3] != "target" && fields[3] != "nontarget") {
      return lines.At("the fourth column is neither target nor nontarget");
    }
    given = fields[3] == "target";
  }
  if (!index) {
    if (given) return *given;
    return lines.At("no fourth column says target or nontarget, and no list is given that does");
  }
  const auto trial = index->Find(fields[0], fields[1]);
  if (!trial) return lines.At("this trial is not in " + labels->file);
  const bool label = labels->trials[*trial].target;
  if (given && *given != label) return lines.At("the label is another one in " + labels->file);
  return label;
}

}  // namespace

Result<ScoredList> ParseScores(std::string_view text, const std::string& file,
                               const TrialList* labels) {
  ScoredList scored;
  scored.list.file = file;
  std::optional<TrialIndex> index;
  if (labels != nullptr) index.emplace(*labels);
  LineReader lines(text, file, Separator::kBlanks);
  while (true) {
    VOIZK_ASSIGN_OR_RETURN(const auto fields, lines.Next());
    if (fields.empty()) break;
    if (fields.size() != 3 && fields.size() != 4) {
      return lines.At("a scored trial has three columns or four, this line has " +
                      std::to_string(fields.size()));
    }
    double score = 0;
    if (!ParseNumber(fields[2], &score)) {
      return lines.At("'" + std::string(fields[2]) + "' is no score");
    }
    VOIZK_ASSIGN_OR_RETURN(const bool target, LabelOf(lines, fields, labels, index));
    if (scored.scores.size() == kMaxTrials) return lines.TooMany(kMaxTrials, "trials");
    scored.list.trials.push_back({scored.list.enrolled.Add(fields[0]),
                                  scored.list.tested.Add(fields[1]),
                                  static_cast<uint32_t>(lines.line()), target});
    scored.scores.push_back(score);
  }
  if (scored.scores.empty()) return {ErrorCode::kMalformed, file + ": there is no score in it"};
  VOIZK_RETURN_IF_ERROR(CheckDistinct(scored.list));
  return scored;
}

std::string FormatScores(const TrialList& list, std::span<const double> scores) {
  std::string text;
  std::array<char, 32> digits{};
  for (size_t i = 0; i < list.trials.size(); ++i) {
    if (std::isnan(scores[i])) continue;
    const Trial& trial = list.trials[i];
    const auto [end, error] = std::to_chars(digits.begin(), digits.end(), scores[i]);
    const std::string_view score(digits.data(), static_cast<size_t>(end - digits.begin()));
    text.append(list.enrolled[trial.enrol]).append(" ").append(list.tested[trial.test]);
    text.append(" ").append(score).append(trial.target ? " target\n" : " nontarget\n");
  }
  return text;
}

Result<std::vector<double>> Aligned(const ScoredList& a, const ScoredList& b) {
  const auto only_in = [](const ScoredList& one, const Trial& trial, const ScoredList& other) {
    return Error{ErrorCode::kMalformed, one.list.WhereIs(trial) + "this trial is not in " +
                                            other.list.file + ", or with another label"};
  };
  const auto fetch = [&](const ScoredList& from,
                         const ScoredList& by) -> Result<std::vector<double>> {
    const TrialIndex index(from.list);
    std::vector<double> scores;
    scores.reserve(by.scores.size());
    for (const Trial& t : by.list.trials) {
      const auto found = index.Find(by.list.enrolled[t.enrol], by.list.tested[t.test]);
      if (!found || from.list.trials[*found].target != t.target) return only_in(by, t, from);
      scores.push_back(from.scores[*found]);
    }
    return scores;
  };
  VOIZK_RETURN_IF_ERROR(fetch(a, b).status());
  return fetch(b, a);
}

}  // namespace voizk
