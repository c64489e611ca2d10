// Steps 2 to 4 of docs/protocol.md, the whole conversation between commitment and opening, as one
// function that both sides run (sumcheck/side.h).  What only the prover knows comes from Secrets,
// on the verifier's side from UnknownSecrets.  Nothing is checked here but that no coordinate of a
// point vanishes; constraints are collected, and the last claim is the opening's to require.
#ifndef VOIZK_PROOF_PROTOCOL_REDUCTIONS_H_
#define VOIZK_PROOF_PROTOCOL_REDUCTIONS_H_

#include <concepts>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "proof/lookup/reduction.h"
#include "proof/protocol/functionals.h"
#include "proof/protocol/instance.h"
#include "proof/sumcheck/rounds.h"

namespace voizk {

/// The polynomial of step 3: a RoundPolynomial of degree 3 whose Sum() is asked for before, and the
/// values a(), b() of its two factors after all rounds.
template <typename P, int D>
concept ProductPolynomial = RoundPolynomial<P, D, 3> && requires(P polynomial) {
  { polynomial.Sum() } -> std::same_as<Ext<D>>;
  { polynomial.a() } -> std::same_as<Ext<D>>;
  { polynomial.b() } -> std::same_as<Ext<D>>;
};

/// The prover's polynomials, each made when the protocol comes to it.  References stay valid until
/// the next Begin.
///   BeginLookups(challenges)   a FractionSource             step 2
///   BeginProducts(tau)         a ProductPolynomial          step 3
///   BeginBatch(claims, xi)     a RoundPolynomial, degree 2  step 4
template <typename T, int D>
concept Secrets = requires(T secrets, const LookupChallenges<D>& challenges,
                           std::span<const Ext<D>> tau, const Claims<D>& claims, const Ext<D>& xi) {
  requires FractionSource<std::remove_reference_t<decltype(secrets.BeginLookups(challenges))>, D>;
  requires ProductPolynomial<std::remove_reference_t<decltype(secrets.BeginProducts(tau))>, D>;
  requires RoundPolynomial < std::remove_reference_t<decltype(secrets.BeginBatch(claims, xi))>, D,
  2 > ;
};

/// What the verifier knows of the prover's polynomials.
template <int D>
struct UnknownSecrets {
  struct Triple : UnknownPolynomial<D, 3> {
    Ext<D> Sum() { return {}; }
    Ext<D> a() const { return {}; }
    Ext<D> b() const { return {}; }
  };
  UnknownTree<D>& BeginLookups(const LookupChallenges<D>&) { return tree; }
  Triple& BeginProducts(std::span<const Ext<D>>) { return triple; }
  UnknownPolynomial<D, 2>& BeginBatch(const Claims<D>&, const Ext<D>&) { return dot; }
  UnknownTree<D> tree;
  Triple triple;
  UnknownPolynomial<D, 2> dot;
};

/// The claim that is left: E(z) w(z) = claim, for the E of claims and xi.
template <int D>
struct Reduced {
  Claims<D> claims;
  Ext<D> xi;
  std::vector<Ext<D>> z;
  AffineForm<D> claim;
};

/// Step 3.
template <int D, Side S, Secrets<D> Known>
Status RunProducts(const Instance& instance, S& side, Known& secrets, Claims<D>* claims) {
  const auto bits = static_cast<size_t>(instance.layout().outputs.bits);
  claims->tau = side.Challenges("product tau", bits);  // V -> P
  if constexpr (!DryRun<S>) {
    claims->output_weights = PlaceAll<D>(instance.layout().outputs, claims->tau);
  }
  if (!instance.HasProducts()) return {};
  auto& triple = secrets.BeginProducts(claims->tau);
  // P -> V [c]
  VOIZK_ASSIGN_OR_RETURN(Masked<D> c, side.Scalar("product c", triple.Sum()));
  claims->c = c.form;
  const RoundLabels<3> labels{{"product s(0)", "product s(2)", "product s(3)"}, "product r"};
  VOIZK_ASSIGN_OR_RETURN(
      SumcheckOutcome<D> sum,
      RunSumcheck<3>(side, labels, instance.layout().products.bits, std::move(c.form), triple));
  // P -> V [A], [B]
  VOIZK_ASSIGN_OR_RETURN(Masked<D> a, side.Scalar("product A", triple.a()));
  VOIZK_ASSIGN_OR_RETURN(Masked<D> b, side.Scalar("product B", triple.b()));
  claims->r = std::move(sum.point);
  // require claim - Wt(r) [A][B] = 0
  Ext<D> weight;
  if constexpr (!DryRun<S>) {
    claims->product_weights = ProductWeights<D>(instance, *claims);
    for (const FactorWeights<D>& w : claims->product_weights) weight += w.output;
  }
  sum.claim.AddScaled(side.constraints().Product(a, b), -weight);
  side.constraints().RequireZero(std::move(sum.claim));
  claims->a = std::move(a.form);
  claims->b = std::move(b.form);
  return {};
}

/// inputs: the statement's, which fit the relation; a dry run reads none.
template <int D, Side S, Secrets<D> Known>
Result<Reduced<D>> RunReductions(const Instance& instance, const PublicInputValues& inputs, S& side,
                                 Known& secrets) {
  Reduced<D> out;
  Claims<D>& claims = out.claims;
  // Step 2.
  claims.challenges = DrawLookupChallenges<D>(side);
  auto& tree = secrets.BeginLookups(claims.challenges);
  VOIZK_ASSIGN_OR_RETURN(claims.lookups, RunLookups<D>(side, instance.layout().lookups.bits, tree));
  if constexpr (!DryRun<S>) {
    claims.lookup_weights = PlaceAll<D>(instance.layout().lookups, claims.lookups.rho);
  }
  if (instance.HasOutputs()) {
    VOIZK_RETURN_IF_ERROR(RunProducts<D>(instance, side, secrets, &claims));
  }
  // Step 4.
  out.xi = side.Challenge("batch xi");  // V -> P
  auto& dot = secrets.BeginBatch(claims, out.xi);
  AffineForm<D> right_side;
  if constexpr (!DryRun<S>) right_side = BatchedRightSide<D>(instance, inputs, claims, out.xi);
  VOIZK_ASSIGN_OR_RETURN(SumcheckOutcome<D> batch,
                         RunSumcheck<2>(side, {{"batch s(0)", "batch s(2)"}, "batch z"},
                                        instance.layout().cells.bits, std::move(right_side), dot));
  out.z = std::move(batch.point);
  out.claim = std::move(batch.claim);
  return out;
}

}  // namespace voizk

#endif  // VOIZK_PROOF_PROTOCOL_REDUCTIONS_H_
