// Blocks of b are packed into panels of kPanel columns, so that the innermost loop walks through
// memory in order; a tile of kTileRows x kPanel sums stays in registers over a whole block of k.
// Written with Highway in one form: its scalar target is the plain kernel.
#include "network/float_operations/product_kernel.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "network/float_operations/product_kernel.cc"
// Tiles are arrays of vectors, which targets of unknown vector length cannot hold.
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#include <algorithm>
#include <vector>

#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace voizk::float_op {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

constexpr int64_t kPanel = 16;
constexpr int64_t kDepth = 256;  // a panel takes 16 KiB: half the first cache
constexpr int64_t kWidth = 512;  // a block of b takes 512 KiB

using D = hn::CappedTag<float, kPanel>;
constexpr int64_t kLanes = hn::MaxLanes(D());
constexpr int64_t kVectors = kPanel / kLanes;  // per panel row
// Sums of a tile, a panel's row and one broadcast stay within 16 registers.
constexpr int64_t kTileRows = kVectors == 1 ? 8 : kVectors == 2 ? 6 : kVectors == 4 ? 2 : 1;

template <int64_t kRows>
HWY_INLINE void Tile(int64_t depth, MatrixView a, const float* panel, int64_t columns, float* c,
                     int64_t c_row) {
  const D d;
  hn::Vec<D> sums[kRows][kVectors];
  for (int64_t i = 0; i < kRows; ++i) {
    for (int64_t v = 0; v < kVectors; ++v) sums[i][v] = hn::Zero(d);
  }
  for (int64_t l = 0; l < depth; ++l, panel += kPanel) {
    hn::Vec<D> b[kVectors];
    for (int64_t v = 0; v < kVectors; ++v) b[v] = hn::LoadU(d, panel + v * kLanes);
    for (int64_t i = 0; i < kRows; ++i) {
      const auto w = hn::Set(d, a.data[i * a.row + l * a.column]);
      for (int64_t v = 0; v < kVectors; ++v) sums[i][v] = hn::MulAdd(w, b[v], sums[i][v]);
    }
  }
  HWY_ALIGN float row[kPanel];
  for (int64_t i = 0; i < kRows; ++i) {
    for (int64_t v = 0; v < kVectors; ++v) hn::Store(sums[i][v], d, row + v * kLanes);
    for (int64_t j = 0; j < columns; ++j) c[i * c_row + j] += row[j];
  }
}

template <int64_t kRows>
HWY_INLINE void TileOf(int64_t rows, int64_t depth, MatrixView a, const float* panel,
                       int64_t columns, float* c, int64_t c_row) {
  if constexpr (kRows > 1) {
    if (rows < kRows) return TileOf<kRows - 1>(rows, depth, a, panel, columns, c, c_row);
  }
  Tile<kRows>(depth, a, panel, columns, c, c_row);
}

void AddBlock(int64_t m, int64_t depth, int64_t columns, MatrixView a, const float* panels,
              float* c, int64_t c_row) {
  for (int64_t i = 0; i < m; i += kTileRows) {
    const MatrixView rows{a.data + i * a.row, a.row, a.column};
    for (int64_t j = 0; j < columns; j += kPanel) {
      TileOf<kTileRows>(std::min(kTileRows, m - i), depth, rows, panels + j * depth,
                        std::min(kPanel, columns - j), c + i * c_row + j, c_row);
    }
  }
}

void Pack(MatrixView b, int64_t depth, int64_t columns, float* panel) {
  for (int64_t l = 0; l < depth; ++l, panel += kPanel) {
    const float* from = b.data + l * b.row;
    for (int64_t j = 0; j < columns; ++j) panel[j] = from[j * b.column];
    for (int64_t j = columns; j < kPanel; ++j) panel[j] = 0;
  }
}

