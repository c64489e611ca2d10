// The states of a phrase (docs/decision.md, 1): pauses around and between the digits, each digit a
// chain of sub-states that enforces its shortest duration.  Public.
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

/// Digits 0..9, as many as the model takes, no two neighbours equal (a pause between equal digits
/// is not required by the transitions, so "5 5" could be read into one long 5).  kInvalidArgument.
Status CheckPhrase(const DecisionConfig& c, std::span<const uint8_t> phrase);

/// CheckPhrase's errors.
Result<PhraseStates> MakePhraseStates(const DecisionConfig& c, std::span<const uint8_t> phrase);

/// The states of every phrase of one length, for the relation's tables: pauses G_i and, at each
/// position i, the chains S_i,d,1 .. S_i,d,D_d of all ten digits d.  Numbered
///   G_i = i (M + 1),   S_i,d,j = (i - 1)(M + 1) + D_0 + .. + D_(d-1) + j,   M = D_0 + .. + D_9.
/// What is kept of them where the digit of every position is the phrase's are MakePhraseStates',
/// and the numbers of its states rise in the same order.
struct PhraseTables {
  int32_t count = 0;
  std::vector<int32_t> position;                         // by state
  std::vector<int32_t> digit;                            // by state; 0 in a pause
  std::vector<std::pair<int32_t, int32_t>> labels;       // (state, class)
  std::vector<std::pair<int32_t, int32_t>> transitions;  // (state, next)
  std::vector<int32_t> first;
  std::vector<int32_t> last;
};

/// kInvalidArgument: the model takes no phrases of that many digits.
Result<PhraseTables> MakePhraseTables(const DecisionConfig& c, size_t digits);

/// The number among all phrases' states of each of one phrase's states.
std::vector<int32_t> NumbersOf(const DecisionConfig& c, std::span<const uint8_t> phrase,
                               const PhraseStates& states);

}  // namespace voizk

#endif  // VOIZK_LOGIN_RELATION_PHRASE_STATES_H_
