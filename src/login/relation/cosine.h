// The voice decision (docs/decision.md, 2), exactly: with e, t in [-127, 127]^n,
//   dot = sum e_i t_i >= 1,   dot^2 * 2^24 >= theta^2 * |e|^2 * |t|^2        (cos >= theta / 4096)
//   |t|^2 in [norm2_lo, norm2_hi],   |e|^2 >= embedding_norm2_min.
//
// Both sides reach 2^64, so they are compared in limbs of B = 2^10:
//   dot = d1*B + d0, |e|^2 = e1*B + e0, |t|^2 = t1*B + t0, |e|^2*|t|^2 = p3 B^3 + .. + p0,
//   theta^2 = q2 B^2 + q1 B + q0 (public), 2^24 = 16 B^2, and digit by digit
//     L_k - R_k + c_(k-1) = D_k + B*c_k,   k = 0..5,  c_5 = D_6,
//   L_2 = 16 d0^2, L_3 = 32 d0 d1, L_4 = 16 d1^2,  R_k = sum_(i+j=k) p_i q_j.
// All D_k in [0, B): the difference of the sides is sum D_k B^k >= 0.  Every digit and every carry
// is range-checked, and no column leaves 2^26.
#ifndef VOIZK_LOGIN_RELATION_COSINE_H_
#define VOIZK_LOGIN_RELATION_COSINE_H_

#include <cstddef>

#include "login/relation/decision_config.h"
#include "relation/builder/builder.h"

namespace voizk {

/// views: e [n], t [n].  params: theta_q12.  outputs: CosineOutput order.
inline constexpr char kCosineHint[] = "cosine";
inline constexpr int kCosineLimbBits = 10;

enum CosineOutput : size_t {
  kCosDot,          // [2] d0, d1
  kCosEmbedding,    // [2] e0, e1
  kCosTemplate,     // [2] t0, t1
  kCosNorms,        // [4] p0..p3
  kCosNormCarries,  // [2] out of columns 0 and 1 of |e|^2*|t|^2
  kCosSquare,       // [3] d0^2, d0*d1, d1^2
  kCosDifference,   // [7] D_0..D_6
  kCosCarries,      // [5] c_0..c_4
  kCosOutputs,
};

/// e: [n] or [1][n]; t: [n]; both with claimed ranges within [-127, 127].
void RequireSameVoice(Builder& b, const DecisionConfig& c, TensorId e, TensorId t);

}  // namespace voizk

#endif  // VOIZK_LOGIN_RELATION_COSINE_H_
