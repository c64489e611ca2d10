#include "login/relation/phrase_states.h"

#include <algorithm>

namespace voizk {

Result<PhraseStates> MakePhraseStates(const DecisionConfig& c, std::span<const uint8_t> phrase) {
  const auto length = static_cast<int32_t>(std::min<size_t>(phrase.size(), 1000));
  if (length < c.phrase_digits_min || length > c.phrase_digits_max) {
    return {ErrorCode::kInvalidArgument, "the phrase is too short or too long for this model"};
  }
  for (size_t i = 0; i < phrase.size(); ++i) {
    if (phrase[i] > 9 || (i > 0 && phrase[i] == phrase[i - 1])) {
      return {ErrorCode::kInvalidArgument, "the phrase is not digits without equal neighbours"};
    }
  }
  PhraseStates s;
  const auto pause = [&s] {
    s.labels.push_back({s.count, kClassSilence});
    s.labels.push_back({s.count, kClassOther});
    s.position.push_back(0);
    return s.count++;
  };
  int32_t gap = pause();
  s.first.push_back(gap);
  int32_t previous_end = -1, position = 0;
  for (const uint8_t digit : phrase) {
    s.transitions.push_back({gap, gap});
    s.transitions.push_back({gap, s.count});
    if (previous_end < 0) {
      s.first.push_back(s.count);
    } else {
      s.transitions.push_back({previous_end, s.count});
    }
    const int32_t duration = c.min_frames[digit];
    ++position;
    for (int32_t j = 0; j < duration; ++j) {
      s.position.push_back(position);
      s.labels.push_back({s.count, digit});
      if (digit == 0) s.labels.push_back({s.count, kClassOh});
      if (j + 1 < duration) s.transitions.push_back({s.count, s.count + 1});
      ++s.count;
    }
    previous_end = s.count - 1;
    s.transitions.push_back({previous_end, previous_end});
    gap = pause();
    s.transitions.push_back({previous_end, gap});
  }
  s.transitions.push_back({gap, gap});
  s.last = {previous_end, gap};
  std::sort(s.transitions.begin(), s.transitions.end());
  return s;
}

}  // namespace voizk
