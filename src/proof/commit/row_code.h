// The Reed-Solomon code of the rows: f of at most n coefficients -> its values on the coset
// 3 <omega_n>, n = 2^log_n, which holds neither 0 nor a 256th root of unity (3 generates the
// multiplicative group).  Position x of a code word belongs to the point 3 omega_n^rev(x), rev
// reversing log_n bits.
#ifndef VOIZK_PROOF_COMMIT_ROW_CODE_H_
#define VOIZK_PROOF_COMMIT_ROW_CODE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "algebra/field/koala_bear.h"
#include "algebra/poly/ntt.h"

namespace voizk {

/// The coefficients head | tail, lowest first; borrowed.
struct RowCoefficients {
  std::span<const Fp> head, tail;
  size_t size() const { return head.size() + tail.size(); }
};

class RowCode {
 public:
  static constexpr size_t kTileRows = NttPlan::kTileRows;  // 16

  explicit RowCode(int log_n) : plan_(log_n, Fp::FromU32(Fp::kGenerator), NttPlan::Use::kForward) {}

  int log_length() const { return plan_.log_size(); }
  size_t length() const { return plan_.size(); }
  /// The point of position x.
  Fp Point(uint32_t x) const { return plan_.DomainPoint(x); }
  /// The same without a code.
  static Fp PointOf(int log_n, uint32_t x) {
    return NttPlan::DomainPoint(log_n, Fp::FromU32(Fp::kGenerator), x);
  }
  /// values[x] = f(Point(x)).
  void Encode(std::span<const Fp> coefficients, std::span<Fp> values) const {
    plan_.Forward(coefficients, values);
  }
  /// Up to 16 rows side by side, ready to be encoded: coefficients [begin, end) of row r, zero
  /// behind its end, go to tile[16 i + r].  begin and end are multiples of 16.
  static void LoadTile(std::span<const RowCoefficients> rows, size_t begin, size_t end,
                       std::span<Fp> tile);

  /// Called with the columns from `first` on, 16 words each.
  using OnColumns = std::function<void(size_t first, std::span<uint32_t> columns)>;
  /// Block b < 2^level of the code words of a tile of coefficients, columns b m .. b m + m - 1 for
  /// m = n / 2^level: words[16 (x - b m) + r] = f_r(Point(x)) as a canonical integer, passed to
  /// on_columns part by part; words.size() = 16 m.  Any number of threads.
  void EncodeBlock(std::span<const Fp> tile, int level, size_t b, std::span<uint32_t> words,
                   const OnColumns& on_columns) const;
  /// The same at some positions, ascending; the rest of words is undetermined.
  void EncodeBlockAt(std::span<const Fp> tile, int level, size_t b,
                     std::span<const uint32_t> positions, std::span<uint32_t> words) const;

 private:
  NttPlan plan_;
};

}  // namespace voizk

#endif  // VOIZK_PROOF_COMMIT_ROW_CODE_H_
