#include "proof/prover/secrets.h"

#include <algorithm>
#include <array>
#include <utility>

#include "proof/functionals/add_functional.h"
#include "proof/functionals/add_lattice.h"
#include "proof/functionals/placed_values.h"
#include "proof/functionals/sum_dims.h"
#include "relation/core/product_dims.h"

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

template <int D>
ExtVec<D> Ones(size_t count) {
  ExtVec<D> ones(count);
  std::fill_n(ones.limb(0), count, Fp::kOne);
  return ones;
}

// `count` zeros, and memory for `room` elements that nobody has touched.
template <int D>
ExtVec<D> Zeros(size_t count, size_t room, ThreadPool& pool) {
  ExtVec<D> zeros = ExtVec<D>::Uninitialized(room);
  pool.ParallelFor(count, size_t{1} << 16, [&](size_t begin, size_t end) {
    for (int l = 0; l < D; ++l) std::fill(zeros.limb(l) + begin, zeros.limb(l) + end, Fp::kZero);
  });
  return zeros;
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
  void Lattice(TensorId tensor, FpSpan columns, ExtConstSpan<D> w, const Ext<D>& scalar) {
    AddLatticeFunctional<D>(instance.layout().cells.items[tensor], columns, w, scalar, e, pool);
  }
};

}  // namespace

PlacedWitness::PlacedWitness(const Instance& instance, const Witness& of, ViewValues views,
                             ThreadPool* pool)
    : witness(of), values(std::move(views)), cells(PlaceCells(instance, of, pool)) {}

template <int D>
void ProverSecrets<D>::PrepareLookups() {
  leaves_.emplace(instance_.relation(), instance_.layout(), placed_.values,
                  Multiplicities(instance_, placed_.witness), &pool_);
}

template <int D>
FractionTree<D>& ProverSecrets<D>::BeginLookups(const LookupChallenges<D>& challenges) {
  if (!leaves_) PrepareLookups();
  tree_.emplace(*leaves_, challenges, pool_);
  vanished_ = tree_->Root().IsZero();
  return *tree_;
}

template <int D>
void ProverSecrets<D>::PlaceProduct(size_t g, const RankOne<D>& output, ExtVec<D>* weights) {
  const Product& product = instance_.relation().products[g];
  const Placement& item = instance_.layout().products.items[g];
  const ProductDims dims = DimsOf(product);
  RankOne<D> kept;                                      // Wt
  std::array<ExtVec<D>, Shape::kMaxRank> sum_a, sum_b;  // e_k of what is summed
  bool summed = false;
  for (size_t k = 0; k < Shape::kMaxRank; ++k) {
    const ExtVec<D>* factor = OutputFactor<D>(product, output, k);
    ExtVec<D> e = factor != nullptr ? factor->Clone() : Ones<D>(product.a.shape.dims[k]);
    if (dims[k] == ProductDim::kKept) {
      kept.factors[k] = std::move(e);
      continue;
    }
    kept.factors[k] = UnitFactor<D>();
    (dims[k] == ProductDim::kSumInA ? sum_a : sum_b)[k] = std::move(e);
    summed = true;
  }
  AddRankOne<D>(item, kept, output.scalar, weights, pool_);
  const View a = AtIndexZero(product.a, dims, ProductDim::kSumInB);
  const View b = AtIndexZero(product.b, dims, ProductDim::kSumInA);
  if (!summed) {
    PlaceValues(item, placed_.values(a), Fp::kOne, a_, &pool_);
    PlaceValues(item, placed_.values(b), Fp::kOne, b_, &pool_);
    return;
  }
  const auto place = [&](const View& view, const auto& e) {
    const ExtVec<D> values = SumDims<D>(view.shape, placed_.values(view), e, pool_);
    ExtVec<D> placed = ExtVec<D>::SecretZeros(item.shape.AddressCount());
    ForEachRow(item, [&](uint64_t address, uint64_t index, uint64_t count) {
      for (int l = 0; l < D; ++l) {
        std::copy_n(values.limb(l) + index, count, placed.limb(l) + (address - item.base));
      }
    });
    return placed;
  };
  ExtVec<D> placed_a = place(a, sum_a);
  stretches_.push_back({static_cast<size_t>(item.base), std::move(placed_a), place(b, sum_b)});
}

template <int D>
TriplePolynomial<D>& ProverSecrets<D>::BeginProducts(std::span<const Ext<D>> tau) {
  tree_.reset();
  leaves_.reset();
  const Layout& layout = instance_.layout();
  a_ = SecureVector<Fp>(layout.products.size);
  b_ = SecureVector<Fp>(layout.products.size);
  ExtVec<D> weights(layout.products.size);
  for (size_t g = 0; g < instance_.relation().products.size(); ++g) {
    PlaceProduct(g, PlaceWeights<D>(tau, layout.outputs.items[g]), &weights);
  }
  std::sort(stretches_.begin(), stretches_.end(),
            [](const auto& x, const auto& y) { return x.begin < y.begin; });
  triple_.emplace(std::move(weights), a_, b_, layout.products.bits, pool_, std::move(stretches_));
  return *triple_;
}

template <int D>
DotPolynomial<D>& ProverSecrets<D>::BeginBatch(const Claims<D>& claims, const Ext<D>& xi) {
  tree_.reset();
  leaves_.reset();
  triple_.reset();
  a_ = {};
  b_ = {};
  const int bits = instance_.layout().cells.bits;
  ExtVec<D> e = Zeros<D>(placed_.cells.size(), size_t{1} << bits, pool_);
  AddingVisitor<D> visitor{instance_, &e, pool_};
  VisitFunctionals(instance_, claims, xi, visitor);
  dot_.emplace(std::move(e), placed_.cells, bits, pool_);
  return *dot_;
}

template class ProverSecrets<4>;
template class ProverSecrets<5>;

}  // namespace voizk
