#include "algebra/poly/univariate.h"

#include "base/check.h"

namespace voizk {

LagrangeNodes::LagrangeNodes(std::span<const Fp> nodes)
    : nodes_(nodes.begin(), nodes.end()), weights_(nodes.size(), Fp::kOne), vanishing_{Fp::kOne} {
  CheckInvariant(!nodes.empty(), "interpolation without nodes");
  for (size_t i = 0; i < nodes_.size(); ++i) {
    for (size_t j = 0; j < nodes_.size(); ++j) {
      if (i != j) weights_[i] *= nodes_[i] - nodes_[j];
    }
    CheckInvariant(!weights_[i].IsZero(), "interpolation nodes that are equal");  // distinct
    // vanishing *= X - node_i
    vanishing_.push_back(Fp::kZero);
    for (size_t k = vanishing_.size(); k-- > 0;) {
      vanishing_[k] = (k > 0 ? vanishing_[k - 1] : Fp::kZero) - nodes_[i] * vanishing_[k];
    }
  }
  BatchInvert(std::span(weights_));
}

LagrangeNodes LagrangeNodes::UpTo(int degree) {
  std::vector<Fp> nodes;
  for (int i = 0; i <= degree; ++i) nodes.push_back(Fp::FromI64(i));
  return LagrangeNodes(nodes);
}

template <typename X>
std::vector<X> LagrangeNodes::BasisAt(const X& x) const {
  // L_i(x) = weight_i prod_{j != i} (x - node_j): a product before times a product behind i, so
  // x may be a node.
  std::vector<X> basis(size());
  X product = X::kOne;
  for (size_t i = 0; i < size(); ++i) {
    basis[i] = product * weights_[i];
    product *= x - nodes_[i];
  }
  product = X::kOne;
  for (size_t i = size(); i-- > 0;) {
    basis[i] *= product;
    product *= x - nodes_[i];
  }
  return basis;
}

template <typename F>
std::vector<F> LagrangeNodes::Interpolate(std::span<const F> values) const {
  CheckInvariant(values.size() == size(), "not one value per node");
  std::vector<F> coefficients(size());
  for (size_t i = 0; i < size(); ++i) {
    // += value_i weight_i * vanishing / (X - node_i), by synthetic division from the top.
    const F scale = values[i] * weights_[i];
    Fp quotient = Fp::kZero;
    for (size_t k = size(); k-- > 0;) {
      quotient = vanishing_[k + 1] + nodes_[i] * quotient;
      coefficients[k] += scale * quotient;
    }
  }
  return coefficients;
}

template std::vector<Fp> LagrangeNodes::BasisAt(const Fp&) const;
template std::vector<Ext<4>> LagrangeNodes::BasisAt(const Ext<4>&) const;
template std::vector<Ext<5>> LagrangeNodes::BasisAt(const Ext<5>&) const;
template std::vector<Fp> LagrangeNodes::Interpolate(std::span<const Fp>) const;
template std::vector<Ext<4>> LagrangeNodes::Interpolate(std::span<const Ext<4>>) const;
template std::vector<Ext<5>> LagrangeNodes::Interpolate(std::span<const Ext<5>>) const;

}  // namespace voizk
