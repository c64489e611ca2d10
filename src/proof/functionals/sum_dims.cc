#include "proof/functionals/sum_dims.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "algebra/field/kernels.h"
#include "base/check.h"
#include "base/secure.h"

namespace voizk {
namespace {

constexpr size_t kPiece = 4096;  // results of one piece of work at most

// A tensor seen along one dimension: [outer][length][inner].
struct Sides {
  size_t outer, length, inner;
};

Sides SidesOf(const std::array<uint32_t, Shape::kMaxRank>& dims, size_t d) {
  Sides s{1, dims[d], 1};
  for (size_t k = 0; k < Shape::kMaxRank; ++k) {
    if (k < d) s.outer *= dims[k];
    if (k > d) s.inner *= dims[k];
  }
  return s;
}

// Calls fn(o, begin, count) for pieces of the inner dimension, on all threads.
template <typename Fn>
void ForEachPiece(const Sides& s, ThreadPool& pool, const Fn& fn) {
  const size_t pieces = (s.inner + kPiece - 1) / kPiece;
  const size_t work = s.length * std::min(s.inner, kPiece);  // products of one call
  pool.ParallelFor(s.outer * pieces, 1 + (size_t{1} << 14) / (work + 1),
                   [&](size_t first, size_t last) {
                     for (size_t i = first; i < last; ++i) {
                       const size_t begin = i % pieces * kPiece;
                       fn(i / pieces, begin, std::min(kPiece, s.inner - begin));
                     }
                   });
}

template <int D>
ExtVec<D> SumFirst(const Sides& s, FpSpan x, const ExtVec<D>& w, ThreadPool& pool) {
  ExtVec<D> out = ExtVec<D>::SecretZeros(s.outer * s.inner);
  const std::vector<Ext<D>> scales = w.ToVector();
  ForEachPiece(s, pool, [&](size_t o, size_t begin, size_t count) {
    if (s.inner == 1) {
      out.set(o, InnerProduct<D>(w.span(), x.subspan(o * s.length, s.length)));
      return;
    }
    std::vector<FpSpan> rows(s.length);
    for (size_t j = 0; j < s.length; ++j) {
      rows[j] = x.subspan((o * s.length + j) * s.inner + begin, count);
    }
    AxpyRows<D>(scales, rows, out.subspan(o * s.inner + begin, count));
  });
  return out;
}

template <int D>
ExtVec<D> SumNext(const Sides& s, const ExtVec<D>& x, const ExtVec<D>& w, ThreadPool& pool) {
  ExtVec<D> out = ExtVec<D>::SecretZeros(s.outer * s.inner);
  ForEachPiece(s, pool, [&](size_t o, size_t begin, size_t count) {
    if (s.inner == 1) {
      out.set(o, InnerProduct<D>(w.span(), x.subspan(o * s.length, s.length)));
      return;
    }
    for (size_t j = 0; j < s.length; ++j) {
      Axpy<D>(w.get(j), x.subspan((o * s.length + j) * s.inner + begin, count),
              out.subspan(o * s.inner + begin, count));
    }
  });
  return out;
}

}  // namespace

template <int D>
ExtVec<D> SumDims(const Shape& shape, std::span<const int32_t> values,
                  const std::array<ExtVec<D>, Shape::kMaxRank>& weights, ThreadPool& pool) {
  CheckInvariant(values.size() == shape.Cells(), "values of another shape");
  SecureVector<Fp> converted(values.size());
  pool.ParallelFor(values.size(), 1 << 16, [&](size_t begin, size_t end) {
    ConvertVec(values.subspan(begin, end - begin),
               FpMutSpan(converted).subspan(begin, end - begin));
  });
  std::array<uint32_t, Shape::kMaxRank> dims = shape.dims;
  ExtVec<D> sums;
  bool first = true;
  // The last first: where that is the last dimension, rows are contiguous.
  for (size_t d = Shape::kMaxRank; d-- > 0;) {
    if (weights[d].size() == 0) continue;
    CheckInvariant(weights[d].size() == dims[d], "weights of another length");
    const Sides sides = SidesOf(dims, d);
    sums = first ? SumFirst<D>(sides, converted, weights[d], pool)
                 : SumNext<D>(sides, sums, weights[d], pool);
    dims[d] = 1;
    first = false;
  }
  if (!first) return sums;
  sums = ExtVec<D>::SecretZeros(values.size());
  std::copy(converted.begin(), converted.end(), sums.limb(0));
  return sums;
}

template ExtVec<4> SumDims<4>(const Shape&, std::span<const int32_t>,
                              const std::array<ExtVec<4>, Shape::kMaxRank>&, ThreadPool&);
template ExtVec<5> SumDims<5>(const Shape&, std::span<const int32_t>,
                              const std::array<ExtVec<5>, Shape::kMaxRank>&, ThreadPool&);

}  // namespace voizk
