// LogUp as one tree of fractions (docs/protocol.md, step 2): the sum over all lookups of
// 1/(fingerprint) minus the sum over all table rows of m/(fingerprint) is 0.  LogUp: eprint
// 2022/1530; the tree by GKR layers: 2023/1284; independent betas and the masked root are ours
// (docs/protocol/pitfalls.md, "the root of the fraction tree", "powers of one beta").
//
// Both sides run this function.  It requires what concerns the tree and leaves two claims on the
// leaves, n(rho) and q(rho), to the caller, who turns them into functionals on cells.
#ifndef VOIZK_PROOF_LOOKUP_REDUCTION_H_
#define VOIZK_PROOF_LOOKUP_REDUCTION_H_

#include <array>
#include <concepts>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/check.h"
#include "proof/sumcheck/planning_side.h"
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
template <int D, Side S>
LookupChallenges<D> DrawLookupChallenges(S& side) {
  const auto c = side.Challenges("lookup fingerprint", 3);
  return {c[0], c[1], c[2]};
}

/// A tree of fractions, from the root down.
///   Root()                      the denominator at the root
///   BeginLayer(j, lambda, rho)  a reference to the polynomial of layer j's sum-check, j = 0, 1, ..
///   EndLayer()                  n0, n1, q0, q1 of layer j + 1 at the point to which it was bound
template <typename T, int D>
concept FractionSource = requires(T tree, int j, const Ext<D>& lambda,
                                  std::span<const Ext<D>> rho) {
  { tree.Root() } -> std::same_as<Ext<D>>;
  requires RoundPolynomial < std::remove_reference_t<decltype(tree.BeginLayer(j, lambda, rho))>, D,
  2 > ;
  { tree.EndLayer() } -> std::same_as<std::array<Ext<D>, 4>>;
};

/// The verifier's tree: it knows nothing before it is told.
template <int D>
struct UnknownTree {
  Ext<D> Root() const { return {}; }
  UnknownPolynomial<D, 2>& BeginLayer(int, const Ext<D>&, std::span<const Ext<D>>) { return layer; }
  std::array<Ext<D>, 4> EndLayer() { return {}; }
  UnknownPolynomial<D, 2> layer;
};

/// h >= 1 layers.
template <int D, Side S, FractionSource<D> Tree>
Result<LookupClaims<D>> RunLookups(S& side, int h, Tree& tree) {
  auto& constraints = side.constraints();
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

/// The plan of RunLookups alone (a proof's plan is Instance::plan).
inline PadPlan PlanLookups(int h) {
  PlanningSide<4> side;
  UnknownTree<4> nothing;
  CheckInvariant(RunLookups<4>(side, h, nothing).ok(), "a dry run failed");
  return side.plan();
}

}  // namespace voizk

#endif  // VOIZK_PROOF_LOOKUP_REDUCTION_H_
