#include <algorithm>
#include <vector>

#include "statement/phrase.h"
#include "statement/phrase_states.h"
#include "statement_hints/hints.h"

namespace voizk {
namespace {

constexpr int64_t kNever = INT64_MAX / 4;

struct Trellis {
  std::vector<std::vector<int32_t>> labels;        // by state
  std::vector<std::vector<int32_t>> predecessors;  // by state, ascending

  explicit Trellis(const PhraseStates& s)
      : labels(static_cast<size_t>(s.count)), predecessors(labels.size()) {
    for (const auto& [state, label] : s.labels) labels[static_cast<size_t>(state)].push_back(label);
    for (const auto& [from, to] : s.transitions) {
      predecessors[static_cast<size_t>(to)].push_back(from);
    }
  }
};

// The cheapest label of a state in a frame: the largest logit, the first of equal ones.
int32_t BestLabel(const std::vector<int32_t>& labels, const int64_t* logits) {
  return *std::max_element(labels.begin(), labels.end(),
                           [&](int32_t a, int32_t b) { return logits[a] < logits[b]; });
}

// The path with the largest sum of labelled logits (which is the cheapest, as M_t is common to all
// paths); ties go to the later state.
std::vector<int32_t> BestPath(const PhraseStates& s, const Trellis& trellis,
                              const SecureVector<int64_t>& logits, size_t frames) {
  const auto states = static_cast<size_t>(s.count);
  SecureVector<int64_t> best(states, -kNever), next(states);
  SecureVector<int32_t> back(frames * states, -1);
  const auto gain = [&](size_t t, size_t state) {
    const int64_t* row = &logits[t * kClasses];
    return row[BestLabel(trellis.labels[state], row)];
  };
  for (const int32_t f : s.first) best[static_cast<size_t>(f)] = gain(0, static_cast<size_t>(f));
  for (size_t t = 1; t < frames; ++t) {
    for (size_t state = 0; state < states; ++state) {
      next[state] = -kNever;
      for (const int32_t from : trellis.predecessors[state]) {
        if (best[static_cast<size_t>(from)] < next[state]) continue;  // ">=": later state wins
        next[state] = best[static_cast<size_t>(from)];
        back[t * states + state] = from;
      }
      if (next[state] > -kNever / 2) next[state] += gain(t, state);
    }
    std::swap(best, next);
  }
  int32_t end = s.last.front();
  for (const int32_t l : s.last) {
    if (best[static_cast<size_t>(l)] >= best[static_cast<size_t>(end)]) end = l;
  }
  std::vector<int32_t> path(frames, end);
  if (best[static_cast<size_t>(end)] < -kNever / 2) return {};
  for (size_t t = frames - 1; t > 0; --t) {
    path[t - 1] = back[t * states + static_cast<size_t>(path[t])];
  }
  return path;
}

}  // namespace

Status ViterbiHint(const HintCall& call) {
  const Status misfit{ErrorCode::kInternal, "viterbi: step does not fit"};
  if (call.views.size() != 1 || call.params.size() < 12 || call.outputs.size() != kPhraseOutputs) {
    return misfit;
  }
  const size_t digits = call.params.size() - 12, frames = call.outputs[kPhraseState].size();
  const auto& logits = call.views[0];
  if (logits.size() != frames * kClasses || frames == 0) return misfit;
  DecisionConfig c;
  std::vector<uint8_t> phrase;
  for (size_t i = 0; i < digits; ++i) phrase.push_back(static_cast<uint8_t>(call.params[i]));
  for (size_t i = 0; i < 10; ++i) c.min_frames[i] = static_cast<int32_t>(call.params[digits + i]);
  c.phrase_digits_min = static_cast<int32_t>(call.params[digits + 10]);
  c.phrase_digits_max = static_cast<int32_t>(call.params[digits + 11]);
  VOIZK_ASSIGN_OR_RETURN(const PhraseStates states, MakePhraseStates(c, phrase));
  const Trellis trellis(states);
  const std::vector<int32_t> path = BestPath(states, trellis, logits, frames);
  if (path.empty()) return {ErrorCode::kRefused, "too short"};
  for (size_t t = 0; t < frames; ++t) {
    const int64_t* row = &logits[t * kClasses];
    const int32_t label = BestLabel(trellis.labels[static_cast<size_t>(path[t])], row);
    call.outputs[kPhraseState][t] = path[t];
    call.outputs[kPhraseLabel][t * kClasses + static_cast<size_t>(label)] = 1;
    call.outputs[kPhraseMax][t] = static_cast<int32_t>(*std::max_element(row, row + kClasses));
  }
  return {};
}

}  // namespace voizk
