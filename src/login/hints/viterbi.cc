#include <algorithm>
#include <vector>

#include "login/hints/hints.h"
#include "login/relation/phrase.h"
#include "login/relation/phrase_states.h"

namespace voizk {
namespace {

constexpr int64_t kNever = INT64_MAX / 4;

struct Trellis {
  std::vector<SecureVector<int32_t>> labels;        // by state
  std::vector<SecureVector<int32_t>> predecessors;  // by state, ascending

  explicit Trellis(const PhraseStates& s)
      : labels(static_cast<size_t>(s.count)), predecessors(labels.size()) {
    for (const auto& [state, label] : s.labels) labels[static_cast<size_t>(state)].push_back(label);
    for (const auto& [from, to] : s.transitions) {
      predecessors[static_cast<size_t>(to)].push_back(from);
    }
  }
};

// The cheapest label of a state in a frame: the largest logit, the first of equal ones.
int32_t BestLabel(const SecureVector<int32_t>& labels, const int64_t* logits) {
  return *std::max_element(labels.begin(), labels.end(),
                           [&](int32_t a, int32_t b) { return logits[a] < logits[b]; });
}

bool IsPause(const Trellis& trellis, size_t state) {
  return trellis.labels[state].front() >= kClassSilence;
}

// The path with the largest sum of labelled logits (which is the cheapest, as M_t is common to all
// paths) where every voiced frame in a pause costs `pause_price` more; ties go to the later state.
SecureVector<int32_t> BestPath(const PhraseStates& s, const Trellis& trellis,
                               const SecureVector<int64_t>& logits,
                               const SecureVector<int64_t>& voiced, int64_t pause_price) {
  const size_t frames = voiced.size();
  const auto states = static_cast<size_t>(s.count);
  SecureVector<int64_t> best(states, -kNever), next(states);
  SecureVector<int32_t> back(frames * states, -1);
  const auto gain = [&](size_t t, size_t state) {
    const int64_t* row = &logits[t * kClasses];
    const bool priced = voiced[t] != 0 && IsPause(trellis, state);
    return row[BestLabel(trellis.labels[state], row)] - (priced ? pause_price : 0);
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
  SecureVector<int32_t> path(frames, end);
  if (best[static_cast<size_t>(end)] < -kNever / 2) return {};
  for (size_t t = frames - 1; t > 0; --t) {
    path[t - 1] = back[t * states + static_cast<size_t>(path[t])];
  }
  return path;
}

/// What a path is held to.
struct Bounds {
  int64_t margin = 0, outside_max = 0;
  EvenDigits digits;
};

// Does the path keep to the margin and to the bound on voiced frames in pauses?
bool Satisfies(const Trellis& trellis, const SecureVector<int64_t>& logits,
               const SecureVector<int64_t>& voiced, const SecureVector<int32_t>& path,
               const Bounds& bounds) {
  int64_t cost = 0, outside = 0;
  for (size_t t = 0; t < path.size(); ++t) {
    const int64_t* row = &logits[t * kClasses];
    const auto state = static_cast<size_t>(path[t]);
    cost += *std::max_element(row, row + kClasses) - row[BestLabel(trellis.labels[state], row)];
    outside += voiced[t] != 0 && IsPause(trellis, state) ? 1 : 0;
  }
  return cost <= bounds.margin && outside <= bounds.outside_max;
}

// Does every digit carry its share (even_digits.h)?
bool IsEven(const PhraseStates& s, const SecureVector<int64_t>& voiced,
            const SecureVector<int64_t>& energy, const SecureVector<int32_t>& path,
            const EvenDigits& c) {
  const auto digits = static_cast<size_t>(*std::max_element(s.position.begin(), s.position.end()));
  SecureVector<int64_t> frames(digits), pooled(digits), levels(digits);
  int64_t all = 0, loudest = 0;
  for (size_t t = 0; t < path.size(); ++t) {
    const int32_t position = s.position[static_cast<size_t>(path[t])];
    if (position == 0) continue;
    const auto k = static_cast<size_t>(position - 1);
    ++frames[k];
    pooled[k] += voiced[t];
    levels[k] += voiced[t] * energy[t];
    all += voiced[t];
  }
  for (size_t k = 0; k < digits; ++k) {
    if (pooled[k] > 0) loudest = std::max(loudest, (levels[k] + pooled[k] - 1) / pooled[k]);
  }
  for (size_t k = 0; k < digits; ++k) {
    const int64_t share = 100 * static_cast<int64_t>(digits) * pooled[k];
    if (frames[k] > c.frames_max || pooled[k] < c.voiced_min ||
        100 * pooled[k] < c.voiced_percent * frames[k] || share < c.share_percent_lo * all ||
        share > c.share_percent_hi * all || levels[k] < (loudest - c.level_range) * pooled[k]) {
      return false;
    }
  }
  return true;
}

// The cheapest path; where it leaves too much voiced speech in pauses or a digit without its share,
// the first that does not among those of rising price for voiced frames in pauses.  Every path
// within the bounds proves the same statement, so this only spares an honest user a refusal.
SecureVector<int32_t> ChoosePath(const PhraseStates& s, const Trellis& trellis,
                                 const SecureVector<int64_t>& logits,
                                 const SecureVector<int64_t>& voiced,
                                 const SecureVector<int64_t>& energy, const Bounds& bounds) {
  SecureVector<int32_t> cheapest, satisfying;
  for (int64_t price = 0; price <= 32; price = price == 0 ? 1 : 2 * price) {
    SecureVector<int32_t> path = BestPath(s, trellis, logits, voiced, price);
    if (path.empty()) return path;
    const bool satisfies = Satisfies(trellis, logits, voiced, path, bounds);
    if (satisfies && IsEven(s, voiced, energy, path, bounds.digits)) return path;
    if (satisfies && satisfying.empty()) satisfying = path;
    if (price == 0) cheapest = std::move(path);
  }
  return satisfying.empty() ? cheapest : satisfying;
}

}  // namespace

Status ViterbiHint(const HintCall& call) {
  constexpr size_t kConstants = 20;
  Status misfit{ErrorCode::kInternal, "viterbi: step does not fit"};
  if (call.views.size() != 4 || call.params.size() != kConstants ||
      call.outputs.size() != kPhraseOutputs) {
    return misfit;
  }
  const size_t digits = call.views[3].size(), frames = call.outputs[kPhraseState].size();
  const auto &logits = call.views[0], &voiced = call.views[1], &energy = call.views[2];
  if (logits.size() != frames * kClasses || voiced.size() != frames || energy.size() != frames ||
      frames == 0 || call.outputs[kPhrasePosition].size() != frames * digits) {
    return misfit;
  }
  const auto constant = [&](size_t i) { return static_cast<int32_t>(call.params[i]); };
  DecisionConfig c;
  std::vector<uint8_t> phrase;
  for (size_t i = 0; i < digits; ++i) phrase.push_back(static_cast<uint8_t>(call.views[3][i]));
  for (size_t i = 0; i < 10; ++i) c.min_frames[i] = constant(i);
  c.phrase_digits_min = constant(10);
  c.phrase_digits_max = constant(11);
  const Bounds bounds{
      constant(12),
      constant(13),
      {constant(14), constant(15), constant(16), constant(17), constant(18), constant(19)}};
  VOIZK_ASSIGN_OR_RETURN(const PhraseStates states, MakePhraseStates(c, phrase));
  const Trellis trellis(states);
  const SecureVector<int32_t> path = ChoosePath(states, trellis, logits, voiced, energy, bounds);
  if (path.empty()) return {ErrorCode::kRefused, "too short"};
  const std::vector<int32_t> numbers = NumbersOf(c, phrase, states);
  for (size_t t = 0; t < frames; ++t) {
    const int64_t* row = &logits[t * kClasses];
    const int32_t label = BestLabel(trellis.labels[static_cast<size_t>(path[t])], row);
    call.outputs[kPhraseState][t] = numbers[static_cast<size_t>(path[t])];
    const int32_t position = states.position[static_cast<size_t>(path[t])];
    if (position > 0) {
      call.outputs[kPhrasePosition][t * digits + static_cast<size_t>(position - 1)] = 1;
    }
    call.outputs[kPhraseLabel][t * kClasses + static_cast<size_t>(label)] = 1;
    call.outputs[kPhraseMax][t] = static_cast<int32_t>(*std::max_element(row, row + kClasses));
  }
  return {};
}

}  // namespace voizk
