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

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
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

  /// A tile: sixteen polynomials side by side, coefficient i of polynomial r at
  /// coefficients[i * kTileRows + r]; at most size() of each.  Called with the parts of a code
  /// word's block as they are finished: part holds the columns from `first` on, the 16 values of
  /// a column next to each other, ready to be hashed.
  using OnColumns = std::function<void(size_t first, std::span<Fp> part)>;

  /// Block b < 2^level of their values: the m = size() >> level columns from b m on, computed in
  /// `columns` (16 m elements) from the coefficients alone, so that blocks may be had in any order
  /// and by any threads.  Every column is passed to on_columns once, in parts of at most
  /// kPartColumns, right after its last butterfly, and may be changed there.
  void ForwardTileBlock(std::span<const Fp> coefficients, int level, size_t b,
                        std::span<Fp> columns, const OnColumns& on_columns) const;
  static constexpr size_t kPartColumns = 256;

  /// How many coefficients of each polynomial to give when `count` are not zero: a multiple of
  /// kTileRows, and so many that no block begins with a copy.
  static size_t TileRoom(size_t count);

  /// The same for a few columns: afterwards column i stands at columns[16 (i - b m)] for every i of
  /// the block in `positions` (ascending, those of other blocks are ignored), and what stands
  /// elsewhere is undetermined.  What leads to no position is left out, which is about half of the
  /// work for 2^7 columns of 2^16.
  void ForwardTileBlockAt(std::span<const Fp> coefficients, int level, size_t b,
                          std::span<const uint32_t> positions, std::span<Fp> columns) const;

 private:
  template <typename Finish>
  void TileBlockWith(const Finish& finish, std::span<const Fp> coefficients, int level, size_t b,
                     std::span<Fp> columns) const;

  int log_size_;
  Fp shift_;
  Fp shift_to_size_;
  // Constants c of level l, block b < 2^l at [2^l + b]: shift^(n / 2^(l+1)) times the root of order
  // 2^(l+1) to the power bitrev_l(b).
  std::vector<Fp> twiddles_;
  std::vector<Fp> inverse_twiddles_;
};

/// tile[i * 16 + r] = scale * rows[r][i] for i < 16: sixteen coefficients of sixteen rows.
void InterleaveRows(const std::array<const Fp*, NttPlan::kTileRows>& rows, Fp scale, Fp* tile);

}  // namespace voizk

#endif  // VOIZK_ALGEBRA_POLY_NTT_H_
