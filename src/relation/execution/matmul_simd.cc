// Highway kernels of matmul.h.  A tile is kTileRows rows by one panel of kPanel outputs, its sums
// in registers; per step one vector of weights is loaded and multiplied by each row's broadcast
// taps.  16-bit taps go in pairs through the widening multiply-add (vpmaddwd on x86), whose sums
// are exact mod 2^32.
#include "relation/execution/matmul.h"

#if !VOIZK_SCALAR

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "relation/execution/matmul_simd.cc"
// Tiles are arrays of vectors, which targets of unknown vector length cannot hold.
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#include <cstring>

#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace voizk {
namespace HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR  // a CPU without any of our vector sets: pairs of taps need two lanes

void MatMul16(const int16_t* in, const Gather& g, const PackedWeights<int16_t>& w, size_t row_begin,
              size_t row_end, int32_t* out, size_t out_stride) {
  plain::MatMul(in, g, w, row_begin, row_end, out, out_stride);
}

void MatMul32(const int32_t* in, const Gather& g, const PackedWeights<int32_t>& w, size_t row_begin,
              size_t row_end, int32_t* out, size_t out_stride) {
  plain::MatMul(in, g, w, row_begin, row_end, out, out_stride);
}

void Dot32(const int32_t* in, const Gather& g, const int32_t* w, size_t stride, size_t out_begin,
           size_t out_end, int32_t* out, size_t out_stride) {
  plain::DotRows(in, g, w, stride, out_begin, out_end, out, out_stride);
}

#else

namespace hn = hwy::HWY_NAMESPACE;

using D32 = hn::CappedTag<int32_t, kPanel>;
using D16 = hn::Repartition<int16_t, D32>;
using V32 = hn::Vec<D32>;
constexpr size_t kLanes = hn::MaxLanes(D32());
constexpr size_t kVectors = kPanel / kLanes;  // per panel row
// Sums of a tile, weights and one broadcast stay within 16 registers (32 with AVX-512).
constexpr size_t kTileRows = kVectors == 1 ? 8 : kVectors == 2 ? 6 : kVectors == 4 ? 3 : 1;

template <size_t kRows>
HWY_INLINE void Tile(const int16_t* in, const Gather& g, const int16_t* w, size_t m,
                     int32_t* sums) {
  const D32 d;
  const D16 d16;
  V32 even[kRows][kVectors], odd[kRows][kVectors];
  for (size_t r = 0; r < kRows; ++r) {
    for (size_t v = 0; v < kVectors; ++v) even[r][v] = odd[r][v] = hn::Zero(d);
  }
  const size_t steps = (g.length + 1) / 2;
  for (const size_t segment : g.segments) {
    const int16_t* x[kRows];
    for (size_t r = 0; r < kRows; ++r) x[r] = in + g.rows[m + r] + segment;
    for (size_t j = 0; j < steps; ++j) {
      hn::Vec<D16> weight[kVectors];
      for (size_t v = 0; v < kVectors; ++v) weight[v] = hn::LoadU(d16, w + 2 * kLanes * v);
      w += 2 * kPanel;
      for (size_t r = 0; r < kRows; ++r) {
        int32_t pair;
        std::memcpy(&pair, x[r] + 2 * j, sizeof(pair));
        const auto taps = hn::BitCast(d16, hn::Set(d, pair));
        for (size_t v = 0; v < kVectors; ++v) {
          even[r][v] = hn::ReorderWidenMulAccumulate(d, taps, weight[v], even[r][v], odd[r][v]);
        }
      }
    }
  }
  for (size_t r = 0; r < kRows; ++r) {
    for (size_t v = 0; v < kVectors; ++v) {
      hn::StoreU(hn::RearrangeToOddPlusEven(even[r][v], odd[r][v]), d,
                 sums + r * kPanel + v * kLanes);
    }
  }
}

template <size_t kRows>
HWY_INLINE void Tile(const int32_t* in, const Gather& g, const int32_t* w, size_t m,
                     int32_t* sums) {
  const D32 d;
  V32 acc[kRows][kVectors];
  for (size_t r = 0; r < kRows; ++r) {
    for (size_t v = 0; v < kVectors; ++v) acc[r][v] = hn::Zero(d);
  }
  for (const size_t segment : g.segments) {
    const int32_t* x[kRows];
    for (size_t r = 0; r < kRows; ++r) x[r] = in + g.rows[m + r] + segment;
    for (size_t j = 0; j < g.length; ++j) {
      V32 weight[kVectors];
      for (size_t v = 0; v < kVectors; ++v) weight[v] = hn::LoadU(d, w + kLanes * v);
      w += kPanel;
      for (size_t r = 0; r < kRows; ++r) {
        const V32 tap = hn::Set(d, x[r][j]);
        for (size_t v = 0; v < kVectors; ++v) {
          acc[r][v] = hn::Add(acc[r][v], hn::Mul(tap, weight[v]));
        }
      }
    }
  }
  for (size_t r = 0; r < kRows; ++r) {
    for (size_t v = 0; v < kVectors; ++v) hn::StoreU(acc[r][v], d, sums + r * kPanel + v * kLanes);
  }
}

// A tile of `rows` <= kRows rows: finds the instance whose sums are that many.
template <size_t kRows, typename T>
HWY_INLINE void TileOf(size_t rows, const T* in, const Gather& g, const T* w, size_t m,
                       int32_t* sums) {
  if constexpr (kRows > 1) {
    if (rows < kRows) return TileOf<kRows - 1>(rows, in, g, w, m, sums);
  }
  Tile<kRows>(in, g, w, m, sums);
}

