// Integer matrix products over gathered rows: the one kernel under every convolution and dense
// layer.  All arithmetic is mod 2^32; the certificate (relation/certificate/certificate.h) shows
// that the sums lie in (-p/2, p/2), so the wrapped result is the exact one whatever the order of
// additions.
//
//   out[m][o] = sum_{s < segments} sum_{j < length} w[o][s*length + j] * in[rows[m] + segments[s] +
//   j]
//
// rows[m] is where output position m starts in the (zero-padded) input, segments[s] where a run of
// contiguous kernel taps starts; dilation, stride and 2-D windows are all offsets, nothing is
// copied per window.
#ifndef VOIZK_RELATION_EXECUTION_MATMUL_H_
#define VOIZK_RELATION_EXECUTION_MATMUL_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace voizk {

struct Gather {
  std::span<const size_t> rows;
  std::span<const size_t> segments;
  size_t length = 0;
};

/// Outputs per panel of packed weights: one AVX-512 vector of 32-bit sums, two of AVX2.
inline constexpr size_t kPanel = 16;

/// Weights [outputs][segments * length] in the order in which the kernels read them: panels of
/// kPanel outputs; inside, for 16-bit weights pairs of taps side by side (an odd last tap of a
/// segment is paired with zero), for 32-bit weights one tap after the other.
template <typename T>
struct PackedWeights {
  size_t outputs = 0;
  size_t panel_size = 0;  // elements of one panel
  std::vector<T> data;
};

/// T = int16_t or int32_t; every weight must fit T.  `stride` = distance between two outputs' rows.
template <typename T>
PackedWeights<T> PackWeights(std::span<const int32_t> w, size_t outputs, size_t stride,
                             size_t segments, size_t length);

/// Rows [row_begin, row_end) of the product into out[m * out_stride + o] (overwritten).  For T =
/// int16_t and odd `length` the input is read one element past each segment (times weight zero).
void MatMul(const int16_t* in, const Gather& gather, const PackedWeights<int16_t>& w,
            size_t row_begin, size_t row_end, int32_t* out, size_t out_stride);
void MatMul(const int32_t* in, const Gather& gather, const PackedWeights<int32_t>& w,
            size_t row_begin, size_t row_end, int32_t* out, size_t out_stride);

/// The same for few rows (at most kDotRows), weights unpacked, outputs [out_begin, out_end): reads
/// each weight once, where packing would cost more than the product.
inline constexpr size_t kDotRows = 4;
void DotRows(const int32_t* in, const Gather& gather, const int32_t* w, size_t stride,
             size_t out_begin, size_t out_end, int32_t* out, size_t out_stride);

/// The same results, one multiplication at a time.
namespace plain {
void MatMul(const int16_t* in, const Gather& gather, const PackedWeights<int16_t>& w,
            size_t row_begin, size_t row_end, int32_t* out, size_t out_stride);
void MatMul(const int32_t* in, const Gather& gather, const PackedWeights<int32_t>& w,
            size_t row_begin, size_t row_end, int32_t* out, size_t out_stride);
void DotRows(const int32_t* in, const Gather& gather, const int32_t* w, size_t stride,
             size_t out_begin, size_t out_end, int32_t* out, size_t out_stride);
}  // namespace plain

}  // namespace voizk

#endif  // VOIZK_RELATION_EXECUTION_MATMUL_H_
