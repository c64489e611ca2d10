// Evaluates views in 64-bit integers: the oracle of every faster executor.  The certificate bounds
// every view by p, so nothing overflows on witnesses whose values are below p/2 in size... see
// EvaluateView in checker.h.
#include <algorithm>
#include <array>
#include <span>

#include "relation/core/structure.h"
#include "relation/execution/checker.h"

namespace voizk {
namespace {

constexpr size_t kRank = Shape::kMaxRank;
using Strides = std::array<int64_t, kRank>;

/// Row-major steps without padding.
Strides StridesOf(const std::array<uint32_t, kRank>& dims) {
  Strides s{};
  int64_t step = 1;
  for (size_t d = kRank; d-- > 0;) {
    s[d] = step;
    step *= dims[d];
  }
  return s;
}

/// Sums dimension j with the source's weights; its length becomes 1.
template <typename T>
std::vector<int64_t> SumDim(std::span<const T> in, std::array<uint32_t, kRank>* dims, size_t j,
                            const std::vector<int32_t>& weights) {
  size_t before = 1, after = 1;
  for (size_t d = 0; d < kRank; ++d) (d < j ? before : after) *= d == j ? 1 : (*dims)[d];
  const size_t n = (*dims)[j];
  std::vector<int64_t> out(before * after, 0);
  for (size_t b = 0; b < before; ++b) {
    int64_t* to = &out[b * after];
    for (size_t i = 0; i < n; ++i) {
      const T* from = &in[(b * n + i) * after];
      const int64_t w = weights.empty() ? 1 : weights[i];
      for (size_t a = 0; a < after; ++a) to[a] += w * from[a];
    }
  }
  (*dims)[j] = 1;
  return out;
}

/// out[o] += coeff * in[map(o)] for o in the box; no sums are left in the map.
template <typename T>
void AddMapped(std::span<const T> in, const std::array<uint32_t, kRank>& in_dims,
               const Shape& out_shape, const IndexMap& map, const Box& box, int64_t coeff,
               std::vector<int64_t>* out) {
  const Strides in_strides = StridesOf(in_dims);
  const Strides out_strides = StridesOf(out_shape.dims);
  Strides step{};
  int64_t origin = 0;
  for (size_t j = 0; j < map.sources.size(); ++j) {
    const DimSource& s = map.sources[j];
    if (s.kind == DimSource::Kind::kSum) continue;  // length 1 by now
    origin += s.offset * in_strides[j];
    if (s.kind == DimSource::Kind::kAffine) step[s.out_dim] = s.stride * in_strides[j];
  }
  for (int64_t i0 = box.begin[0]; i0 < box.end[0]; ++i0) {
    for (int64_t i1 = box.begin[1]; i1 < box.end[1]; ++i1) {
      for (int64_t i2 = box.begin[2]; i2 < box.end[2]; ++i2) {
        const int64_t from = origin + i0 * step[0] + i1 * step[1] + i2 * step[2];
        const int64_t to = i0 * out_strides[0] + i1 * out_strides[1] + i2 * out_strides[2];
        for (int64_t i3 = box.begin[3]; i3 < box.end[3]; ++i3) {
          (*out)[static_cast<size_t>(to + i3)] +=
              coeff * in[static_cast<size_t>(from + i3 * step[3])];
        }
      }
    }
  }
}

void AddMap(const Tensor& tensor, std::span<const int32_t> in, const Shape& out_shape,
            const IndexMap& map, int64_t coeff, std::vector<int64_t>* out) {
  const Box box = ReachedOutputs(tensor.shape, out_shape, map);
  if (box.end[0] == 0) return;
  std::array<uint32_t, kRank> dims = tensor.shape.dims;
  std::vector<int64_t> summed;
  bool any = false;
  for (size_t j = 0; j < map.sources.size(); ++j) {
    const DimSource& s = map.sources[j];
    if (s.kind != DimSource::Kind::kSum) continue;
    summed = any ? SumDim<int64_t>(summed, &dims, j, s.weights)
                 : SumDim<int32_t>(in, &dims, j, s.weights);
    any = true;
  }
  if (any) {
    AddMapped<int64_t>(summed, dims, out_shape, map, box, coeff, out);
  } else {
    AddMapped<int32_t>(in, dims, out_shape, map, box, coeff, out);
  }
}

/// Taps k with 0 <= start + dilation * k < size, as a range within [0, taps).
struct Taps {
  int64_t begin, end;
};
Taps TapsInRange(int64_t start, int64_t dilation, int64_t taps, int64_t size) {
  Taps t{0, taps};
  if (start < 0) t.begin = (-start + dilation - 1) / dilation;
  if (start >= size) {
    t.end = 0;
  } else {
    t.end = std::min(taps, (size - 1 - start) / dilation + 1);
  }
  return t;
}

/// One convolution as a 2-dimensional one (height 1 if it has one spatial dimension).
struct Conv2dView {
  int64_t height, width, channels;              // input
  int64_t out_height, out_width, out_channels;  // output
  int64_t tap_rows, taps, group_channels, groups;
  std::array<int64_t, 2> stride, dilation, pad;
};

Conv2dView AsConv2d(const Shape& in, const Shape& out, const Shape& w, const Conv& c) {
  if (c.spatial == 1) {
    return {1,
            in.dims[0],
            in.dims[1],
            1,
            out.dims[0],
            out.dims[1],
            1,
            w.dims[1],
            w.dims[2],
            c.groups,
            {1, c.stride[0]},
            {1, c.dilation[0]},
            {0, c.pad[0]}};
  }
  return {in.dims[0],
          in.dims[1],
          in.dims[2],
          out.dims[0],
          out.dims[1],
          out.dims[2],
          w.dims[1],
          w.dims[2],
          w.dims[3],
          c.groups,
          {c.stride[0], c.stride[1]},
          {c.dilation[0], c.dilation[1]},
          {c.pad[0], c.pad[1]}};
}

int64_t Dot(const int32_t* a, const int32_t* b, int64_t n) {
  int64_t sum = 0;
  for (int64_t i = 0; i < n; ++i) sum += int64_t{a[i]} * b[i];
  return sum;
}

/// The products of one output cell: taps in range, each over one group's channels.
int64_t ConvCell(const Conv2dView& c, const int32_t* in, const int32_t* w, int64_t y, int64_t x,
                 int64_t first_channel) {
  const int64_t top = c.stride[0] * y - c.pad[0];
  const int64_t left = c.stride[1] * x - c.pad[1];
  const Taps rows = TapsInRange(top, c.dilation[0], c.tap_rows, c.height);
  const Taps cols = TapsInRange(left, c.dilation[1], c.taps, c.width);
  const bool contiguous = c.dilation[1] == 1 && c.group_channels == c.channels;
  int64_t sum = 0;
  for (int64_t kh = rows.begin; kh < rows.end; ++kh) {
    const int64_t row = (top + c.dilation[0] * kh) * c.width;
    const int32_t* w_row = w + kh * c.taps * c.group_channels;
    if (contiguous) {
      if (cols.begin >= cols.end) continue;
      sum += Dot(in + (row + left + cols.begin) * c.channels, w_row + cols.begin * c.group_channels,
                 (cols.end - cols.begin) * c.group_channels);
      continue;
    }
    for (int64_t k = cols.begin; k < cols.end; ++k) {
      sum += Dot(in + (row + left + c.dilation[1] * k) * c.channels + first_channel,
                 w_row + k * c.group_channels, c.group_channels);
    }
  }
  return sum;
}

void AddConv(const Relation& r, const Tensor& tensor, std::span<const int32_t> in,
             const Shape& out_shape, const Conv& conv, int64_t coeff, std::vector<int64_t>* out) {
  const Weights& weights = r.weights[conv.weights];
  const Conv2dView c = AsConv2d(tensor.shape, out_shape, weights.shape, conv);
  const int64_t per_channel = c.tap_rows * c.taps * c.group_channels;
  const int64_t per_group = c.out_channels / c.groups;
  size_t to = 0;
  for (int64_t y = 0; y < c.out_height; ++y) {
    for (int64_t x = 0; x < c.out_width; ++x) {
      for (int64_t o = 0; o < c.out_channels; ++o) {
        (*out)[to++] += coeff * ConvCell(c, in.data(), weights.values.data() + o * per_channel, y,
                                         x, o / per_group * c.group_channels);
      }
    }
  }
}

void AddConstant(const Shape& shape, const ConstantTerm& c, std::vector<int64_t>* out) {
  Strides step{};
  int64_t size = 1;
  for (size_t d = kRank; d-- > 0;) {
    if ((c.dim_mask >> d & 1) == 0) continue;
    step[d] = size;
    size *= shape.dims[d];
  }
  size_t to = 0;
  for (int64_t i0 = 0; i0 < shape.dims[0]; ++i0) {
    for (int64_t i1 = 0; i1 < shape.dims[1]; ++i1) {
      for (int64_t i2 = 0; i2 < shape.dims[2]; ++i2) {
        const int64_t from = i0 * step[0] + i1 * step[1] + i2 * step[2];
        for (int64_t i3 = 0; i3 < shape.dims[3]; ++i3) {
          (*out)[to++] += c.values[static_cast<size_t>(from + i3 * step[3])];
        }
      }
    }
  }
}

}  // namespace

std::vector<int64_t> EvaluateView(const Relation& r, const View& v, const Witness& w) {
  std::vector<int64_t> out(v.shape.Cells(), 0);
  for (const Term& t : v.terms) {
    const Tensor& tensor = r.tensors[t.tensor];
    const std::span<const int32_t> in = w[t.tensor];
    if (const auto* map = std::get_if<IndexMap>(&t.op)) {
      AddMap(tensor, in, v.shape, *map, t.coeff, &out);
    } else {
      AddConv(r, tensor, in, v.shape, std::get<Conv>(t.op), t.coeff, &out);
    }
  }
  for (const ConstantTerm& c : v.constants) AddConstant(v.shape, c, &out);
  return out;
}

}  // namespace voizk