template <typename T>
HWY_INLINE void MatMulTiled(const T* in, const Gather& g, const PackedWeights<T>& w,
                            size_t row_begin, size_t row_end, int32_t* out, size_t out_stride) {
  int32_t sums[kTileRows * kPanel];
  for (size_t o = 0; o < w.outputs; o += kPanel) {
    const T* panel = w.data.data() + o / kPanel * w.panel_size;
    const size_t width = w.outputs - o < kPanel ? w.outputs - o : kPanel;
    for (size_t m = row_begin; m < row_end; m += kTileRows) {
      const size_t rows = row_end - m < kTileRows ? row_end - m : kTileRows;
      TileOf<kTileRows>(rows, in, g, panel, m, sums);
      for (size_t r = 0; r < rows; ++r) {
        std::memcpy(out + (m + r) * out_stride + o, sums + r * kPanel, width * sizeof(int32_t));
      }
    }
  }
}

void MatMul16(const int16_t* in, const Gather& g, const PackedWeights<int16_t>& w, size_t row_begin,
              size_t row_end, int32_t* out, size_t out_stride) {
  MatMulTiled(in, g, w, row_begin, row_end, out, out_stride);
}

void MatMul32(const int32_t* in, const Gather& g, const PackedWeights<int32_t>& w, size_t row_begin,
              size_t row_end, int32_t* out, size_t out_stride) {
  MatMulTiled(in, g, w, row_begin, row_end, out, out_stride);
}

template <size_t kRows>
HWY_INLINE void DotTile(const int32_t* in, const Gather& g, const int32_t* w, int32_t* sums,
                        size_t sums_stride) {
  const hn::ScalableTag<int32_t> d;
  const size_t lanes = hn::Lanes(d);
  hn::Vec<decltype(d)> acc[kRows];
  uint32_t tail[kRows] = {};
  for (size_t r = 0; r < kRows; ++r) acc[r] = hn::Zero(d);
  for (const size_t segment : g.segments) {
    size_t j = 0;
    for (; j + lanes <= g.length; j += lanes) {
      const auto weight = hn::LoadU(d, w + j);
      for (size_t r = 0; r < kRows; ++r) {
        acc[r] = hn::Add(acc[r], hn::Mul(weight, hn::LoadU(d, in + g.rows[r] + segment + j)));
      }
    }
    for (; j < g.length; ++j) {
      for (size_t r = 0; r < kRows; ++r) {
        tail[r] += static_cast<uint32_t>(w[j]) * static_cast<uint32_t>(in[g.rows[r] + segment + j]);
      }
    }
    w += g.length;
  }
  for (size_t r = 0; r < kRows; ++r) {
    // Not SumOfLanes: its last addition is a signed one, and the lanes may wrap.
    int32_t parts[hn::MaxLanes(d)];
    hn::StoreU(acc[r], d, parts);
    uint32_t sum = 0;
    for (size_t i = 0; i < lanes; ++i) sum += static_cast<uint32_t>(parts[i]);
    sums[r * sums_stride] = static_cast<int32_t>(sum + tail[r]);
  }
}

template <size_t kRows>
HWY_INLINE void DotTileOf(size_t rows, const int32_t* in, const Gather& g, const int32_t* w,
                          int32_t* sums, size_t sums_stride) {
  if constexpr (kRows > 1) {
    if (rows < kRows) return DotTileOf<kRows - 1>(rows, in, g, w, sums, sums_stride);
  }
  DotTile<kRows>(in, g, w, sums, sums_stride);
}

void Dot32(const int32_t* in, const Gather& g, const int32_t* w, size_t stride, size_t out_begin,
           size_t out_end, int32_t* out, size_t out_stride) {
  for (size_t o = out_begin; o < out_end; ++o) {
    DotTileOf<kDotRows>(g.rows.size(), in, g, w + o * stride, out + o, out_stride);
  }
}

#endif  // HWY_TARGET == HWY_SCALAR

}  // namespace HWY_NAMESPACE
}  // namespace voizk
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace voizk {

HWY_EXPORT(MatMul16);
HWY_EXPORT(MatMul32);
HWY_EXPORT(Dot32);

void MatMul(const int16_t* in, const Gather& gather, const PackedWeights<int16_t>& w,
            size_t row_begin, size_t row_end, int32_t* out, size_t out_stride) {
  HWY_DYNAMIC_DISPATCH(MatMul16)(in, gather, w, row_begin, row_end, out, out_stride);
}

void MatMul(const int32_t* in, const Gather& gather, const PackedWeights<int32_t>& w,
            size_t row_begin, size_t row_end, int32_t* out, size_t out_stride) {
  HWY_DYNAMIC_DISPATCH(MatMul32)(in, gather, w, row_begin, row_end, out, out_stride);
}

void DotRows(const int32_t* in, const Gather& gather, const int32_t* w, size_t stride,
             size_t out_begin, size_t out_end, int32_t* out, size_t out_stride) {
  HWY_DYNAMIC_DISPATCH(Dot32)(in, gather, w, stride, out_begin, out_end, out, out_stride);
}

}  // namespace voizk
#endif  // HWY_ONCE

#endif  // !VOIZK_SCALAR
