// The kernels as plain loops: the definition that the vector versions must match bit for bit.

#include "algebra/field/kernels.h"
#include "base/bytes.h"
#include "base/check.h"

namespace voizk::plain {

void AddVec(FpSpan a, FpSpan b, FpMutSpan out) {
  CheckInvariant(a.size() == out.size() && b.size() == out.size(),
                 "lengths of a kernel's operands");
  for (size_t i = 0; i < out.size(); ++i) out[i] = a[i] + b[i];
}

void SubVec(FpSpan a, FpSpan b, FpMutSpan out) {
  CheckInvariant(a.size() == out.size() && b.size() == out.size(),
                 "lengths of a kernel's operands");
  for (size_t i = 0; i < out.size(); ++i) out[i] = a[i] - b[i];
}

void MulVec(FpSpan a, FpSpan b, FpMutSpan out) {
  CheckInvariant(a.size() == out.size() && b.size() == out.size(),
                 "lengths of a kernel's operands");
  for (size_t i = 0; i < out.size(); ++i) out[i] = a[i] * b[i];
}

void MulScalarVec(FpSpan a, Fp s, FpMutSpan out) {
  CheckInvariant(a.size() == out.size(), "lengths of a kernel's operands");
  for (size_t i = 0; i < out.size(); ++i) out[i] = a[i] * s;
}

namespace {

template <typename T>
void Convert(std::span<const T> a, FpMutSpan out) {
  CheckInvariant(a.size() == out.size(), "lengths of a kernel's operands");
  for (size_t i = 0; i < out.size(); ++i) out[i] = Fp::FromI64(a[i]);
}

template <int D, typename T>
Ext<D> InnerProductWithIntegers(ExtConstSpan<D> a, std::span<const T> b) {
  CheckInvariant(a.size() == b.size(), "lengths of a kernel's operands");
  Ext<D> sum;
  for (size_t i = 0; i < b.size(); ++i) sum += a.get(i) * Fp::FromI64(b[i]);
  return sum;
}

}  // namespace

void ConvertVec(std::span<const int8_t> a, FpMutSpan out) { Convert(a, out); }
void ConvertVec(std::span<const int16_t> a, FpMutSpan out) { Convert(a, out); }
void ConvertVec(std::span<const int32_t> a, FpMutSpan out) { Convert(a, out); }

void CanonicalBytes(FpSpan a, std::span<uint8_t> out) {
  CheckInvariant(out.size() == 4 * a.size(), "lengths of a kernel's operands");
  for (size_t i = 0; i < a.size(); ++i) StoreU32(a[i].ToU32(), out.data() + 4 * i);
}

template <int D>
void AddVec(ExtConstSpan<D> a, ExtConstSpan<D> b, ExtSpan<D> out) {
  CheckInvariant(a.size() == out.size() && b.size() == out.size(),
                 "lengths of a kernel's operands");
  for (size_t i = 0; i < out.size(); ++i) out.set(i, a.get(i) + b.get(i));
}

template <int D>
void SubVec(ExtConstSpan<D> a, ExtConstSpan<D> b, ExtSpan<D> out) {
  CheckInvariant(a.size() == out.size() && b.size() == out.size(),
                 "lengths of a kernel's operands");
  for (size_t i = 0; i < out.size(); ++i) out.set(i, a.get(i) - b.get(i));
}

template <int D>
void MulVec(ExtConstSpan<D> a, ExtConstSpan<D> b, ExtSpan<D> out) {
  CheckInvariant(a.size() == out.size() && b.size() == out.size(),
                 "lengths of a kernel's operands");
  for (size_t i = 0; i < out.size(); ++i) out.set(i, a.get(i) * b.get(i));
}

template <int D>
void MulScalarVec(ExtConstSpan<D> a, const Ext<D>& s, ExtSpan<D> out) {
  CheckInvariant(a.size() == out.size(), "lengths of a kernel's operands");
  for (size_t i = 0; i < out.size(); ++i) out.set(i, a.get(i) * s);
}

template <int D>
Ext<D> InnerProduct(ExtConstSpan<D> a, FpSpan b) {
  CheckInvariant(a.size() == b.size(), "lengths of a kernel's operands");
  Ext<D> sum;
  for (size_t i = 0; i < b.size(); ++i) sum += a.get(i) * b[i];
  return sum;
}

template <int D>
Ext<D> InnerProduct(ExtConstSpan<D> a, std::span<const int8_t> b) {
  return InnerProductWithIntegers<D>(a, b);
}

template <int D>
Ext<D> InnerProduct(ExtConstSpan<D> a, std::span<const int16_t> b) {
  return InnerProductWithIntegers<D>(a, b);
}

template <int D>
Ext<D> InnerProduct(ExtConstSpan<D> a, ExtConstSpan<D> b) {
  CheckInvariant(a.size() == b.size(), "lengths of a kernel's operands");
  Ext<D> sum;
  for (size_t i = 0; i < b.size(); ++i) sum += a.get(i) * b.get(i);
  return sum;
}

template <int D>
void Fold(ExtConstSpan<D> lo, ExtConstSpan<D> hi, const Ext<D>& r, ExtSpan<D> out) {
  CheckInvariant(lo.size() == out.size() && hi.size() == out.size(),
                 "lengths of a kernel's operands");
  for (size_t i = 0; i < out.size(); ++i) {
    const Ext<D> low = lo.get(i);
    out.set(i, low + r * (hi.get(i) - low));
  }
}

template <int D>
void Fold(FpSpan lo, FpSpan hi, const Ext<D>& r, ExtSpan<D> out) {
  CheckInvariant(lo.size() == out.size() && hi.size() == out.size(),
                 "lengths of a kernel's operands");
  for (size_t i = 0; i < out.size(); ++i) out.set(i, r * (hi[i] - lo[i]) + lo[i]);
}

template <int D>
void FoldPairs(ExtConstSpan<D> a, const Ext<D>& r, ExtSpan<D> out) {
  CheckInvariant(a.size() == 2 * out.size(), "lengths of a kernel's operands");
  for (size_t i = 0; i < out.size(); ++i) {
    const Ext<D> low = a.get(2 * i);
    out.set(i, low + r * (a.get(2 * i + 1) - low));
  }
}

template <int D>
void FoldPairs(FpSpan a, const Ext<D>& r, ExtSpan<D> out) {
  CheckInvariant(a.size() == 2 * out.size(), "lengths of a kernel's operands");
  for (size_t i = 0; i < out.size(); ++i) out.set(i, r * (a[2 * i + 1] - a[2 * i]) + a[2 * i]);
}

template <int D>
void Axpy(const Ext<D>& s, FpSpan x, ExtSpan<D> y) {
  CheckInvariant(x.size() == y.size(), "lengths of a kernel's operands");
  for (size_t i = 0; i < y.size(); ++i) y.set(i, y.get(i) + s * x[i]);
}

template <int D>
void Axpy(const Ext<D>& s, ExtConstSpan<D> x, ExtSpan<D> y) {
  CheckInvariant(x.size() == y.size(), "lengths of a kernel's operands");
  for (size_t i = 0; i < y.size(); ++i) y.set(i, y.get(i) + s * x.get(i));
}

template <int D>
void AxpyRows(std::span<const Ext<D>> s, std::span<const FpSpan> rows, ExtSpan<D> y) {
  CheckInvariant(s.size() == rows.size(), "lengths of a kernel's operands");
  for (size_t k = 0; k < s.size(); ++k) plain::Axpy<D>(s[k], rows[k].first(y.size()), y);
}

template <int D>
void EqExpand(ExtSpan<D> lo, ExtSpan<D> hi, const Ext<D>& r) {
  CheckInvariant(lo.size() == hi.size(), "lengths of a kernel's operands");
  for (size_t i = 0; i < lo.size(); ++i) {
    const Ext<D> old = lo.get(i);
    hi.set(i, r * old);
    lo.set(i, old - hi.get(i));
  }
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

}  // namespace voizk::plain
