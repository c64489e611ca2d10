// Multilinear extensions of tables, in the variable order of poly/eq.h.
#ifndef VOIZK_ALGEBRA_POLY_MLE_H_
#define VOIZK_ALGEBRA_POLY_MLE_H_

#include <cstdint>
#include <span>

#include "algebra/field/ext.h"
#include "algebra/field/ext_array.h"
#include "algebra/field/koala_bear.h"
#include "base/threads.h"

namespace voizk {

/// sum_i values[i] eq(z, i): the multilinear extension, at z, of `values` padded with zeros to
/// 2^z.size() (values.size() may not exceed that; asserted).  One pass over the values against eq
/// tables of half the variables each.
template <int D>
Ext<D> EvaluateMle(FpSpan values, std::span<const Ext<D>> z, ThreadPool* pool = nullptr);
template <int D>
Ext<D> EvaluateMle(std::span<const int8_t> values, std::span<const Ext<D>> z,
                   ThreadPool* pool = nullptr);
template <int D>
Ext<D> EvaluateMle(std::span<const int16_t> values, std::span<const Ext<D>> z,
                   ThreadPool* pool = nullptr);
template <int D>
Ext<D> EvaluateMle(ExtConstSpan<D> values, std::span<const Ext<D>> z, ThreadPool* pool = nullptr);

/// Binds variable 0 of the table (its size even) to r: the first half takes the result, the table
/// is truncated to it.
template <int D>
void BindTop(ExtVec<D>& table, const Ext<D>& r, ThreadPool* pool = nullptr);
/// The same out of a base-field table.
template <int D>
ExtVec<D> BindTop(FpSpan table, const Ext<D>& r, ThreadPool* pool = nullptr);

}  // namespace voizk

#endif  // VOIZK_ALGEBRA_POLY_MLE_H_
