// Number-theoretic transforms over a coset of the 2-adic subgroup: Reed-Solomon encoding.
//
// The domain of a plan of size n = 2^log_size is { shift * w^j }, w = Fp::RootOfUnity(log_size).
// Values come in bit-reversed order: position i holds the value at
//     DomainPoint(i) = shift * w^bitrev(i),    bitrev = reversal of log_size bits,
// so that the first n/2 values are again a coset, and so on down: encoding k <= n/4 coefficients is
// four transforms of size n/4.
//
// Method: Cooley-Tukey as repeated remainders.  A block of size m at level l holds f modulo
// X^m - c^2; its halves become f modulo X^(m/2) - c and X^(m/2) + c:
//     (u, v) -> (u + c v, u - c v),
// with one constant c per block (shift included, so cosets cost nothing extra).
#ifndef VOIZK_ALGEBRA_POLY_NTT_H_
#define VOIZK_ALGEBRA_POLY_NTT_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "algebra/field/koala_bear.h"

namespace voizk {

/// Immutable; share it between threads.
class NttPlan {
 public:
  /// Rows transformed side by side in a tile: one 64-byte line, which is also one block of SHA-256.
  static constexpr size_t kTileRows = 16;
  static constexpr int kMaxLogSize = 22;

  enum class Use { kBothWays, kForward };  // kForward: Inverse may not be called
  /// 0 <= log_size <= kMaxLogSize, shift != 0 (asserted).
  NttPlan(int log_size, Fp shift, Use use = Use::kBothWays);

  int log_size() const { return log_size_; }
  size_t size() const { return size_t{1} << log_size_; }
  Fp shift() const { return shift_; }
  /// The point at which position i of a transform is the value.
  Fp DomainPoint(size_t i) const { return DomainPoint(log_size_, shift_, i); }
  static Fp DomainPoint(int log_size, Fp shift, size_t i);

  /// out = values, at every domain point in turn, of the polynomial with these coefficients (lowest
  /// first).  coefficients.size() <= size() = out.size(); the spans may not overlap.
  void Forward(std::span<const Fp> coefficients, std::span<Fp> out) const;

  /// Values at all domain points -> the size() coefficients, in place.
  void Inverse(std::span<Fp> values) const;

  /// Sixteen transforms side by side, in place: element (i, r) of row r stands at
  /// tile[i * kTileRows + r].  The first `coefficients` elements of every row are given, the rest
  /// are taken as zero whatever they are.  After it, the 16 values of column i lie next to each
  /// other, ready to be hashed.
  void ForwardTile(std::span<Fp> tile, size_t coefficients) const;

  /// The same for a few columns: afterwards column i is right for every i in `positions`
  /// (ascending) and undetermined elsewhere.  Blocks without a position are left out, which is
  /// about half of the work for 2^7 columns of 2^16.
  void ForwardTileAt(std::span<Fp> tile, size_t coefficients,
                     std::span<const uint32_t> positions) const;

 private:
  int log_size_;
  Fp shift_;
  // Constants c of level l, block b < 2^l at [2^l + b]: shift^(n / 2^(l+1)) times the root of order
  // 2^(l+1) to the power bitrev_l(b).
  std::vector<Fp> twiddles_;
  std::vector<Fp> inverse_twiddles_;
};

/// tile[i * 16 + r] = rows[r][i] for i < count; rows beyond rows.size() are zero.  At most 16 rows,
/// each of at least `count` elements; tile.size() >= 16 * count.
void InterleaveRows(std::span<const std::span<const Fp>> rows, size_t count, std::span<Fp> tile);

}  // namespace voizk

#endif  // VOIZK_ALGEBRA_POLY_NTT_H_
