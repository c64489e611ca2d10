#include "proof/protocol/functionals.h"

#include <utility>

#include "algebra/field/kernels.h"
#include "relation/core/product_dims.h"

namespace voizk {

namespace {

// sum over everything of weights times constants, which belong on the right side.
template <int D>
struct ConstantsVisitor {
  Ext<D> sum;
  void Tensor(TensorId, const RankOne<D>&, const Ext<D>&) {}
  void Lattice(TensorId, FpSpan, ExtConstSpan<D>, const Ext<D>&) {}
  void View(const voizk::View& view, const RankOne<D>& w, const Ext<D>& scalar) {
    if (!view.constants.empty()) sum += scalar * ConstantOfView<D>(view, w);
  }
};

template <int D>
Ext<D> Dot(const ExtVec<D>& w, const std::vector<int32_t>& values) {
  std::vector<Fp> converted(values.size());
  ConvertVec(std::span<const int32_t>(values), converted);
  return InnerProduct<D>(w.span(), FpSpan(converted));
}

// sum_k sum_o W_k(tau)[o] P_k(o) over public inputs and lattice commitments, the statement's part
// of L_c.
template <int D>
Ext<D> PublicInputsAt(const Instance& instance, const PublicInputValues& inputs,
                      const Claims<D>& claims) {
  const Relation& relation = instance.relation();
  const size_t first = relation.products.size() + relation.equalities.size();
  constexpr uint32_t kEveryDimension = (1u << Shape::kMaxRank) - 1;
  Ext<D> sum;
  for (size_t k = 0; k < relation.publics.size() + relation.commitments.size(); ++k) {
    sum += InnerProductWithValues<D>(claims.output_weights[first + k], kEveryDimension, inputs[k]);
  }
  return sum;
}

// L_m and L_key without the constants of views:
//   sum_s I_s(rho) - N,
//   1 + sum_s (alpha - 1 - beta2 id) I_s(rho)
//     + sum_T sum_k W_T(rho)[k] (alpha - 1 - keys[k] - beta1 values[k] - beta2 id) - Q
template <int D>
std::pair<AffineForm<D>, AffineForm<D>> LookupRightSides(const Instance& instance,
                                                         const Claims<D>& claims) {
  const Relation& relation = instance.relation();
  const auto& [alpha, beta1, beta2] = claims.challenges;
  Ext<D> indicator, keys = Ext<D>::kOne;
  for (size_t s = 0; s < relation.lookups.size(); ++s) {
    const Ext<D> sum = SumOfWeights(claims.lookup_weights[s]);
    indicator += sum;
    keys += sum * (alpha - Fp::kOne - beta2 * FingerprintId(relation.lookups[s].table));
  }
  for (size_t t = 0; t < relation.tables.size(); ++t) {
    const Table& table = relation.tables[t];
    const ExtVec<D>& w = claims.lookup_weights[relation.lookups.size() + t].factors[0];
    keys +=
        SumOf<D>(w.span()) * (alpha - Fp::kOne - beta2 * FingerprintId(static_cast<TableId>(t)));
    keys -= Dot(w, table.keys) + beta1 * Dot(w, table.values);
  }
  return {AffineForm<D>::Constant(indicator) - claims.lookups.n,
          AffineForm<D>::Constant(keys) - claims.lookups.q};
}

}  // namespace

template <int D>
AffineForm<D> BatchedRightSide(const Instance& instance, const PublicInputValues& inputs,
                               const Claims<D>& claims, const Ext<D>& xi) {
  ConstantsVisitor<D> constants;
  VisitFunctionals(instance, claims, xi, constants);
  auto [total, keys] = LookupRightSides(instance, claims);
  Ext<D> scale = xi;
  total.AddScaled(keys, scale);
  if (instance.HasOutputs()) {
    scale *= xi;
    total.AddScaled(claims.c, scale);
    total += AffineForm<D>::Constant(scale * PublicInputsAt<D>(instance, inputs, claims));
  }
  if (instance.HasProducts()) {
    scale *= xi;
    total.AddScaled(claims.a, scale);
    scale *= xi;
    total.AddScaled(claims.b, scale);
  }
  total -= constants.sum;
  return total;
}

template <int D>
std::vector<RankOne<D>> PlaceAll(const Space& space, std::span<const Ext<D>> point) {
  std::vector<RankOne<D>> weights;
  weights.reserve(space.items.size());
  for (const Placement& item : space.items) weights.push_back(PlaceWeights<D>(point, item));
  return weights;
}

template <int D>
const ExtVec<D>* OutputFactor(const Product& product, const RankOne<D>& output_weights, size_t k) {
  return k < static_cast<size_t>(product.c.shape.rank) ? &output_weights.factors[k] : nullptr;
}

namespace {

// place: w_k of dimension k, e: e_k or nothing for ones, length: of the dimension in a and b.
template <int D>
void AddDimension(ProductDim dim, const ExtVec<D>& place, const ExtVec<D>* e, size_t length,
                  size_t k, FactorWeights<D>* out) {
  if (dim == ProductDim::kKept) {
    out->output *= e == nullptr ? SumOf<D>(place.span()) : InnerProduct<D>(place.span(), e->span());
    out->a.factors[k] = place.Clone();
    out->b.factors[k] = place.Clone();
    return;
  }
  const Ext<D> at_place = place.get(0);
  out->output *= at_place;
  ExtVec<D> summed(length), first(length);  // zeros
  first.set(0, at_place);
  for (size_t i = 0; i < length; ++i) summed.set(i, e == nullptr ? at_place : at_place * e->get(i));
  const bool in_a = dim == ProductDim::kSumInA;
  (in_a ? out->a : out->b).factors[k] = std::move(summed);
  (in_a ? out->b : out->a).factors[k] = std::move(first);
}

}  // namespace

template <int D>
std::vector<FactorWeights<D>> ProductWeights(const Instance& instance, const Claims<D>& claims) {
  const auto& products = instance.relation().products;
  std::vector<FactorWeights<D>> weights(products.size());
  for (size_t g = 0; g < products.size(); ++g) {
    const Product& product = products[g];
    const RankOne<D>& output = claims.output_weights[g];
    const RankOne<D> place = PlaceWeights<D>(claims.r, instance.layout().products.items[g]);
    const ProductDims dims = DimsOf(product);
    weights[g].output = output.scalar * place.scalar;
    weights[g].a.scalar = weights[g].b.scalar = place.scalar;
    for (size_t k = 0; k < Shape::kMaxRank; ++k) {
      AddDimension(dims[k], place.factors[k], OutputFactor<D>(product, output, k),
                   product.a.shape.dims[k], k, &weights[g]);
    }
  }
  return weights;
}

#define VOIZK_INSTANTIATE(D)                                                            \
  template AffineForm<D> BatchedRightSide<D>(const Instance&, const PublicInputValues&, \
                                             const Claims<D>&, const Ext<D>&);          \
  template std::vector<RankOne<D>> PlaceAll<D>(const Space&, std::span<const Ext<D>>);  \
  template const ExtVec<D>* OutputFactor<D>(const Product&, const RankOne<D>&, size_t); \
  template std::vector<FactorWeights<D>> ProductWeights<D>(const Instance&, const Claims<D>&);
VOIZK_INSTANTIATE(4)
VOIZK_INSTANTIATE(5)
#undef VOIZK_INSTANTIATE

}  // namespace voizk
