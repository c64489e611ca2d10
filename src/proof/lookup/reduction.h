// LogUp as one tree of fractions (docs/protocol.md, step 2): the sum over all lookups of
// 1/(fingerprint) minus the sum over all table rows of m/(fingerprint) is 0.  LogUp: eprint
// 2022/1530; the tree by GKR layers: 2023/1284; independent betas and the masked root are ours
// (protocol-skeleton F1, F7).
//
// Both sides run this function.  It requires what concerns the tree and leaves two claims on the
// leaves, n(rho) and q(rho), to the caller, who turns them into functionals on cells.
#ifndef VOIZK_PROOF_LOOKUP_REDUCTION_H_
#define VOIZK_PROOF_LOOKUP_REDUCTION_H_

#include <array>
#include <utility>
#include <vector>

#include "proof/sumcheck/rounds.h"

namespace voizk {

/// Fingerprint of (key, value) in table `id`: alpha - key - beta1 value - beta2 id.
template <int D>
struct LookupChallenges {
  Ext<D> alpha, beta1, beta2;
};

template <int D>
struct LookupClaims {
  std::vector<Ext<D>> rho;  // a point of the space of lookups
  AffineForm<D> n, q;       // claimed numerator and denominator there
};

/// V -> P alpha, beta1, beta2.
template <int D, typename Side>
LookupChallenges<D> DrawLookupChallenges(Side& side) {
  const auto c = side.Challenges("lookup fingerprint", 3);
  return {c[0], c[1], c[2]};
}

/// The verifier's tree: it knows nothing before it is told.
template <int D>
struct UnknownTree {
  Ext<D> Root() const { return {}; }
  UnknownPolynomial<D, 2>& BeginLayer(int, const Ext<D>&, std::span<const Ext<D>>) { return layer; }
  std::array<Ext<D>, 4> EndLayer() { return {}; }
  UnknownPolynomial<D, 2> layer;
};

/// Pads and triples of RunLookups, in its order.
inline void PlanLookups(int h, PadPlan* plan) {
  const uint32_t root = plan->AddPad(), inverse = plan->AddPad();
  plan->AddTriple(root, inverse);
  for (int j = 0; j < h; ++j) {
    for (int i = 0; i < 2 * j; ++i) plan->AddPad();
    const uint32_t n0 = plan->AddPad(), n1 = plan->AddPad();
    const uint32_t q0 = plan->AddPad(), q1 = plan->AddPad();
    plan->AddTriple(n0, q1);
    plan->AddTriple(n1, q0);
    plan->AddTriple(q0, q1);
  }
}

/// h >= 1 layers.  Tree has Root(), the denominator at the root; BeginLayer(j, lambda, rho), the
/// polynomial sum of layer j; EndLayer(), n0, n1, q0, q1 at the point to which it was bound.
template <int D, typename Side, typename Tree>
Result<LookupClaims<D>> RunLookups(Side& side, int h, Tree& tree) {
  ConstraintSystem<D>& constraints = side.constraints();
  const Ext<D> root_value = tree.Root();
  // P -> V [q_root], [inv].  A zero root is seen by the prover alone, who starts again.
  VOIZK_ASSIGN_OR_RETURN(Masked<D> q_root, side.Scalar("lookup q_root", root_value));
  VOIZK_ASSIGN_OR_RETURN(Masked<D> inverse, side.Scalar("lookup inv", root_value.Inverse()));
  AffineForm<D> root_is_unit = constraints.Product(q_root, inverse);
  root_is_unit -= Ext<D>::kOne;
  constraints.RequireZero(std::move(root_is_unit));

  LookupClaims<D> claims{{}, AffineForm<D>(), q_root.form};
  for (int j = 0; j < h; ++j) {
    const Ext<D> lambda = side.Challenge("lookup lambda");  // V -> P
    AffineForm<D> claim = claims.n;
    claim.AddScaled(claims.q, lambda);
    auto& layer = tree.BeginLayer(j, lambda, claims.rho);
    VOIZK_ASSIGN_OR_RETURN(
        SumcheckOutcome<D> sum,
        RunEqSumcheck<D>(side, {{"lookup t(0)", "lookup t(2)"}, "lookup r"},
                         std::span<const Ext<D>>(claims.rho), std::move(claim), layer));
    const std::array<Ext<D>, 4> values = tree.EndLayer();
    // P -> V [n0], [n1], [q0], [q1]
    VOIZK_ASSIGN_OR_RETURN(Masked<D> n0, side.Scalar("lookup n0", values[0]));
    VOIZK_ASSIGN_OR_RETURN(Masked<D> n1, side.Scalar("lookup n1", values[1]));
    VOIZK_ASSIGN_OR_RETURN(Masked<D> q0, side.Scalar("lookup q0", values[2]));
    VOIZK_ASSIGN_OR_RETURN(Masked<D> q1, side.Scalar("lookup q1", values[3]));
    // require claim - [n0][q1] - [n1][q0] - lambda [q0][q1] = 0
    sum.claim -= constraints.Product(n0, q1);
    sum.claim -= constraints.Product(n1, q0);
    sum.claim.AddScaled(constraints.Product(q0, q1), -lambda);
    constraints.RequireZero(std::move(sum.claim));
    const Ext<D> nu = side.Challenge("lookup nu");  // V -> P
    claims.n = n0.form * (Ext<D>::kOne - nu) + n1.form * nu;
    claims.q = q0.form * (Ext<D>::kOne - nu) + q1.form * nu;
    claims.rho = {nu};
    claims.rho.insert(claims.rho.end(), sum.point.begin(), sum.point.end());
  }
  return claims;
}

}  // namespace voizk

#endif  // VOIZK_PROOF_LOOKUP_REDUCTION_H_
