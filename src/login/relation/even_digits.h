// Every digit of the phrase carries its share of the voice (docs/decision.md, 1).  With p the
// one-hot positions of the path, m the pooling mask, E the energies, for each of the L digits
//   n = sum_t p_t,  v = sum_t p_t m_t,  S = sum_t p_t m_t E_2t,  V = sum_t m_t:
//   n <= frames_max,  v >= voiced_min,  100 v >= voiced_percent * n,
//   share_lo * V <= 100 L v <= share_hi * V,
//   S <= A v,  S >= (A - level_range) v  for one integer A.
// A is the prover's: the least one that the loudest digit allows admits the others best, so any A
// proves the same statement and nothing pins it.
#ifndef VOIZK_LOGIN_RELATION_EVEN_DIGITS_H_
#define VOIZK_LOGIN_RELATION_EVEN_DIGITS_H_

#include "login/relation/decision_config.h"
#include "relation/builder/builder.h"

namespace voizk {

/// views: S [L], v [L].  outputs: A [1], the least integer with S <= A v for all; 0 where v is 0.
inline constexpr char kDigitLevelHint[] = "digit level";

/// position: [T2][L] 0/1, at most one 1 in a row; mask: [T2] 0/1; energy: [T], T >= 2*T2 - 1.
/// T2 * 2^16, T2 * 100 L and T2 * share_percent_hi must each stay below 2^29, or the builder fails.
void RequireEvenDigits(Builder& b, const EvenDigits& c, TensorId position, TensorId mask,
                       TensorId energy);

}  // namespace voizk

#endif  // VOIZK_LOGIN_RELATION_EVEN_DIGITS_H_
