// Field elements as bytes: canonical u32 little endian per coefficient.  Values >= p are refused,
// so an element has exactly one encoding.
#ifndef VOIZK_ALGEBRA_FIELD_BYTES_H_
#define VOIZK_ALGEBRA_FIELD_BYTES_H_

#include <cstdint>
#include <span>
#include <vector>

#include "algebra/field/ext.h"
#include "algebra/field/koala_bear.h"
#include "base/bytes.h"
#include "base/result.h"

namespace voizk {

/// Writes kBytes bytes.
inline void StoreCanonical(Fp x, uint8_t* out) { StoreU32(x.ToU32(), out); }
template <int D>
void StoreCanonical(const Ext<D>& x, uint8_t* out) {
  for (int i = 0; i < D; ++i) StoreU32(x[i].ToU32(), out + 4 * i);
}

/// Reads kBytes bytes; false when a coefficient is not below p (x is then unspecified).
[[nodiscard]] inline bool ParseCanonical(const uint8_t* in, Fp* x) {
  const uint32_t v = LoadU32(in);
  *x = Fp::FromU32(v);
  return v < Fp::kModulus;
}
template <int D>
[[nodiscard]] bool ParseCanonical(const uint8_t* in, Ext<D>* x) {
  bool canonical = true;
  for (int i = 0; i < D; ++i) canonical &= ParseCanonical(in + 4 * i, &(*x)[i]);
  return canonical;
}

/// F is Fp or Ext<D>.
template <typename F>
void WriteField(ByteWriter& writer, const F& x) {
  StoreCanonical(x, writer.Grow(F::kBytes).data());
}
template <typename F>
void WriteFields(ByteWriter& writer, std::span<const F> xs) {
  uint8_t* out = writer.Grow(xs.size() * F::kBytes).data();
  for (size_t i = 0; i < xs.size(); ++i) StoreCanonical(xs[i], out + i * F::kBytes);
}

/// The error of an element at this byte that is not canonical.
inline Error NotCanonical(const ByteReader& reader, size_t position) {
  return reader.Fail({.check = Check::kCanonical,
                      .unit = Rejection::Unit::kByte,
                      .position = position,
                      .expected = Fp::kModulus},
                     "field element not canonical");
}
template <typename F>
Result<F> ReadField(ByteReader& reader) {
  const size_t position = reader.position();
  VOIZK_ASSIGN_OR_RETURN(const ByteSpan bytes, reader.Bytes(F::kBytes));
  F x;
  if (!ParseCanonical(bytes.data(), &x)) return NotCanonical(reader, position);
  return x;
}
/// Exactly `count` elements; the input is checked for their bytes before anything is allocated.
template <typename F>
Result<std::vector<F>> ReadFields(ByteReader& reader, size_t count) {
  const size_t position = reader.position();
  if (count > reader.remaining() / F::kBytes) {
    return reader.Fail(
        {.check = Check::kLength, .expected = count * F::kBytes, .actual = reader.remaining()},
        "field elements are missing");
  }
  VOIZK_ASSIGN_OR_RETURN(const ByteSpan bytes, reader.Bytes(count * F::kBytes));
  std::vector<F> xs(count);
  size_t bad = count;  // the last element that is not canonical
  for (size_t i = 0; i < count; ++i) {
    if (!ParseCanonical(bytes.data() + i * F::kBytes, &xs[i])) bad = i;
  }
  if (bad != count) return NotCanonical(reader, position + bad * F::kBytes);
  return xs;
}

}  // namespace voizk

#endif  // VOIZK_ALGEBRA_FIELD_BYTES_H_
