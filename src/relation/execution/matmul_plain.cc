#include <algorithm>

#include "relation/execution/matmul.h"

namespace voizk {

namespace {

// Products and sums in unsigned arithmetic: wrapping is defined, and harmless (matmul.h).
uint32_t Times(int32_t a, int32_t b) { return static_cast<uint32_t>(a) * static_cast<uint32_t>(b); }

// Taps per step of the packed layout: 16-bit weights lie in pairs.
template <typename T>
constexpr size_t kTaps = sizeof(T) == 2 ? 2 : 1;

template <typename T>
void MatMulPlain(const T* in, const Gather& gather, const PackedWeights<T>& w, size_t row_begin,
                 size_t row_end, int32_t* out, size_t out_stride) {
  const size_t steps = (gather.length + kTaps<T> - 1) / kTaps<T>;
  for (size_t m = row_begin; m < row_end; ++m) {
    for (size_t o = 0; o < w.outputs; ++o) {
      const T* weight = w.data.data() + o / kPanel * w.panel_size + o % kPanel * kTaps<T>;
      uint32_t sum = 0;
      for (const size_t segment : gather.segments) {
        const T* x = in + gather.rows[m] + segment;
        for (size_t j = 0; j < gather.length; ++j) {
          sum += Times(weight[j / kTaps<T> * kTaps<T> * kPanel + j % kTaps<T>], x[j]);
        }
        weight += steps * kTaps<T> * kPanel;
      }
      out[m * out_stride + o] = static_cast<int32_t>(sum);
    }
  }
}

}  // namespace

template <typename T>
PackedWeights<T> PackWeights(std::span<const int32_t> w, size_t outputs, size_t stride,
                             size_t segments, size_t length) {
  const size_t steps = (length + kTaps<T> - 1) / kTaps<T>;
  PackedWeights<T> packed;
  packed.outputs = outputs;
  packed.panel_size = segments * steps * kTaps<T> * kPanel;
  packed.data.assign((outputs + kPanel - 1) / kPanel * packed.panel_size, T{0});
  for (size_t o = 0; o < outputs; ++o) {
    T* to = packed.data.data() + o / kPanel * packed.panel_size + o % kPanel * kTaps<T>;
    const int32_t* from = w.data() + o * stride;
    for (size_t s = 0; s < segments; ++s) {
      for (size_t j = 0; j < length; ++j) {
        to[j / kTaps<T> * kTaps<T> * kPanel + j % kTaps<T>] = static_cast<T>(from[s * length + j]);
      }
      to += steps * kTaps<T> * kPanel;
    }
  }
  return packed;
}

template PackedWeights<int16_t> PackWeights(std::span<const int32_t>, size_t, size_t, size_t,
                                            size_t);
template PackedWeights<int32_t> PackWeights(std::span<const int32_t>, size_t, size_t, size_t,
                                            size_t);

namespace plain {

void MatMul(const int16_t* in, const Gather& gather, const PackedWeights<int16_t>& w,
            size_t row_begin, size_t row_end, int32_t* out, size_t out_stride) {
  MatMulPlain(in, gather, w, row_begin, row_end, out, out_stride);
}

void MatMul(const int32_t* in, const Gather& gather, const PackedWeights<int32_t>& w,
            size_t row_begin, size_t row_end, int32_t* out, size_t out_stride) {
  MatMulPlain(in, gather, w, row_begin, row_end, out, out_stride);
}

void DotRows(const int32_t* in, const Gather& gather, const int32_t* w, size_t stride,
             size_t out_begin, size_t out_end, int32_t* out, size_t out_stride) {
  for (size_t m = 0; m < gather.rows.size(); ++m) {
    for (size_t o = out_begin; o < out_end; ++o) {
      const int32_t* weight = w + o * stride;
      uint32_t sum = 0;
      for (const size_t segment : gather.segments) {
        const int32_t* x = in + gather.rows[m] + segment;
        for (size_t j = 0; j < gather.length; ++j) sum += Times(weight[j], x[j]);
        weight += gather.length;
      }
      out[m * out_stride + o] = static_cast<int32_t>(sum);
    }
  }
}

}  // namespace plain

#if VOIZK_SCALAR
void MatMul(const int16_t* in, const Gather& gather, const PackedWeights<int16_t>& w,
            size_t row_begin, size_t row_end, int32_t* out, size_t out_stride) {
  plain::MatMul(in, gather, w, row_begin, row_end, out, out_stride);
}
void MatMul(const int32_t* in, const Gather& gather, const PackedWeights<int32_t>& w,
            size_t row_begin, size_t row_end, int32_t* out, size_t out_stride) {
  plain::MatMul(in, gather, w, row_begin, row_end, out, out_stride);
}
void DotRows(const int32_t* in, const Gather& gather, const int32_t* w, size_t stride,
             size_t out_begin, size_t out_end, int32_t* out, size_t out_stride) {
  plain::DotRows(in, gather, w, stride, out_begin, out_end, out, out_stride);
}
#endif

}  // namespace voizk
