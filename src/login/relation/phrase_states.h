// The states of a phrase (docs/decision.md, 1): pauses around and between the digits, each digit a
// chain of sub-states that enforces its shortest duration.  Public; both sides rebuild it.
#ifndef VOIZK_LOGIN_RELATION_PHRASE_STATES_H_
#define VOIZK_LOGIN_RELATION_PHRASE_STATES_H_

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "base/result.h"
#include "login/relation/decision_config.h"

namespace voizk {

/// States are numbered in order of progress: G_0, S_1,1 .. S_1,D1, G_1, S_2,1, .., G_L.
struct PhraseStates {
  int32_t count = 0;
  std::vector<int32_t> position;  // by state: k in the k-th digit, from 1; 0 in a pause
  std::vector<std::pair<int32_t, int32_t>> labels;       // (state, class), sorted
  std::vector<std::pair<int32_t, int32_t>> transitions;  // (state, next), sorted
  std::vector<int32_t> first;
  std::vector<int32_t> last;
};

/// Digits 0..9, no two neighbours equal (a pause between equal digits is not required by the
/// transitions, so "5 5" could be read into one long 5).
Result<PhraseStates> MakePhraseStates(const DecisionConfig& c, std::span<const uint8_t> phrase);

}  // namespace voizk

#endif  // VOIZK_LOGIN_RELATION_PHRASE_STATES_H_
