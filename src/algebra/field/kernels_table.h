// The vector kernels as tables of functions, one per kind of element; private to src/algebra/field.
#ifndef VOIZK_ALGEBRA_FIELD_KERNELS_TABLE_H_
#define VOIZK_ALGEBRA_FIELD_KERNELS_TABLE_H_

#include "algebra/field/kernels.h"

namespace voizk {

struct BaseKernels {
  void (*add)(FpSpan, FpSpan, FpMutSpan);
  void (*sub)(FpSpan, FpSpan, FpMutSpan);
  void (*mul)(FpSpan, FpSpan, FpMutSpan);
  void (*mul_scalar)(FpSpan, Fp, FpMutSpan);
  void (*convert8)(std::span<const int8_t>, FpMutSpan);
  void (*convert16)(std::span<const int16_t>, FpMutSpan);
  void (*convert32)(std::span<const int32_t>, FpMutSpan);
  void (*canonical_bytes)(FpSpan, std::span<uint8_t>);
};

template <int D>
struct ExtKernels {
  void (*add)(ExtConstSpan<D>, ExtConstSpan<D>, ExtSpan<D>);
  void (*sub)(ExtConstSpan<D>, ExtConstSpan<D>, ExtSpan<D>);
  void (*mul)(ExtConstSpan<D>, ExtConstSpan<D>, ExtSpan<D>);
  void (*mul_scalar)(ExtConstSpan<D>, const Ext<D>&, ExtSpan<D>);
  Ext<D> (*inner_base)(ExtConstSpan<D>, FpSpan);
  Ext<D> (*inner_int8)(ExtConstSpan<D>, std::span<const int8_t>);
  Ext<D> (*inner_int16)(ExtConstSpan<D>, std::span<const int16_t>);
  Ext<D> (*inner_ext)(ExtConstSpan<D>, ExtConstSpan<D>);
  void (*fold_ext)(ExtConstSpan<D>, ExtConstSpan<D>, const Ext<D>&, ExtSpan<D>);
  void (*fold_base)(FpSpan, FpSpan, const Ext<D>&, ExtSpan<D>);
  void (*fold_pairs_ext)(ExtConstSpan<D>, const Ext<D>&, ExtSpan<D>);
  void (*fold_pairs_base)(FpSpan, const Ext<D>&, ExtSpan<D>);
  void (*axpy_ext)(const Ext<D>&, ExtConstSpan<D>, ExtSpan<D>);
  void (*axpy_rows)(std::span<const Ext<D>>, std::span<const FpSpan>, ExtSpan<D>);
  void (*eq_expand)(ExtSpan<D>, ExtSpan<D>, const Ext<D>&);
};

/// The tables for the processor at hand.
const BaseKernels& GetBaseKernels();
template <int D>
const ExtKernels<D>& GetExtKernels();

}  // namespace voizk

#endif  // VOIZK_ALGEBRA_FIELD_KERNELS_TABLE_H_
