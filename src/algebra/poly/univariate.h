// Univariate polynomials by coefficients (lowest first) and by values, of degree up to about 1000:
// sum-check rounds, the pad tableau.  Everything is quadratic in the number of nodes.
#ifndef VOIZK_ALGEBRA_POLY_UNIVARIATE_H_
#define VOIZK_ALGEBRA_POLY_UNIVARIATE_H_

#include <span>
#include <vector>

#include "algebra/field/ext.h"
#include "algebra/field/ext_array.h"
#include "algebra/field/koala_bear.h"

namespace voizk {

/// f(x) by Horner's rule; C and X are each Fp or an Ext, the result is in the larger one.
template <typename C, typename X>
auto EvaluatePolynomial(std::span<const C> coefficients, const X& x) -> decltype(C() * X()) {
  using R = decltype(C() * X());
  R sum{};
  for (size_t i = coefficients.size(); i-- > 0;) sum = sum * x + coefficients[i];
  return sum;
}

/// Interpolation through distinct nodes of the base field: the unique polynomial of degree below
/// nodes.size() with given values.  Immutable; share it between rows and threads.
class LagrangeNodes {
 public:
  /// Nodes must be distinct and there must be at least one (asserted).
  explicit LagrangeNodes(std::span<const Fp> nodes);
  /// The nodes 0, 1, ..., degree.
  static LagrangeNodes UpTo(int degree);

  size_t size() const { return nodes_.size(); }
  std::span<const Fp> nodes() const { return nodes_; }

  /// L_i(x) for every node i, where f(x) = sum_i f(node_i) L_i(x); X is Fp or Ext<D>.
  template <typename X>
  std::vector<X> BasisAt(const X& x) const;

  /// f(x) from the values f(node_i) in V; V and X are each Fp or the same Ext<D>.
  template <typename V, typename X>
  auto Evaluate(std::span<const V> values, const X& x) const -> decltype(V() * X()) {
    const std::vector<X> basis = BasisAt(x);
    decltype(V() * X()) sum{};
    for (size_t i = 0; i < values.size(); ++i) sum += values[i] * basis[i];
    return sum;
  }

  /// The coefficients (size() of them) of the polynomial with these values; F is Fp or Ext<D>.
  template <typename F>
  std::vector<F> Interpolate(std::span<const F> values) const;

 private:
  std::vector<Fp> nodes_;
  std::vector<Fp> weights_;    // 1 / prod_{j != i} (node_i - node_j)
  std::vector<Fp> vanishing_;  // coefficients of prod_j (X - node_j), size() + 1 of them
};

}  // namespace voizk

#endif  // VOIZK_ALGEBRA_POLY_UNIVARIATE_H_