// a and b both in order along k.
float Dot(const float* a, const float* b, int64_t k) {
  const D d;
  auto sums = hn::Zero(d);
  int64_t l = 0;
  for (; l + kLanes <= k; l += kLanes) {
    sums = hn::MulAdd(hn::LoadU(d, a + l), hn::LoadU(d, b + l), sums);
  }
  float sum = hn::GetLane(hn::SumOfLanes(d, sums));
  for (; l < k; ++l) sum += a[l] * b[l];
  return sum;
}

// Too few rows to pay for packing.
void AddFewRows(int64_t m, int64_t n, int64_t k, MatrixView a, MatrixView b, float* c,
                int64_t c_row) {
  for (int64_t i = 0; i < m; ++i, a.data += a.row, c += c_row) {
    if (b.row == 1 && a.column == 1) {
      for (int64_t j = 0; j < n; ++j) c[j] += Dot(a.data, b.data + j * b.column, k);
    } else if (b.column == 1) {
      for (int64_t l = 0; l < k; ++l) {
        const float w = a.data[l * a.column];
        const float* from = b.data + l * b.row;
        for (int64_t j = 0; j < n; ++j) c[j] += w * from[j];
      }
    } else {
      for (int64_t j = 0; j < n; ++j) {
        float sum = 0;
        for (int64_t l = 0; l < k; ++l) {
          sum += a.data[l * a.column] * b.data[l * b.row + j * b.column];
        }
        c[j] += sum;
      }
    }
  }
}

void Multiply(int64_t m, int64_t n, int64_t k, MatrixView a, MatrixView b, float* c,
              int64_t c_row) {
  if (m < 4) return AddFewRows(m, n, k, a, b, c, c_row);
  std::vector<float> panels(
      static_cast<size_t>(std::min(k, kDepth) * (std::min(n, kWidth) + kPanel)));
  for (int64_t l = 0; l < k; l += kDepth) {
    const int64_t depth = std::min(kDepth, k - l);
    for (int64_t j = 0; j < n; j += kWidth) {
      const int64_t columns = std::min(kWidth, n - j);
      for (int64_t p = 0; p < columns; p += kPanel) {
        Pack({b.data + l * b.row + (j + p) * b.column, b.row, b.column}, depth,
             std::min(kPanel, columns - p), panels.data() + p * depth);
      }
      AddBlock(m, depth, columns, {a.data + l * a.column, a.row, a.column}, panels.data(), c + j,
               c_row);
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace voizk::float_op
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace voizk::float_op {

HWY_EXPORT(Multiply);

void AddProduct(int64_t m, int64_t n, int64_t k, MatrixView a, MatrixView b, float* c,
                int64_t c_row) {
  HWY_DYNAMIC_DISPATCH(Multiply)(m, n, k, a, b, c, c_row);
}

void AddProduct(const OpContext& context, int64_t m, int64_t n, int64_t k, MatrixView a,
                MatrixView b, float* c, int64_t c_row) {
  if (!context.pool() || m * n * k < (1 << 18)) return AddProduct(m, n, k, a, b, c, c_row);
  const bool split_rows = m >= n;
  const auto parts = static_cast<int64_t>(context.pool()->threads());
  const int64_t whole = split_rows ? m : n;
  const int64_t part = std::max<int64_t>((whole + parts - 1) / parts, 48);
  context.Parallel(static_cast<size_t>((whole + part - 1) / part), 1, [&](size_t from, size_t to) {
    for (auto p = static_cast<int64_t>(from); p < static_cast<int64_t>(to); ++p) {
      const int64_t first = p * part;
      const int64_t size = std::min(part, whole - first);
      if (split_rows) {
        AddProduct(size, n, k, {a.data + first * a.row, a.row, a.column}, b, c + first * c_row,
                   c_row);
      } else {
        AddProduct(m, size, k, a, {b.data + first * b.column, b.row, b.column}, c + first, c_row);
      }
    }
  });
}

}  // namespace voizk::float_op
#endif  // HWY_ONCE
