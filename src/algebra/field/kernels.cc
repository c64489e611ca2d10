// The public kernels: check the sizes, then run the vector version, or the plain one in builds with
// VOIZK_SCALAR.
#include "algebra/field/kernels.h"

#if VOIZK_SCALAR
#define VOIZK_BASE(member, plain_name) plain::plain_name
#define VOIZK_EXT(member, plain_name) plain::plain_name<D>
#else
#include "algebra/field/kernels_table.h"
#include "base/check.h"
#define VOIZK_BASE(member, plain_name) GetBaseKernels().member
#define VOIZK_EXT(member, plain_name) GetExtKernels<D>().member
#endif

namespace voizk {

void AddVec(FpSpan a, FpSpan b, FpMutSpan out) {
  CheckInvariant(a.size() == out.size() && b.size() == out.size(),
                 "lengths of a kernel's operands");
  VOIZK_BASE(add, AddVec)(a, b, out);
}

void SubVec(FpSpan a, FpSpan b, FpMutSpan out) {
  CheckInvariant(a.size() == out.size() && b.size() == out.size(),
                 "lengths of a kernel's operands");
  VOIZK_BASE(sub, SubVec)(a, b, out);
}

void MulVec(FpSpan a, FpSpan b, FpMutSpan out) {
  CheckInvariant(a.size() == out.size() && b.size() == out.size(),
                 "lengths of a kernel's operands");
  VOIZK_BASE(mul, MulVec)(a, b, out);
}

void MulScalarVec(FpSpan a, Fp s, FpMutSpan out) {
  CheckInvariant(a.size() == out.size(), "lengths of a kernel's operands");
  VOIZK_BASE(mul_scalar, MulScalarVec)(a, s, out);
}

void ConvertVec(std::span<const int8_t> a, FpMutSpan out) {
  CheckInvariant(a.size() == out.size(), "lengths of a kernel's operands");
  VOIZK_BASE(convert8, ConvertVec)(a, out);
}

void ConvertVec(std::span<const int16_t> a, FpMutSpan out) {
  CheckInvariant(a.size() == out.size(), "lengths of a kernel's operands");
  VOIZK_BASE(convert16, ConvertVec)(a, out);
}

void ConvertVec(std::span<const int32_t> a, FpMutSpan out) {
  CheckInvariant(a.size() == out.size(), "lengths of a kernel's operands");
  VOIZK_BASE(convert32, ConvertVec)(a, out);
}

void CanonicalBytes(FpSpan a, std::span<uint8_t> out) {
  CheckInvariant(out.size() == 4 * a.size(), "lengths of a kernel's operands");
  VOIZK_BASE(canonical_bytes, CanonicalBytes)(a, out);
}

template <int D>
void AddVec(ExtConstSpan<D> a, ExtConstSpan<D> b, ExtSpan<D> out) {
  CheckInvariant(a.size() == out.size() && b.size() == out.size(),
                 "lengths of a kernel's operands");
  VOIZK_EXT(add, AddVec)(a, b, out);
}

template <int D>
void SubVec(ExtConstSpan<D> a, ExtConstSpan<D> b, ExtSpan<D> out) {
  CheckInvariant(a.size() == out.size() && b.size() == out.size(),
                 "lengths of a kernel's operands");
  VOIZK_EXT(sub, SubVec)(a, b, out);
}

template <int D>
void MulVec(ExtConstSpan<D> a, ExtConstSpan<D> b, ExtSpan<D> out) {
  CheckInvariant(a.size() == out.size() && b.size() == out.size(),
                 "lengths of a kernel's operands");
  VOIZK_EXT(mul, MulVec)(a, b, out);
}

template <int D>
void MulScalarVec(ExtConstSpan<D> a, const Ext<D>& s, ExtSpan<D> out) {
  CheckInvariant(a.size() == out.size(), "lengths of a kernel's operands");
  VOIZK_EXT(mul_scalar, MulScalarVec)(a, s, out);
}

template <int D>
Ext<D> InnerProduct(ExtConstSpan<D> a, FpSpan b) {
  CheckInvariant(a.size() == b.size(), "lengths of a kernel's operands");
  return VOIZK_EXT(inner_base, InnerProduct)(a, b);
}

template <int D>
Ext<D> InnerProduct(ExtConstSpan<D> a, std::span<const int8_t> b) {
  CheckInvariant(a.size() == b.size(), "lengths of a kernel's operands");
  return VOIZK_EXT(inner_int8, InnerProduct)(a, b);
}

template <int D>
Ext<D> InnerProduct(ExtConstSpan<D> a, std::span<const int16_t> b) {
  CheckInvariant(a.size() == b.size(), "lengths of a kernel's operands");
  return VOIZK_EXT(inner_int16, InnerProduct)(a, b);
}

template <int D>
Ext<D> InnerProduct(ExtConstSpan<D> a, ExtConstSpan<D> b) {
  CheckInvariant(a.size() == b.size(), "lengths of a kernel's operands");
  return VOIZK_EXT(inner_ext, InnerProduct)(a, b);
}

template <int D>
void Fold(ExtConstSpan<D> lo, ExtConstSpan<D> hi, const Ext<D>& r, ExtSpan<D> out) {
  CheckInvariant(lo.size() == out.size() && hi.size() == out.size(),
                 "lengths of a kernel's operands");
  VOIZK_EXT(fold_ext, Fold)(lo, hi, r, out);
}

template <int D>
void Fold(FpSpan lo, FpSpan hi, const Ext<D>& r, ExtSpan<D> out) {
  CheckInvariant(lo.size() == out.size() && hi.size() == out.size(),
                 "lengths of a kernel's operands");
  VOIZK_EXT(fold_base, Fold)(lo, hi, r, out);
}

template <int D>
void FoldPairs(ExtConstSpan<D> a, const Ext<D>& r, ExtSpan<D> out) {
  CheckInvariant(a.size() == 2 * out.size(), "lengths of a kernel's operands");
  VOIZK_EXT(fold_pairs_ext, FoldPairs)(a, r, out);
}

template <int D>
void FoldPairs(FpSpan a, const Ext<D>& r, ExtSpan<D> out) {
  CheckInvariant(a.size() == 2 * out.size(), "lengths of a kernel's operands");
  VOIZK_EXT(fold_pairs_base, FoldPairs)(a, r, out);
}

template <int D>
void Axpy(const Ext<D>& s, FpSpan x, ExtSpan<D> y) {
  CheckInvariant(x.size() == y.size(), "lengths of a kernel's operands");
  AxpyRows<D>(std::span(&s, 1), std::span(&x, 1), y);
}

template <int D>
void Axpy(const Ext<D>& s, ExtConstSpan<D> x, ExtSpan<D> y) {
  CheckInvariant(x.size() == y.size(), "lengths of a kernel's operands");
  VOIZK_EXT(axpy_ext, Axpy)(s, x, y);
}

template <int D>
void AxpyRows(std::span<const Ext<D>> s, std::span<const FpSpan> rows, ExtSpan<D> y) {
  CheckInvariant(s.size() == rows.size(), "lengths of a kernel's operands");
  for (const FpSpan row : rows)
    CheckInvariant(row.size() >= y.size(), "lengths of a kernel's operands");
  VOIZK_EXT(axpy_rows, AxpyRows)(s, rows, y);
}

template <int D>
void EqExpand(ExtSpan<D> lo, ExtSpan<D> hi, const Ext<D>& r) {
  CheckInvariant(lo.size() == hi.size(), "lengths of a kernel's operands");
  VOIZK_EXT(eq_expand, EqExpand)(lo, hi, r);
}

#define VOIZK_INSTANTIATE(D)                                                               \
  template void AddVec<D>(ExtConstSpan<D>, ExtConstSpan<D>, ExtSpan<D>);                   \
  template void SubVec<D>(ExtConstSpan<D>, ExtConstSpan<D>, ExtSpan<D>);                   \
  template void MulVec<D>(ExtConstSpan<D>, ExtConstSpan<D>, ExtSpan<D>);                   \
  template void MulScalarVec<D>(ExtConstSpan<D>, const Ext<D>&, ExtSpan<D>);               \
  template Ext<D> InnerProduct<D>(ExtConstSpan<D>, FpSpan);                                \
  template Ext<D> InnerProduct<D>(ExtConstSpan<D>, std::span<const int8_t>);               \
  template Ext<D> InnerProduct<D>(ExtConstSpan<D>, std::span<const int16_t>);              \
  template Ext<D> InnerProduct<D>(ExtConstSpan<D>, ExtConstSpan<D>);                       \
  template void Fold<D>(ExtConstSpan<D>, ExtConstSpan<D>, const Ext<D>&, ExtSpan<D>);      \
  template void Fold<D>(FpSpan, FpSpan, const Ext<D>&, ExtSpan<D>);                        \
  template void FoldPairs<D>(ExtConstSpan<D>, const Ext<D>&, ExtSpan<D>);                  \
  template void FoldPairs<D>(FpSpan, const Ext<D>&, ExtSpan<D>);                           \
  template void Axpy<D>(const Ext<D>&, FpSpan, ExtSpan<D>);                                \
  template void Axpy<D>(const Ext<D>&, ExtConstSpan<D>, ExtSpan<D>);                       \
  template void AxpyRows<D>(std::span<const Ext<D>>, std::span<const FpSpan>, ExtSpan<D>); \
  template void EqExpand<D>(ExtSpan<D>, ExtSpan<D>, const Ext<D>&)
VOIZK_INSTANTIATE(4);
VOIZK_INSTANTIATE(5);
#undef VOIZK_INSTANTIATE

}  // namespace voizk
