// The phrase check (docs/decision.md, 1; why frame by frame: docs/protocol/pitfalls.md, "one
// voice speaks, another carries").
//
// The prover supplies a state path, a label per frame and M_t.  Proven, with c the logits, h the
// one-hot labels and w the voiced 20 ms frames:
//   (state_t, label_t, position_t, digit_t), (state_t, state_(t+1)) in tables of all phrases of
//   this length; first and last state allowed; h booleans with sum 1, label_t = sum_y y*h[t][y];
//   p[t][i] booleans with sum_i p[t][i] = 1 - h[t][silence] - h[t][other], so that at most one is
//   1, and position_t = sum_i i*p[t][i], i = 1..L; digit_t = sum_i p[t][i]*phrase_i, so that the
//   states are those of the statement's phrase; M_t >= c[t][y] for all y (a larger M_t only costs
//   the prover, so nothing pins it); sum_t sum_y h[t][y] * (M_t - c[t][y]) <= margin_base +
//   margin_per_digit * L; mask_t = w_t * sum_i p[t][i]; sum mask >= inside_min,  sum w - sum mask
//   <= outside_max; every digit carries its share (even_digits.h).
#ifndef VOIZK_LOGIN_RELATION_PHRASE_H_
#define VOIZK_LOGIN_RELATION_PHRASE_H_

#include <cstdint>
#include <span>

#include "login/relation/decision_config.h"
#include "relation/builder/builder.h"

namespace voizk {

/// Public input of the relation: the digits [L].
inline constexpr char kPhraseInput[] = "phrase";

/// views: logits [T2][13], w [T2], energy [T2], phrase [L].  params: min_frames [10],
/// phrase_digits_min, phrase_digits_max, the margin, outside_max, and EvenDigits in order. outputs:
/// PhraseOutput order. The cheapest path, ties to the later state, the lowest label of equal ones;
/// where that path leaves too many voiced frames in pauses or a digit without its share, the first
/// within all bounds when such frames cost 1, 2, .. 32 more each, or else the first within the
/// margin and outside_max.
inline constexpr char kViterbiHint[] = "viterbi";

enum PhraseOutput : size_t {
  kPhraseState,     // [T2]
  kPhraseLabel,     // [T2][13] one-hot
  kPhraseMax,       // [T2] M
  kPhrasePosition,  // [T2][L] one-hot, all zero in pauses
  kPhraseOutputs,
};

/// Declares the public input.
TensorId AddPhraseInput(Builder& b, size_t digits);

/// That the phrase of the statement, of this many digits and without equal neighbours (which
/// whoever makes the statement has to see to: CheckPhrase, phrase_states.h), was spoken.  logits
/// [T2][13]; voiced, a 0/1 tensor, and energy: [T] with T >= 2*T2 - 1.  Returns the mask [T2].
TensorId RequirePhrase(Builder& b, const DecisionConfig& c, size_t digits, TensorId logits,
                       TensorId voiced, TensorId energy);

}  // namespace voizk

#endif  // VOIZK_LOGIN_RELATION_PHRASE_H_
