#include "evaluation/trials/trial_plan.h"

#include <numeric>
#include <utility>

#include "evaluation/trials/line_reader.h"

namespace voizk {
namespace {

class Planner {
 public:
  Planner(const UtteranceTable* table, TrialPlan* plan) : table_(table), plan_(plan) {}

  /// The utterance's number.  where: called for a new one.
  template <typename Place>
  Result<uint32_t> Add(const std::string& id, const Place& where) {
    if (const auto known = plan_->utterances.Find(id)) return *known;
    uint32_t row = 0;
    if (table_ != nullptr) {
      const auto found = table_->Find(id);
      if (!found.ok()) return {ErrorCode::kMalformed, where() + found.error().message};
      row = *found;
    }
    plan_->pieces.push_back(table_ != nullptr ? table_->piece(row)
                                              : UtteranceTable::Piece{.path = id});
    plan_->rows.push_back(row);
    plan_->where.push_back(where());
    return plan_->utterances.Add(id);
  }

 private:
  const UtteranceTable* table_;
  TrialPlan* plan_;
};

/// Sets that are joined (union by path halving).
class Sets {
 public:
  explicit Sets(size_t count) : parent_(count) {
    std::iota(parent_.begin(), parent_.end(), uint32_t{0});
  }
  uint32_t Of(uint32_t x) {
    while (parent_[x] != x) x = parent_[x] = parent_[parent_[x]];
    return x;
  }
  void Join(uint32_t a, uint32_t b) { parent_[Of(a)] = Of(b); }

 private:
  std::vector<uint32_t> parent_;
};

/// By utterance, from the table.
Result<std::vector<uint32_t>> LabelledSpeakers(const TrialPlan& plan, const UtteranceTable& table,
                                               size_t column) {
  Names names;
  std::vector<uint32_t> speakers;
  for (const uint32_t row : plan.rows) {
    const std::string& name = table.Value(row, column);
    if (name.empty()) {
      return {ErrorCode::kMalformed, Where(table.file(), table.line(row)) + "no speaker is named"};
    }
    speakers.push_back(names.Add(name));
  }
  return speakers;
}

std::vector<uint32_t> JoinedSpeakers(const TrialList& list, const TrialPlan& plan) {
  Sets sets(plan.utterances.size());
  for (const auto& utterances : plan.enrolled) {
    for (const uint32_t u : utterances) sets.Join(utterances.front(), u);
  }
  for (const Trial& t : list.trials) {
    if (t.target) sets.Join(plan.enrolled[t.enrol].front(), plan.tested[t.test]);
  }
  std::vector<uint32_t> speakers(plan.utterances.size());
  for (size_t u = 0; u < speakers.size(); ++u) speakers[u] = sets.Of(static_cast<uint32_t>(u));
  return speakers;
}

/// Numbered from 0 without gaps.
size_t Renumber(std::vector<uint32_t>* speakers) {
  std::vector<uint32_t> numbers(speakers->size(), UINT32_MAX);
  uint32_t next = 0;
  for (uint32_t& s : *speakers) {
    if (numbers[s] == UINT32_MAX) numbers[s] = next++;
    s = numbers[s];
  }
  return next;
}

}  // namespace

Result<TrialPlan> PlanTrials(const TrialList& list, const ModelList* models,
                             const UtteranceTable* table) {
  TrialPlan plan;
  plan.enrolled.resize(list.enrolled.size());
  plan.tested.resize(list.tested.size(), UINT32_MAX);
  Planner planner(table, &plan);
  for (const Trial& trial : list.trials) {
    const auto here = [&] { return list.WhereIs(trial); };
    std::vector<uint32_t>& enrolled = plan.enrolled[trial.enrol];
    const std::string& name = list.enrolled[trial.enrol];
    if (enrolled.empty() && models == nullptr) {
      VOIZK_ASSIGN_OR_RETURN(const uint32_t utterance, planner.Add(name, here));
      enrolled.push_back(utterance);
    } else if (enrolled.empty()) {
      const auto model = models->models.Find(name);
      if (!model) {
        return {ErrorCode::kMalformed, here() + "the model " + name + " is not in " + models->file};
      }
      const auto there = [&] { return Where(models->file, models->lines[*model]); };
      for (const std::string& id : models->utterances[*model]) {
        VOIZK_ASSIGN_OR_RETURN(const uint32_t utterance, planner.Add(id, there));
        enrolled.push_back(utterance);
      }
    }
    if (plan.tested[trial.test] == UINT32_MAX) {
      VOIZK_ASSIGN_OR_RETURN(plan.tested[trial.test], planner.Add(list.tested[trial.test], here));
    }
  }
  return plan;
}

Result<Speakers> FindSpeakers(const TrialList& list, const TrialPlan& plan,
                              const UtteranceTable* table) {
  Speakers speakers;
  const auto column = table != nullptr ? table->Column("speaker") : std::nullopt;
  speakers.labelled = column.has_value();
  if (column) {
    VOIZK_ASSIGN_OR_RETURN(speakers.utterances, LabelledSpeakers(plan, *table, *column));
  } else {
    speakers.utterances = JoinedSpeakers(list, plan);
  }
  speakers.count = Renumber(&speakers.utterances);
  for (size_t m = 0; m < plan.enrolled.size(); ++m) {
    const uint32_t first = speakers.utterances[plan.enrolled[m].front()];
    for (const uint32_t u : plan.enrolled[m]) {
      if (speakers.utterances[u] != first) {
        return {ErrorCode::kMalformed,
                plan.where[u] + "the model " + list.enrolled[m] + " has several speakers"};
      }
    }
    speakers.enrolled.push_back(first);
  }
  for (const uint32_t u : plan.tested) speakers.tested.push_back(speakers.utterances[u]);
  for (const Trial& t : list.trials) {
    if ((speakers.enrolled[t.enrol] == speakers.tested[t.test]) != t.target) {
      return {
          ErrorCode::kMalformed,
          list.WhereIs(t) +
              (t.target ? "a target trial of two speakers" : "a nontarget trial of one speaker") +
              (speakers.labelled ? "" : ", as other target trials of the list say")};
    }
  }
  return speakers;
}

}  // namespace voizk
