// What the verifier claims of the responses Y = u' | y0 | y1 | q2 (q2 = y2 / (X^256 - 1)): 4 t + 2
// linear functions with the weights zeta^0, zeta^1, .. (docs/protocol/commitment.md, section 2,
// "responses").  Y and everything here is public.
#ifndef VOIZK_PROOF_COMMIT_RESPONSE_CLAIMS_H_
#define VOIZK_PROOF_COMMIT_RESPONSE_CLAIMS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "algebra/field/ext_array.h"
#include "base/threads.h"
#include "proof/commit/params.h"
#include "proof/commit/row_code.h"

namespace voizk {

template <int D>
struct Responses {
  ExtVec<D> u;           // u', W + t coefficients
  ExtVec<D> y0, y1, q2;  // k_P, k_1, k_2 - 256
};

/// What an opened column says the responses are at its point: the right sides of its four claims.
template <int D>
struct ResponsesAtColumn {
  Ext<D> u, y0, y1, y2;  // y2, not q2
};

template <int D>
class ResponseClaims {
 public:
  using K = Ext<D>;
  /// b: eq(z_col, j) for j < W, borrowed.  positions: J, t of them.
  ResponseClaims(const CommitParams& params, ExtConstSpan<D> b, std::span<const uint32_t> positions,
                 const K& zeta);

  /// 1, X, X^2, .. of the k-th position's point, at least 256 of them.
  FpSpan PowersOf(size_t k) const { return powers_[k]; }

  /// S, the combination of the right sides; columns: one per position.
  K Total(const K& combined, const K& sum, std::span<const ResponsesAtColumn<D>> columns) const;

  /// C_a for all a < 2^b' W'.
  ExtVec<D> Coefficients(ThreadPool* pool) const;

  /// c'_j = sum_i eq(r, i) C_(i W' + j) for j < W', r of b' coordinates, without making C.
  ExtVec<D> FoldedCoefficients(std::span<const K> r) const;

 private:
  static constexpr size_t kParts = 4;
  // Where a part of Y lies in one row: columns [begin, end), whose coefficients are
  // zeta_k X_k^(j + shift), shift the same for all of them.
  struct Piece {
    size_t part, row, begin, end;
  };
  void AddPieces();
  // Per position, zeta^(2 + 4 k + part) X_k^shift of one piece, times X_k^256 - 1 for q2.
  std::vector<K> Scales(const Piece& piece) const;
  // y[j - begin] += sum_k scales[k] X_k^j for begin <= j < begin + y.size()
  void AddPowers(size_t begin, std::span<const K> scales, ExtSpan<D> y) const;
  // y += scale (what the first two claims read of a row); y: its W' columns.
  void AddFirstClaims(size_t row, const K& scale, ExtSpan<D> y) const;

  const CommitParams params_;
  const ExtConstSpan<D> b_;
  std::array<size_t, kParts + 1> starts_;     // of each part of Y, and N'
  std::vector<std::vector<Fp>> powers_;       // per position
  std::vector<std::array<Fp, kParts>> back_;  // per position and part: X^-(start within its row)
  std::vector<K> zetas_;                      // zeta^0, ..
  std::vector<Piece> pieces_;                 // by row
};

extern template class ResponseClaims<4>;
extern template class ResponseClaims<5>;

}  // namespace voizk

#endif  // VOIZK_PROOF_COMMIT_RESPONSE_CLAIMS_H_
