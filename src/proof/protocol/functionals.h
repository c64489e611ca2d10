// The functionals on cells that steps 2 and 3 leave, and their batch (docs/protocol.md, step 4), in
// one order for both sides:
//   L_m, L_key, L_c, L_A, L_B    (those that exist), scaled by xi^0, xi^1, ..
#ifndef VOIZK_PROOF_PROTOCOL_FUNCTIONALS_H_
#define VOIZK_PROOF_PROTOCOL_FUNCTIONALS_H_

#include <vector>

#include "proof/functionals/view_functional.h"
#include "proof/lookup/reduction.h"
#include "proof/masked/affine_form.h"
#include "proof/protocol/instance.h"
#include "relation/lattice/parts.h"

namespace voizk {

/// What a product leaves behind at the end r of its sum-check.
template <int D>
struct FactorWeights {
  RankOne<D> a, b;  // W^a_g, W^b_g
  Ext<D> output;    // its part of Wt(r)
};

/// Where the reductions of steps 2 and 3 ended, and what they claim there.
template <int D>
struct Claims {
  LookupChallenges<D> challenges;
  LookupClaims<D> lookups;
  std::vector<Ext<D>> tau;  // with outputs
  AffineForm<D> c;          // with products; 0 without
  std::vector<Ext<D>> r;    // with products: end of their sum-check
  AffineForm<D> a, b;       //
  // W_s at rho and tau, for every item of its space.
  std::vector<RankOne<D>> lookup_weights, output_weights;
  std::vector<FactorWeights<D>> product_weights;  // by product
};

/// Id of a table in fingerprints.
inline Fp FingerprintId(TableId table) { return Fp::FromU32(table + 1); }

/// W_s(point) of every item of a space.
template <int D>
std::vector<RankOne<D>> PlaceAll(const Space& space, std::span<const Ext<D>> point);

/// e_k of product g for its dimension k: the factor of W_g(tau) if c_g has it, else nothing, which
/// stands for ones.
template <int D>
const ExtVec<D>* OutputFactor(const Product& product, const RankOne<D>& output_weights, size_t k);

/// By product, from claims.output_weights and claims.r.
template <int D>
std::vector<FactorWeights<D>> ProductWeights(const Instance& instance, const Claims<D>& claims);

/// S: what the batch of functionals takes on an honest witness of the statement with these inputs,
/// which fit the relation.
template <int D>
AffineForm<D> BatchedRightSide(const Instance& instance, const PublicInputValues& inputs,
                               const Claims<D>& claims, const Ext<D>& xi);

/// Calls visitor.Tensor(tensor, weights, scalar), visitor.View(view, weights, scalar) and, for
/// every tensor of a lattice commitment, visitor.Lattice(tensor, columns, weights on slots, scalar)
/// for every part of every functional.
template <int D, typename Visitor>
void VisitFunctionals(const Instance& instance, const Claims<D>& claims, const Ext<D>& xi,
                      Visitor& visitor) {
  const Relation& relation = instance.relation();
  const size_t lookups = relation.lookups.size(), products = relation.products.size();
  Ext<D> scale = Ext<D>::kOne;
  for (size_t t = 0; t < relation.tables.size(); ++t) {  // L_m
    visitor.Tensor(relation.multiplicities[t], claims.lookup_weights[lookups + t], scale);
  }
  scale *= xi;
  const Fp half = Fp::FromU32(2).Inverse();
  for (size_t s = 0; s < lookups; ++s) {  // L_key
    const Lookup& lookup = relation.lookups[s];
    const RankOne<D>& w = claims.lookup_weights[s];
    visitor.View(lookup.key, w, scale * half.Pow(static_cast<uint64_t>(lookup.shift)));
    if (lookup.has_value) visitor.View(lookup.value, w, scale * claims.challenges.beta1);
  }
  if (instance.HasOutputs()) {  // L_c
    scale *= xi;
    for (size_t g = 0; g < products; ++g) {
      visitor.View(relation.products[g].c, claims.output_weights[g], scale);
    }
    for (size_t e = 0; e < relation.equalities.size(); ++e) {
      visitor.View(relation.equalities[e].v, claims.output_weights[products + e], scale);
    }
    const size_t first = products + relation.equalities.size();
    for (size_t k = 0; k < relation.publics.size(); ++k) {
      visitor.View(relation.publics[k].v, claims.output_weights[first + k], scale);
    }
    for (size_t k = 0; k < relation.commitments.size(); ++k) {
      const RankOne<D>& w = claims.output_weights[first + relation.publics.size() + k];
      ForEachLatticePart(relation, relation.commitments[k], instance.columns(),
                         [&](TensorId tensor, FpSpan columns) {
                           visitor.Lattice(tensor, columns, w.factors[0].span(), scale * w.scalar);
                         });
    }
  }
  if (instance.HasProducts()) {  // L_A, L_B
    const Ext<D> scale_a = scale * xi, scale_b = scale_a * xi;
    for (size_t g = 0; g < products; ++g) {
      visitor.View(relation.products[g].a, claims.product_weights[g].a, scale_a);
      visitor.View(relation.products[g].b, claims.product_weights[g].b, scale_b);
    }
  }
}

}  // namespace voizk

#endif  // VOIZK_PROOF_PROTOCOL_FUNCTIONALS_H_
