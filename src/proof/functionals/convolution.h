// Convolutions, transposed.  With rank-one weights w = scalar * u0 (x) u1 (x) u on the output
// positions and channels,
//   G[k][c]  = sum_{o of c's group} u[o] W[o][k][c mod C/g]                (one pass over W)
//   (A^T w)(y, x, c) = scalar * sum_{kh,kw} S0_kh[y] S1_kw[x] G[kh][kw][c],
//   S_k[i] = u_pos[s] where stride s + dilation k - pad = i, else 0.
// One spatial dimension is the case of width 1.
#ifndef VOIZK_PROOF_FUNCTIONALS_CONVOLUTION_H_
#define VOIZK_PROOF_FUNCTIONALS_CONVOLUTION_H_

#include <cstdint>
#include <vector>

#include "algebra/field/ext_array.h"
#include "base/threads.h"
#include "proof/functionals/rank_one.h"
#include "relation/core/relation.h"

namespace voizk {

template <int D>
class TransposedConvolution {
 public:
  /// Computes G.  w lives on the shape `out`.
  TransposedConvolution(const Conv& conv, const Weights& weights, const Shape& in, const Shape& out,
                        const RankOne<D>& w, ThreadPool& pool);

  /// cells[address(i)] += scalar * (A^T w)(i); cells are the addresses of the tensor, from its
  /// base.  (Prover: defined in add_convolution.cc.)
  void AddTo(const Ext<D>& scalar, ExtSpan<D> cells, ThreadPool& pool) const;

  /// sum_i (A^T w)(i) z(i) for rank-one z over the input's shape.
  Ext<D> InnerProduct(const RankOne<D>& z) const;

 private:
  // One spatial dimension: output positions s, kernel taps k, input positions
  // stride s + dilation k - pad.
  struct Axis {
    int64_t in = 1, out = 1, kernel = 1, stride = 1, dilation = 1, pad = 0;
    ExtVec<D> u;  // weights of the output positions
    int64_t InputOf(int64_t s, int64_t k) const { return stride * s + dilation * k - pad; }
    /// Output positions [first, last) whose tap k reads an input position in [begin, end).
    std::pair<int64_t, int64_t> OutputsReading(int64_t begin, int64_t end, int64_t k) const;
    /// sum_s u[s] z[InputOf(s, k)]
    Ext<D> Correlate(ExtConstSpan<D> z, int64_t k) const;
  };
  void SumOverOutputs(const Weights& weights, const ExtVec<D>& u, uint32_t groups,
                      ThreadPool& pool);
  size_t PatternRow(int64_t kh, ExtSpan<D> row) const;

  Axis height_, width_;
  size_t channels_ = 1;        // C
  size_t channel_stride_ = 1;  // addresses per width position
  size_t row_addresses_ = 1;   // addresses per height position
  bool flat_ = false;          // one spatial dimension
  Ext<D> scalar_;
  ExtVec<D> g_;  // [KH][KW][C]
};

extern template class TransposedConvolution<4>;
extern template class TransposedConvolution<5>;

}  // namespace voizk

#endif  // VOIZK_PROOF_FUNCTIONALS_CONVOLUTION_H_
