// The Reed-Solomon code of the rows: f of at most n coefficients -> its values on the coset
// 3 <omega_n>, n = 2^log_n, which holds neither 0 nor a 256th root of unity (3 generates the
// multiplicative group).  Position x of a code word belongs to the point 3 omega_n^rev(x), rev
// reversing log_n bits.
#ifndef VOIZK_PROOF_COMMIT_ROW_CODE_H_
#define VOIZK_PROOF_COMMIT_ROW_CODE_H_

#include <cstddef>
#include <cstdint>
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
  /// Up to 16 rows side by side: words[x * 16 + r] = f_r(Point(x)) as a canonical integer, 0 for
  /// rows that are not given; words.size() = 16 n.  Any number of threads.
  void EncodeTile(std::span<const RowCoefficients> rows, std::span<uint32_t> words) const;
  /// The same at some positions, ascending; the rest of words is undetermined.
  void EncodeTileAt(std::span<const RowCoefficients> rows, std::span<const uint32_t> positions,
                    std::span<uint32_t> words) const;

 private:
  // The tile of scaled coefficients; returns how many there are of each row.
  size_t LoadTile(std::span<const RowCoefficients> rows, std::span<uint32_t> words) const;

  NttPlan plan_;
};

}  // namespace voizk

#endif  // VOIZK_PROOF_COMMIT_ROW_CODE_H_
