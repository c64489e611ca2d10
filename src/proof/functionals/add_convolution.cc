// The prover's use of a transposed convolution; the verifier's target does not contain it.
#include <algorithm>
#include <utility>

#include "algebra/field/kernels.h"
#include "proof/functionals/convolution.h"

namespace voizk {

// row[x][c] = sum_kw S1_kw[x] G[kh][kw][c] at the addresses of one height position; row is zero on
// entry.  Returns the addresses used.
template <int D>
size_t TransposedConvolution<D>::PatternRow(int64_t kh, ExtSpan<D> row) const {
  for (int64_t kw = 0; kw < width_.kernel; ++kw) {
    const auto g = g_.subspan(static_cast<size_t>(kh * width_.kernel + kw) * channels_, channels_);
    const auto [first, last] = width_.OutputsReading(0, width_.in, kw);
    for (int64_t s = first; s < last; ++s) {
      const auto x = static_cast<size_t>(width_.InputOf(s, kw));
      Axpy<D>(width_.u.get(static_cast<size_t>(s)), g, row.subspan(x * channel_stride_, channels_));
    }
  }
  return static_cast<size_t>(width_.in - 1) * channel_stride_ + channels_;
}

template <int D>
void TransposedConvolution<D>::AddTo(const Ext<D>& scalar, ExtSpan<D> cells,
                                     ThreadPool& pool) const {
  const Ext<D> factor = scalar * scalar_;
  const auto kernel = static_cast<size_t>(height_.kernel);
  ExtVec<D> patterns(kernel * row_addresses_);  // one row per height tap
  size_t used = 0;
  for (size_t kh = 0; kh < kernel; ++kh) {
    used =
        PatternRow(static_cast<int64_t>(kh), patterns.subspan(kh * row_addresses_, row_addresses_));
  }
  ExtVec<D> u(height_.u.size());
  MulScalarVec<D>(height_.u.span(), factor, u.span());
  const size_t grain = std::max<size_t>(1, 4096 / row_addresses_);
  pool.ParallelFor(static_cast<size_t>(height_.in), grain, [&](size_t begin, size_t end) {
    for (size_t kh = 0; kh < kernel; ++kh) {
      const auto pattern = std::as_const(patterns).subspan(kh * row_addresses_, used);
      const auto k = static_cast<int64_t>(kh);
      const auto [first, last] =
          height_.OutputsReading(static_cast<int64_t>(begin), static_cast<int64_t>(end), k);
      for (int64_t s = first; s < last; ++s) {
        const auto y = static_cast<size_t>(height_.InputOf(s, k));
        Axpy<D>(u.get(static_cast<size_t>(s)), pattern, cells.subspan(y * row_addresses_, used));
      }
    }
  });
}

template size_t TransposedConvolution<4>::PatternRow(int64_t, ExtSpan<4>) const;
template size_t TransposedConvolution<5>::PatternRow(int64_t, ExtSpan<5>) const;
template void TransposedConvolution<4>::AddTo(const Ext<4>&, ExtSpan<4>, ThreadPool&) const;
template void TransposedConvolution<5>::AddTo(const Ext<5>&, ExtSpan<5>, ThreadPool&) const;

}  // namespace voizk
