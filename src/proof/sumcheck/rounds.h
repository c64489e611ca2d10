// Masked sum-checks (docs/protocol.md, steps 2 to 4).  A round sends the evaluations of its
// polynomial as masked scalars; the claim is an affine form over the pads.  Nothing is checked
// here: the last claim is the caller's to require.
//
#ifndef VOIZK_PROOF_SUMCHECK_ROUNDS_H_
#define VOIZK_PROOF_SUMCHECK_ROUNDS_H_

#include <array>
#include <concepts>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "proof/sumcheck/side.h"

namespace voizk {

/// The polynomial of a sum-check of kDegree per variable, variable after variable.
///   Evaluate()   the round's polynomial at 0, 2, .., kDegree (its value at 1 follows from the
///   claim) Bind(r)      the current variable is r from now on
template <typename P, int D, int kDegree>
concept RoundPolynomial = requires(P polynomial, const Ext<D>& r) {
  { polynomial.Evaluate() } -> std::same_as<std::array<Ext<D>, kDegree>>;
  polynomial.Bind(r);
};

/// What the verifier knows of a polynomial before it is sent.
template <int D, int kDegree>
struct UnknownPolynomial {
  std::array<Ext<D>, kDegree> Evaluate() { return {}; }
  void Bind(const Ext<D>&) {}
};

/// Lagrange weights at r of the nodes 0, 1, .., N - 1.
template <int D, size_t N>
std::array<Ext<D>, N> LagrangeWeights(const Ext<D>& r) {
  std::array<Ext<D>, N> weights;
  for (size_t i = 0; i < N; ++i) {
    Ext<D> numerator = Ext<D>::kOne;
    Fp denominator = Fp::kOne;
    for (size_t j = 0; j < N; ++j) {
      if (j == i) continue;
      numerator *= r - Fp::FromU64(j);
      denominator *= Fp::FromI64(static_cast<int64_t>(i) - static_cast<int64_t>(j));
    }
    weights[i] = numerator * denominator.Inverse();
  }
  return weights;
}

/// Labels of a round's messages, in the order in which they are sent, and of its challenge.
template <size_t kDegree>
struct RoundLabels {
  std::array<std::string_view, kDegree> values;  // at 0, 2, .., kDegree
  std::string_view challenge;
};

template <int D>
struct SumcheckOutcome {
  std::vector<Ext<D>> point;  // r_0, r_1, .. (variable 0 is bound first)
  AffineForm<D> claim;        // of the polynomial at the point
};

/// sum over {0,1}^rounds of a polynomial of degree kDegree in each variable = claim.
template <size_t kDegree, int D, Side S, RoundPolynomial<D, kDegree> Polynomial>
Result<SumcheckOutcome<D>> RunSumcheck(S& side, const RoundLabels<kDegree>& labels, int rounds,
                                       AffineForm<D> claim, Polynomial& polynomial) {
  SumcheckOutcome<D> out{{}, std::move(claim)};
  for (int i = 0; i < rounds; ++i) {
    const std::array<Ext<D>, kDegree> values = polynomial.Evaluate();
    std::array<AffineForm<D>, kDegree + 1> at;
    for (size_t e = 0; e < kDegree; ++e) {
      // P -> V [s(0)], [s(2)], ..
      VOIZK_ASSIGN_OR_RETURN(Masked<D> sent, side.Scalar(labels.values[e], values[e]));
      at[e == 0 ? 0 : e + 1] = std::move(sent.form);
    }
    at[1] = out.claim - at[0];
    const Ext<D> r = side.Challenge(labels.challenge);  // V -> P
    const auto weights = LagrangeWeights<D, kDegree + 1>(r);
    out.claim = AffineForm<D>();
    for (size_t e = 0; e <= kDegree; ++e) out.claim.AddScaled(at[e], weights[e]);
    out.point.push_back(r);
    polynomial.Bind(r);
  }
  return out;
}

/// sum_x eq(rho, x) G(x) = claim with G quadratic in each variable, by Gruen's trick (eprint
/// 2024/108): the round's polynomial t_i leaves the eq factors of the variables up to i out, so
///   claim = (1 - rho_i) t_i(0) + rho_i t_i(1)
/// gives t_i(1), and the last claim is G at the point.  A coordinate of rho that is zero is the
/// side's to judge (side.h, ZeroCoordinate).
template <int D, Side S, RoundPolynomial<D, 2> Polynomial>
Result<SumcheckOutcome<D>> RunEqSumcheck(S& side, const RoundLabels<2>& labels,
                                         std::span<const Ext<D>> rho, AffineForm<D> claim,
                                         Polynomial& polynomial) {
  SumcheckOutcome<D> out{{}, std::move(claim)};
  std::vector<Ext<D>> inverses(rho.begin(), rho.end());
  BatchInvert<Ext<D>>(inverses);
  for (size_t i = 0; i < rho.size(); ++i) {
    if (rho[i].IsZero()) return side.ZeroCoordinate(i);
    const std::array<Ext<D>, 2> values = polynomial.Evaluate();
    // P -> V [t_i(0)], [t_i(2)]
    VOIZK_ASSIGN_OR_RETURN(Masked<D> at_0, side.Scalar(labels.values[0], values[0]));
    VOIZK_ASSIGN_OR_RETURN(Masked<D> at_2, side.Scalar(labels.values[1], values[1]));
    const Ext<D> r = side.Challenge(labels.challenge);  // V -> P r_i
    const auto [w0, w1, w2] = LagrangeWeights<D, 3>(r);
    // t_i(1) = (claim - (1 - rho_i) t_i(0)) / rho_i, folded into the weights of the other two.
    const Ext<D> from_claim = w1 * inverses[i];
    out.claim.Scale(from_claim);
    out.claim.AddScaled(at_0.form, w0 - from_claim * (Ext<D>::kOne - rho[i]));
    out.claim.AddScaled(at_2.form, w2);
    out.point.push_back(r);
    polynomial.Bind(r);
  }
  return out;
}

}  // namespace voizk

#endif  // VOIZK_PROOF_SUMCHECK_ROUNDS_H_
