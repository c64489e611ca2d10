// Elements by computed indices: Gather, GatherElements, GatherND, ScatterElements, ScatterND,
// OneHot.  An index below 0 counts from the end; one outside is refused.
#include <algorithm>

#include "network/float_operations/strided.h"
#include "network/float_operations/table.h"

namespace voizk {

namespace {

using float_op::DimsProduct;
using float_op::StridesOf;

// fn(values of x, values of y) for two tensors of one type.
template <typename Fn>
void Both(const FloatTensor& x, FloatTensor& y, Fn fn) {
  if (x.is_float()) fn(x.floats(), y.floats());
  if (x.is_int()) fn(x.ints(), y.ints());
  if (x.is_bool()) fn(x.bools(), y.bools());
}

Result<int64_t> Index(const OpContext& c, int64_t index, int64_t dim) {
  if (index < -dim || index >= dim) {
    return c.Malformed("index " + std::to_string(index) + " into a dim of " + std::to_string(dim));
  }
  return index < 0 ? index + dim : index;
}

Result<FloatTensor> Gather(OpContext& c) {
  const FloatTensor& x = c.In(0);
  const FloatTensor& indices = c.In(1);
  VOIZK_ASSIGN_OR_RETURN(const int64_t asked, c.Int("axis", 0));
  VOIZK_ASSIGN_OR_RETURN(const size_t axis, c.Axis(asked, x.rank()));
  Dims dims(x.dims().begin(), x.dims().begin() + static_cast<int64_t>(axis));
  dims.insert(dims.end(), indices.dims().begin(), indices.dims().end());
  dims.insert(dims.end(), x.dims().begin() + static_cast<int64_t>(axis) + 1, x.dims().end());
  VOIZK_ASSIGN_OR_RETURN(FloatTensor y, c.New(x.type(), dims));
  const int64_t run = DimsProduct(x.dims(), axis + 1, x.rank());
  const int64_t dim = x.dims()[axis];
  VOIZK_RETURN_IF_ERROR(c.New(FloatType::kInt64, indices.dims()).status());
  std::vector<int64_t> places;
  for (const int64_t i : indices.ints()) {
    VOIZK_ASSIGN_OR_RETURN(const int64_t place, Index(c, i, dim));
    places.push_back(place);
  }
  if (y.size() == 0) return y;
  const int64_t outer = DimsProduct(x.dims(), 0, axis);
  Both(x, y, [&](const auto& from, auto& to) {
    auto out = to.begin();
    for (int64_t o = 0; o < outer; ++o) {
      for (const int64_t p : places) {
        out = std::copy_n(from.begin() + (o * dim + p) * run, run, out);
      }
    }
  });
  return y;
}

// For every element of `indices` the offset in a tensor of `dims` at its own place but along the
// axis, where the index says.
Result<std::vector<size_t>> ElementOffsets(const OpContext& c, const Dims& dims,
                                           const FloatTensor& indices, size_t axis) {
  if (indices.rank() != dims.size()) return c.Malformed("indices are not of the input's rank");
  for (size_t d = 0; d < dims.size(); ++d) {
    if (d != axis && indices.dims()[d] > dims[d]) {
      return c.Malformed("indices " + ToString(indices.dims()) + " into " + ToString(dims));
    }
  }
  VOIZK_RETURN_IF_ERROR(c.New(FloatType::kInt64, indices.dims()).status());
  const std::vector<int64_t> strides = StridesOf(dims);
  std::vector<size_t> offsets;
  std::vector<int64_t> index(dims.size(), 0);
  for (const int64_t i : indices.ints()) {
    VOIZK_ASSIGN_OR_RETURN(const int64_t place, Index(c, i, dims[axis]));
    int64_t at = 0;
    for (size_t d = 0; d < dims.size(); ++d) at += (d == axis ? place : index[d]) * strides[d];
    offsets.push_back(static_cast<size_t>(at));
    for (size_t d = dims.size(); d-- > 0;) {
      if (++index[d] < indices.dims()[d]) break;
      index[d] = 0;
    }
  }
  return offsets;
}

Result<FloatTensor> GatherElements(OpContext& c) {
  const FloatTensor& x = c.In(0);
  VOIZK_ASSIGN_OR_RETURN(const int64_t asked, c.Int("axis", 0));
  VOIZK_ASSIGN_OR_RETURN(const size_t axis, c.Axis(asked, x.rank()));
  VOIZK_ASSIGN_OR_RETURN(const auto offsets, ElementOffsets(c, x.dims(), c.In(1), axis));
  VOIZK_ASSIGN_OR_RETURN(FloatTensor y, c.New(x.type(), c.In(1).dims()));
  Both(x, y, [&](const auto& from, auto& to) {
    for (size_t i = 0; i < offsets.size(); ++i) to[i] = from[offsets[i]];
  });
  return y;
}

// Scatter with repeated indices: the last one wins without a reduction.
template <typename T>
void Scatter(const std::vector<T>& from, const std::vector<size_t>& offsets, size_t run,
             const std::string& reduction, std::vector<T>& to) {
  for (size_t i = 0; i < offsets.size(); ++i) {
    for (size_t k = 0; k < run; ++k) {
      T& y = to[offsets[i] + k];
      const T v = from[i * run + k];
      if constexpr (std::is_same_v<T, float>) {
        y = reduction == "add"   ? y + v
            : reduction == "mul" ? y * v
            : reduction == "max" ? std::max(y, v)
            : reduction == "min" ? std::min(y, v)
                                 : v;
      } else {
        y = v;
      }
    }
  }
}

Result<FloatTensor> ScatterTo(const OpContext& c, const std::vector<size_t>& offsets, size_t run) {
  const FloatTensor& x = c.In(0);
  const FloatTensor& updates = c.In(2);
  VOIZK_ASSIGN_OR_RETURN(const std::string reduction, c.String("reduction", "none"));
  if (updates.type() != x.type()) return c.Malformed("updates are of another type");
  if (reduction != "none" && !x.is_float()) return c.Unsupported("a reduction of integers");
  VOIZK_ASSIGN_OR_RETURN(FloatTensor y, c.New(x.type(), x.dims()));
  y = x;
  Both(updates, y, [&](const auto& from, auto& to) { Scatter(from, offsets, run, reduction, to); });
  return y;
}

Result<FloatTensor> ScatterElements(OpContext& c) {
  VOIZK_ASSIGN_OR_RETURN(const int64_t asked, c.Int("axis", 0));
  VOIZK_ASSIGN_OR_RETURN(const size_t axis, c.Axis(asked, c.In(0).rank()));
  VOIZK_ASSIGN_OR_RETURN(const auto offsets, ElementOffsets(c, c.In(0).dims(), c.In(1), axis));
  if (c.In(2).dims() != c.In(1).dims()) return c.Malformed("updates do not fit the indices");
  return ScatterTo(c, offsets, 1);
}

// Of index tuples: where each points, and how many elements it stands for.
struct Tuples {
  std::vector<size_t> offsets;
  int64_t run;
  size_t depth;  // dims of x that a tuple names, batch dims included
};

Result<Tuples> ReadTuples(const OpContext& c, const Dims& dims, const FloatTensor& indices,
                          size_t batch) {
  if (indices.rank() == 0 || batch >= indices.rank() || batch > dims.size()) {
    return c.Malformed("indices do not fit the input");
  }
  const int64_t width = indices.dims().back();
  if (width < 1 || width > static_cast<int64_t>(dims.size() - batch)) {
    return c.Malformed("an index has " + std::to_string(width) + " numbers");
  }
  int64_t batches = 1;
  for (size_t d = 0; d < batch; ++d) {
    if (indices.dims()[d] != dims[d]) return c.Malformed("batch dims differ");
    batches *= dims[d];
  }
  const std::vector<int64_t> strides = StridesOf(dims);
  Tuples t{{}, 1, batch + static_cast<size_t>(width)};
  t.run = DimsProduct(dims, t.depth, dims.size());
  const int64_t count = static_cast<int64_t>(indices.size()) / width;
  VOIZK_RETURN_IF_ERROR(c.New(FloatType::kInt64, {count}).status());
  for (int64_t i = 0; i < count; ++i) {
    int64_t at = batch == 0 ? 0 : i / (count / batches) * strides[batch - 1];
    for (int64_t k = 0; k < width; ++k) {
      const size_t d = batch + static_cast<size_t>(k);
      VOIZK_ASSIGN_OR_RETURN(const int64_t place,
                             Index(c, indices.ints()[static_cast<size_t>(i * width + k)], dims[d]));
      at += place * strides[d];
    }
    t.offsets.push_back(static_cast<size_t>(at));
  }
  return t;
}

Result<FloatTensor> GatherNd(OpContext& c) {
  const FloatTensor& x = c.In(0);
  VOIZK_ASSIGN_OR_RETURN(const int64_t batch, c.Int("batch_dims", 0));
  if (batch < 0 || batch > static_cast<int64_t>(kMaxFloatRank)) {
    return c.Malformed("batch_dims is off");
  }
  VOIZK_ASSIGN_OR_RETURN(const Tuples t,
                         ReadTuples(c, x.dims(), c.In(1), static_cast<size_t>(batch)));
  Dims dims(c.In(1).dims().begin(), c.In(1).dims().end() - 1);
  dims.insert(dims.end(), x.dims().begin() + static_cast<int64_t>(t.depth), x.dims().end());
  VOIZK_ASSIGN_OR_RETURN(FloatTensor y, c.New(x.type(), dims));
  Both(x, y, [&](const auto& from, auto& to) {
    auto out = to.begin();
    for (const size_t at : t.offsets) {
      out = std::copy_n(from.begin() + static_cast<int64_t>(at), t.run, out);
    }
  });
  return y;
}

Result<FloatTensor> ScatterNd(OpContext& c) {
  VOIZK_ASSIGN_OR_RETURN(const Tuples t, ReadTuples(c, c.In(0).dims(), c.In(1), 0));
  if (c.In(2).size() != t.offsets.size() * static_cast<size_t>(t.run)) {
    return c.Malformed("updates do not fit the indices");
  }
  return ScatterTo(c, t.offsets, static_cast<size_t>(t.run));
}

Result<FloatTensor> OneHot(OpContext& c) {
  const FloatTensor& indices = c.In(0);
  const FloatTensor& values = c.In(2);
  if (c.In(1).size() != 1 || values.size() != 2) return c.Malformed("depth or values are off");
  const int64_t depth = c.In(1).is_float()
                            ? static_cast<int64_t>(std::clamp(c.In(1).floats()[0], 0.0f, 0x1p30f))
                            : c.In(1).ints()[0];
  if (depth < 1 || depth > kMaxFloatElements) return c.Malformed("depth is off");
  VOIZK_ASSIGN_OR_RETURN(const int64_t asked, c.Int("axis", -1));
  VOIZK_ASSIGN_OR_RETURN(const size_t axis, c.Axis(asked, indices.rank() + 1));
  Dims dims = indices.dims();
  dims.insert(dims.begin() + static_cast<int64_t>(axis), depth);
  VOIZK_ASSIGN_OR_RETURN(FloatTensor y, c.New(values.type(), dims));
  const int64_t inner = DimsProduct(indices.dims(), axis, indices.rank());
  Both(values, y, [&](const auto& v, auto& to) {
    std::ranges::fill(to, v[0]);
    for (size_t i = 0; i < indices.size(); ++i) {
      const double raw = indices.is_float() ? static_cast<double>(indices.floats()[i])
                                            : static_cast<double>(indices.ints()[i]);
      const double hot = raw < 0 ? raw + static_cast<double>(depth) : raw;
      if (!(hot >= 0 && hot < static_cast<double>(depth))) continue;
      const auto at = static_cast<int64_t>(i);
      to[static_cast<size_t>((at / inner * depth + static_cast<int64_t>(hot)) * inner +
                             at % inner)] = v[1];
    }
  });
  return y;
}

constexpr FloatOperation kGatherOperations[] = {
    {"Gather", "ai", FloatOperation::kMayBeEmpty, One<Gather>},
    {"GatherElements", "ai", FloatOperation::kNoEmpty, One<GatherElements>},
    {"GatherND", "ai", FloatOperation::kNoEmpty, One<GatherNd>},
    {"ScatterElements", "aia", FloatOperation::kNoEmpty, One<ScatterElements>},
    {"ScatterND", "aia", FloatOperation::kNoEmpty, One<ScatterNd>},
    {"OneHot", "nna", FloatOperation::kNoEmpty, One<OneHot>},
};

}  // namespace

std::span<const FloatOperation> GatherOperations() { return kGatherOperations; }

}  // namespace voizk
