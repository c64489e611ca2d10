#include "proof/prover/secrets.h"

#include <algorithm>

#include "proof/functionals/add_functional.h"
#include "proof/functionals/placed_values.h"

namespace voizk {

namespace {

SecureVector<Fp> PlaceCells(const Instance& instance, const Witness& witness, ThreadPool* pool) {
  SecureVector<Fp> cells(instance.layout().cells.size);
  for (size_t t = 0; t < witness.size(); ++t) {
    PlaceValues(instance.layout().cells.items[t], witness[t], Fp::kOne, cells, pool);
  }
  return cells;
}

std::vector<std::span<const int32_t>> Multiplicities(const Instance& instance,
                                                     const Witness& witness) {
  std::vector<std::span<const int32_t>> columns;
  for (const TensorId t : instance.relation().multiplicities) columns.emplace_back(witness[t]);
  return columns;
}

// Adds scalar * functional into E.
template <int D>
struct AddingVisitor {
  const Instance& instance;
  ExtVec<D>* e;
  ThreadPool& pool;
  void Tensor(TensorId tensor, const RankOne<D>& w, const Ext<D>& scalar) {
    AddRankOne<D>(instance.layout().cells.items[tensor], w, scalar, e, pool);
  }
  void View(const voizk::View& view, const RankOne<D>& w, const Ext<D>& scalar) {
    AddViewFunctional<D>(instance.relation(), instance.layout(), view, w, scalar, e, pool);
  }
};

}  // namespace

PlacedWitness::PlacedWitness(const Instance& instance, const Witness& witness,
                             const ViewValues& values, ThreadPool* pool)
    : cells(PlaceCells(instance, witness, pool)),
      leaves(instance.relation(), instance.layout(), values, Multiplicities(instance, witness),
             pool),
      a(instance.layout().products.size),
      b(instance.layout().products.size) {
  const auto& products = instance.relation().products;
  for (size_t g = 0; g < products.size(); ++g) {
    const Placement& item = instance.layout().products.items[g];
    PlaceValues(item, values(products[g].a), Fp::kOne, a, pool);
    PlaceValues(item, values(products[g].b), Fp::kOne, b, pool);
  }
}

template <int D>
FractionTree<D>& ProverSecrets<D>::BeginLookups(const LookupChallenges<D>& challenges) {
  tree_.emplace(placed_.leaves, challenges, pool_);
  vanished_ = tree_->Root().IsZero();
  return *tree_;
}

template <int D>
TriplePolynomial<D>& ProverSecrets<D>::BeginProducts(std::span<const Ext<D>> tau) {
  tree_.reset();
  const Layout& layout = instance_.layout();
  const auto& products = instance_.relation().products;
  ExtVec<D> weights(layout.products.size);
  for (size_t g = 0; g < products.size(); ++g) {
    // W_g(tau)[o], the same for every summed index.
    RankOne<D> w = PlaceWeights<D>(tau, layout.outputs.items[g]);
    const Placement& item = layout.products.items[g];
    for (auto k = static_cast<size_t>(products[g].c.shape.rank); k < Shape::kMaxRank; ++k) {
      w.factors[k] = ExtVec<D>(item.shape.dims[k]);
      std::fill_n(w.factors[k].limb(0), item.shape.dims[k], Fp::kOne);
    }
    AddRankOne<D>(item, w, Ext<D>::kOne, &weights, pool_);
  }
  triple_.emplace(std::move(weights), placed_.a, placed_.b, layout.products.bits, pool_);
  return *triple_;
}

template <int D>
DotPolynomial<D>& ProverSecrets<D>::BeginBatch(const Claims<D>& claims, const Ext<D>& xi) {
  tree_.reset();
  triple_.reset();
  ExtVec<D> e(placed_.cells.size());
  AddingVisitor<D> visitor{instance_, &e, pool_};
  VisitFunctionals(instance_, claims, xi, visitor);
  dot_.emplace(std::move(e), placed_.cells, instance_.layout().cells.bits, pool_);
  return *dot_;
}

template class ProverSecrets<4>;
template class ProverSecrets<5>;

}  // namespace voizk
