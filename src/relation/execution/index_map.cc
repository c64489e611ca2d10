#include "relation/execution/index_map.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

namespace voizk {

namespace {

constexpr size_t kMapRank = Shape::kMaxRank;

// One summed input dimension: sum_i weights[i] * in[.. + step * i].
struct Sum {
  size_t length = 1;
  ptrdiff_t step = 0;
  const int32_t* weights = nullptr;  // null: ones
};

// A loop nest over the output: for begin[d] <= o[d] < end[d],
//   out[sum_d out_step[d] * o[d]] += factor * inner sum of in[base + sum_d step[d] * o[d] + ..].
struct Nest {
  std::array<size_t, kMapRank> begin{}, end{}, out_step{};
  std::array<ptrdiff_t, kMapRank> step{};
  Sum inner;               // over contiguous input cells; length 1 if there is none
  std::vector<Sum> outer;  // every other sum
};

int32_t Plus(int32_t a, uint32_t b) { return static_cast<int32_t>(static_cast<uint32_t>(a) + b); }

uint32_t Dot(const int32_t* in, const Sum& sum) {
  uint32_t total = 0;
  if (sum.weights == nullptr) {
    for (size_t i = 0; i < sum.length; ++i) total += static_cast<uint32_t>(in[i]);
  } else {
    for (size_t i = 0; i < sum.length; ++i) {
      total += static_cast<uint32_t>(in[i]) * static_cast<uint32_t>(sum.weights[i]);
    }
  }
  return total;
}

void AddRow(const Nest& nest, uint32_t factor, const int32_t* in, int32_t* out) {
  const size_t count = nest.end[3] - nest.begin[3];
  const ptrdiff_t step = nest.step[3];
  if (step == 0) {
    const uint32_t v = factor * Dot(in, nest.inner);
    for (size_t i = 0; i < count; ++i) out[i] = Plus(out[i], v);
  } else if (nest.inner.length != 1 || nest.inner.weights != nullptr) {
    for (size_t i = 0; i < count; ++i, in += step) {
      out[i] = Plus(out[i], factor * Dot(in, nest.inner));
    }
  } else if (step == 1 && factor == 1) {
    for (size_t i = 0; i < count; ++i) out[i] = Plus(out[i], static_cast<uint32_t>(in[i]));
  } else if (step == 1) {
    for (size_t i = 0; i < count; ++i) out[i] = Plus(out[i], factor * static_cast<uint32_t>(in[i]));
  } else {
    for (size_t i = 0; i < count; ++i) {
      out[i] = Plus(out[i], factor * static_cast<uint32_t>(in[static_cast<ptrdiff_t>(i) * step]));
    }
  }
}

// `base`: offset of the input index that belongs to output index 0, which may lie outside.
void AddNest(const Nest& nest, uint32_t factor, const int32_t* in, ptrdiff_t base, int32_t* out) {
  std::array<size_t, kMapRank> o = nest.begin;
  const auto offset = [&](size_t d) { return nest.step[d] * static_cast<ptrdiff_t>(o[d]); };
  for (o[0] = nest.begin[0]; o[0] < nest.end[0]; ++o[0]) {
    for (o[1] = nest.begin[1]; o[1] < nest.end[1]; ++o[1]) {
      for (o[2] = nest.begin[2]; o[2] < nest.end[2]; ++o[2]) {
        const size_t to = o[0] * nest.out_step[0] + o[1] * nest.out_step[1] +
                          o[2] * nest.out_step[2] + nest.begin[3];
        const ptrdiff_t from = base + offset(0) + offset(1) + offset(2) +
                               nest.step[3] * static_cast<ptrdiff_t>(nest.begin[3]);
        AddRow(nest, factor, in + from, out + to);
      }
    }
  }
}

// All combinations of the outer sums from `depth` on.
void AddSums(const Nest& nest, size_t depth, uint32_t factor, const int32_t* in, ptrdiff_t base,
             int32_t* out) {
  if (depth == nest.outer.size()) return AddNest(nest, factor, in, base, out);
  const Sum& sum = nest.outer[depth];
  for (size_t i = 0; i < sum.length; ++i) {
    const uint32_t weight = sum.weights ? static_cast<uint32_t>(sum.weights[i]) : 1;
    if (weight == 0) continue;
    AddSums(nest, depth + 1, factor * weight, in, base + sum.step * static_cast<ptrdiff_t>(i), out);
  }
}

// Shrinks [begin, end) to the o with 0 <= stride * o + offset < length.
void Restrict(int64_t stride, int64_t offset, int64_t length, size_t& begin, size_t& end) {
  const auto inside = [&](size_t o) {
    const int64_t i = stride * static_cast<int64_t>(o) + offset;
    return i >= 0 && i < length;
  };
  while (begin < end && !inside(begin)) ++begin;
  while (end > begin && !inside(end - 1)) --end;
}

// The last dimension of the nest is the innermost of the shape, whatever its rank.
size_t NestDim(const Shape& shape, size_t d) {
  return d + kMapRank - static_cast<size_t>(shape.rank);
}

Nest OutputNest(const Shape& out, const IndexMap* map) {
  Nest nest;
  nest.begin.fill(0);
  nest.end.fill(1);
  size_t step = 1;
  for (size_t d = static_cast<size_t>(out.rank); d-- > 0;) {
    const size_t k = NestDim(out, d);
    nest.begin[k] = map ? map->out_begin[d] : 0;
    nest.end[k] = map && map->out_end[d] != 0 ? map->out_end[d] : out.dims[d];
    nest.end[k] = std::min<size_t>(nest.end[k], out.dims[d]);
    nest.out_step[k] = step;
    step *= out.dims[d];
  }
  return nest;
}

bool Empty(const Nest& nest) {
  for (size_t d = 0; d < kMapRank; ++d) {
    if (nest.begin[d] >= nest.end[d]) return true;
  }
  return false;
}

}  // namespace

void AddIndexMap(const IndexMap& map, int32_t coeff, const Shape& in_shape,
                 std::span<const int32_t> in, const Shape& out_shape, std::span<int32_t> out) {
  Nest nest = OutputNest(out_shape, &map);
  ptrdiff_t base = 0, in_step = 1;
  bool has_inner = false;
  for (size_t j = map.sources.size(); j-- > 0;) {
    const DimSource& source = map.sources[j];
    const int64_t length = in_shape.dims[j];
    if (source.kind == DimSource::Kind::kSum) {
      const Sum sum{static_cast<size_t>(length), in_step,
                    source.weights.empty() ? nullptr : source.weights.data()};
      if (in_step == 1 && !has_inner) {  // dimensions of length 1 leave the step at 1
        nest.inner = sum;
        has_inner = true;
      } else {
        nest.outer.push_back(sum);
      }
    } else {
      const bool affine = source.kind == DimSource::Kind::kAffine;
      if (affine) {
        const size_t k = NestDim(out_shape, source.out_dim);
        Restrict(source.stride, source.offset, length, nest.begin[k], nest.end[k]);
        nest.step[k] += in_step * source.stride;
      } else if (source.offset < 0 || source.offset >= length) {
        return;
      }
      base += in_step * source.offset;
    }
    in_step *= static_cast<ptrdiff_t>(length);
  }
  if (Empty(nest)) return;
  AddSums(nest, 0, static_cast<uint32_t>(coeff), in.data(), base, out.data());
}

void AddConstant(const ConstantTerm& constant, const Shape& out_shape, std::span<int32_t> out) {
  Nest nest = OutputNest(out_shape, nullptr);
  ptrdiff_t step = 1;
  for (size_t d = static_cast<size_t>(out_shape.rank); d-- > 0;) {
    if ((constant.dim_mask >> d & 1) == 0) continue;
    nest.step[NestDim(out_shape, d)] = step;
    step *= static_cast<ptrdiff_t>(out_shape.dims[d]);
  }
  AddNest(nest, 1, constant.values.data(), 0, out.data());
}

}  // namespace voizk
