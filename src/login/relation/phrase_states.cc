#include "login/relation/phrase_states.h"

#include <algorithm>
#include <array>

namespace voizk {
namespace {

constexpr int32_t kDigits = 10;

Status CheckLength(const DecisionConfig& c, size_t digits) {
  const auto length = static_cast<int32_t>(std::min<size_t>(digits, 1000));
  if (length >= c.phrase_digits_min && length <= c.phrase_digits_max) return {};
  return {ErrorCode::kInvalidArgument, "the phrase is too short or too long for this model"};
}

// The numbering of PhraseTables.
class Numbering {
 public:
  explicit Numbering(const DecisionConfig& c) {
    for (size_t d = 0; d < kDigits; ++d) begin_[d + 1] = begin_[d] + c.min_frames[d];
  }
  int32_t Pause(int32_t i) const { return i * (begin_.back() + 1); }
  /// Sub-state j = 1 .. D_d of digit d at position i.
  int32_t Digit(int32_t i, int32_t d, int32_t j) const {
    return Pause(i - 1) + begin_[static_cast<size_t>(d)] + j;
  }

 private:
  std::array<int32_t, kDigits + 1> begin_{};
};

}  // namespace

Status CheckPhrase(const DecisionConfig& c, std::span<const uint8_t> phrase) {
  VOIZK_RETURN_IF_ERROR(CheckLength(c, phrase.size()));
  for (size_t i = 0; i < phrase.size(); ++i) {
    if (phrase[i] > 9 || (i > 0 && phrase[i] == phrase[i - 1])) {
      return {ErrorCode::kInvalidArgument, "the phrase is not digits without equal neighbours"};
    }
  }
  return {};
}

Result<PhraseStates> MakePhraseStates(const DecisionConfig& c, std::span<const uint8_t> phrase) {
  VOIZK_RETURN_IF_ERROR(CheckPhrase(c, phrase));
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

Result<PhraseTables> MakePhraseTables(const DecisionConfig& c, size_t digits) {
  VOIZK_RETURN_IF_ERROR(CheckLength(c, digits));
  const auto length = static_cast<int32_t>(digits);
  const Numbering number(c);
  PhraseTables t;
  t.count = number.Pause(length) + 1;
  t.position.assign(static_cast<size_t>(t.count), 0);
  t.digit = t.position;
  const auto to_every_digit = [&](int32_t from, int32_t i, int32_t except) {
    for (int32_t d = 0; d < kDigits && i <= length; ++d) {
      if (d != except) t.transitions.push_back({from, number.Digit(i, d, 1)});
    }
  };
  for (int32_t i = 0; i <= length; ++i) {
    const int32_t pause = number.Pause(i);
    t.labels.push_back({pause, kClassSilence});
    t.labels.push_back({pause, kClassOther});
    t.transitions.push_back({pause, pause});
    to_every_digit(pause, i + 1, -1);
    for (int32_t d = 0; d < kDigits && i > 0; ++d) {
      const int32_t duration = c.min_frames[static_cast<size_t>(d)];
      for (int32_t j = 1; j <= duration; ++j) {
        const int32_t state = number.Digit(i, d, j);
        t.position[static_cast<size_t>(state)] = i;
        t.digit[static_cast<size_t>(state)] = d;
        t.labels.push_back({state, d});
        if (d == 0) t.labels.push_back({state, kClassOh});
        t.transitions.push_back({state, j < duration ? state + 1 : state});
      }
      const int32_t end = number.Digit(i, d, duration);
      t.transitions.push_back({end, pause});
      to_every_digit(end, i + 1, d);  // no phrase has equal neighbours
      if (i == length) t.last.push_back(end);
    }
  }
  t.first.push_back(number.Pause(0));
  for (int32_t d = 0; d < kDigits; ++d) t.first.push_back(number.Digit(1, d, 1));
  t.last.push_back(number.Pause(length));
  return t;
}

std::vector<int32_t> NumbersOf(const DecisionConfig& c, std::span<const uint8_t> phrase,
                               const PhraseStates& states) {
  const Numbering number(c);
  std::vector<int32_t> numbers;
  int32_t pauses = 0, sub_state = 0;
  for (const int32_t position : states.position) {
    if (position == 0) {
      numbers.push_back(number.Pause(pauses++));
      sub_state = 0;
    } else {
      numbers.push_back(
          number.Digit(position, phrase[static_cast<size_t>(position - 1)], ++sub_state));
    }
  }
  return numbers;
}

}  // namespace voizk
