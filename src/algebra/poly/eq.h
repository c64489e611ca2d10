// The multilinear equality polynomial
//
//   eq(z, x) = prod_j (z_j x_j + (1 - z_j)(1 - x_j)),
//
// its tables over the hypercube and over windows of it.
//
// Order of variables, everywhere in voizk: variable 0 is the MOST significant bit of an index.
// Index i of a table over m variables stands for the point x with x_j = bit (m-1-j) of i.  Binding
// variable 0 therefore joins the two contiguous halves of a table (field/kernels.h, Fold).
#ifndef VOIZK_ALGEBRA_POLY_EQ_H_
#define VOIZK_ALGEBRA_POLY_EQ_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "algebra/field/ext.h"
#include "algebra/field/ext_array.h"
#include "base/threads.h"

namespace voizk {

/// scale * eq(z, i) for all i < 2^z.size().
template <int D>
ExtVec<D> EqTable(std::span<const Ext<D>> z, const Ext<D>& scale = Ext<D>::kOne,
                  ThreadPool* pool = nullptr);

/// eq(a, b) for points of equal length.
template <int D>
Ext<D> EqEval(std::span<const Ext<D>> a, std::span<const Ext<D>> b);

/// eq(z, i) for one index i < 2^z.size().
template <int D>
Ext<D> EqAt(std::span<const Ext<D>> z, uint64_t i);

/// out[k] = scale * eq(z, start + k) for k < out.size(); start need not be aligned, the window must
/// end within 2^z.size() (asserted).  Costs out.size() + O(z.size() + log^2 out.size()) products.
template <int D>
void EqWindow(std::span<const Ext<D>> z, uint64_t start, const Ext<D>& scale, ExtSpan<D> out);
template <int D>
ExtVec<D> EqWindow(std::span<const Ext<D>> z, uint64_t start, uint64_t count);

/// The sum of eq(z, i) over start <= i < start + count, in O(z.size() + log^2 count) products.
template <int D>
Ext<D> EqWindowSum(std::span<const Ext<D>> z, uint64_t start, uint64_t count);

}  // namespace voizk

#endif  // VOIZK_ALGEBRA_POLY_EQ_H_
