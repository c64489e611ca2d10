// Tensors, tables and views; the gadgets are in gadgets.cc.
#include "relation/builder/builder.h"

#include <algorithm>
#include <numeric>

#include "relation/certificate/view_algebra.h"
#include "relation/core/structure.h"

namespace voizk {
namespace {

IndexMap IdentityMap(int rank) {
  IndexMap map;
  for (int d = 0; d < rank; ++d) {
    DimSource s;
    s.kind = DimSource::Kind::kAffine;
    s.out_dim = static_cast<uint32_t>(d);
    map.sources.push_back(s);
  }
  return map;
}

/// shape without dimension `dim`; of rank 1, [1].
Shape WithoutDim(const Shape& shape, size_t dim) {
  Shape out = shape;
  for (size_t d = dim; d + 1 < Shape::kMaxRank; ++d) out.dims[d] = out.dims[d + 1];
  out.dims[Shape::kMaxRank - 1] = 1;
  out.rank = std::max(1, shape.rank - 1);
  return out;
}

bool HasDim(const Shape& shape, int dim) { return dim >= 0 && dim < shape.rank; }

/// The map with output dimension `dim` fixed at `index` and removed; false if it contributes
/// nothing there.
bool FixDim(const Shape& in, size_t dim, uint32_t index, const Shape& shape, IndexMap* map) {
  const uint32_t end = map->out_end[dim] == 0 ? shape.dims[dim] : map->out_end[dim];
  if (index < map->out_begin[dim] || index >= end) return false;
  for (size_t d = dim; d + 1 < Shape::kMaxRank; ++d) {
    map->out_begin[d] = map->out_begin[d + 1];
    map->out_end[d] = map->out_end[d + 1];
  }
  map->out_begin[Shape::kMaxRank - 1] = map->out_end[Shape::kMaxRank - 1] = 0;
  for (size_t j = 0; j < map->sources.size(); ++j) {
    DimSource& s = map->sources[j];
    if (s.kind != DimSource::Kind::kAffine) continue;
    if (s.out_dim > dim) {
      --s.out_dim;
    } else if (s.out_dim == dim) {
      const int64_t at = int64_t{s.stride} * index + s.offset;
      if (at < 0 || at >= in.dims[j]) return false;
      s = DimSource{};
      s.offset = static_cast<int32_t>(at);
    }
  }
  return true;
}

ConstantTerm FixDim(const ConstantTerm& c, size_t dim, uint32_t index, const Shape& shape) {
  ConstantTerm out;
  const uint32_t below = c.dim_mask & ((1u << dim) - 1);
  out.dim_mask = below | (c.dim_mask >> (dim + 1) << dim);
  if ((c.dim_mask >> dim & 1) == 0) {
    out.values = c.values;
    return out;
  }
  size_t after = 1;
  for (size_t d = dim + 1; d < Shape::kMaxRank; ++d) {
    if ((c.dim_mask >> d & 1) != 0) after *= shape.dims[d];
  }
  const size_t block = after * shape.dims[dim];
  for (size_t b = 0; b < c.values.size(); b += block) {
    const auto from = c.values.begin() + static_cast<std::ptrdiff_t>(b + index * after);
    out.values.insert(out.values.end(), from, from + static_cast<std::ptrdiff_t>(after));
  }
  return out;
}

}  // namespace

void Builder::Fail(ErrorCode code, std::string message) {
  if (failed_) return;
  failed_ = true;
  error_ = Error{code, std::move(message)};
}

const Tensor& Builder::tensor(TensorId t) const {
  static const Tensor kNone{"", MakeShape({1}), 0, 0};
  return t < relation_.tensors.size() ? relation_.tensors[t] : kNone;
}

TensorId Builder::AddTensor(std::string name, Shape shape, int64_t lo, int64_t hi) {
  if (!IsValidShape(shape)) {
    Fail(ErrorCode::kUnsupported, "tensor " + name + ": shape out of limits");
    shape = MakeShape({1});
  }
  if (lo > hi || lo < -kHalfModulus || hi > kHalfModulus) {
    Fail(ErrorCode::kUnsupported, "tensor " + name + ": range leaves (-p/2, p/2)");
    lo = hi = 0;
  }
  if (relation_.tensors.size() >= kMaxTensors) {
    Fail(ErrorCode::kLimitExceeded, "too many tensors");
    return 0;
  }
  relation_.tensors.push_back({std::move(name), shape, lo, hi});
  return static_cast<TensorId>(relation_.tensors.size() - 1);
}

TensorId Builder::Input(std::string name, Shape shape, int64_t lo, int64_t hi) {
  const TensorId t = AddTensor(name, shape, lo, hi);
  AddStep({StepKind::kInput, name, {}, {t}, 0, {}, {}});
  Range(Identity(t), lo, hi, "input " + name + " is out of range");
  return t;
}

WeightsId Builder::AddWeights(Shape shape, std::vector<int32_t> values) {
  if (!IsValidShape(shape) || values.size() != shape.Cells()) {
    Fail("weights do not match their shape");
    shape = MakeShape({1});
    values.assign(1, 0);
  }
  relation_.weights.push_back({shape, std::move(values)});
  return static_cast<WeightsId>(relation_.weights.size() - 1);
}

TableId Builder::AddTable(std::string name, std::vector<int32_t> keys,
                          std::vector<int32_t> values) {
  if (keys.empty() || keys.size() != values.size() || keys.size() > kMaxTableRows) {
    Fail("table " + name + ": columns of unequal or unsupported length");
    keys = values = {0};
  }
  const TableKey ends{static_cast<int64_t>(keys.size()), keys.front(), keys.back(), values.front(),
                      values.back()};
  const auto [begin, end] = tables_.equal_range(ends);
  for (auto it = begin; it != end; ++it) {
    const Table& t = relation_.tables[it->second];
    if (t.keys == keys && t.values == values) return it->second;
  }
  const auto id = static_cast<TableId>(relation_.tables.size());
  tables_.emplace(ends, id);
  relation_.tables.push_back({std::move(name), std::move(keys), std::move(values)});
  return id;
}

std::optional<TableId> Builder::FindRangeTable(int64_t lo, int64_t hi) const {
  const auto [begin, end] = tables_.equal_range({hi - lo + 1, lo, hi, 0, 0});
  for (auto it = begin; it != end; ++it) {
    const Table& t = relation_.tables[it->second];
    bool same = true;  // no early exit: the loop is vectorised
    for (size_t i = 0; i < t.keys.size(); ++i) {
      same &= int64_t{t.keys[i]} == lo + static_cast<int64_t>(i);
      same &= t.values[i] == 0;
    }
    if (same) return it->second;
  }
  return std::nullopt;
}

TableId Builder::RangeTable(int64_t lo, int64_t hi) {
  if (lo > hi || lo < INT32_MIN || hi > INT32_MAX || hi - lo >= int64_t{kMaxTableRows}) {
    Fail("range table out of limits");
    lo = hi = 0;
  }
  if (const auto found = FindRangeTable(lo, hi)) return *found;
  std::vector<int32_t> keys(static_cast<size_t>(hi - lo + 1));
  std::iota(keys.begin(), keys.end(), static_cast<int32_t>(lo));
  std::vector<int32_t> values(keys.size(), 0);
  return AddTable("range", std::move(keys), std::move(values));
}

bool Builder::Accepts(const View& v, std::string_view where) {
  const Status status = CheckView(relation_, v);
  if (!status.ok()) Fail(status.error().code, std::string(where) + ": " + status.error().message);
  return status.ok();
}

View Builder::Checked(View v, std::string_view where) {
  return Accepts(v, where) ? std::move(v) : Constant(MakeShape({1}), 0);
}

View Builder::Identity(TensorId t) const {
  const Shape& shape = tensor(t).shape;
  return {shape, {{t, 1, IdentityMap(shape.rank)}}, {}};
}

View Builder::Constant(Shape shape, int32_t value) {
  View v{shape, {}, {}};
  if (value != 0) v.constants.push_back({0, {value}});
  return v;
}

View Builder::Constants(Shape shape, std::vector<int32_t> values) {
  View v{shape, {}, {}};
  v.constants.push_back({(1u << shape.rank) - 1, std::move(values)});
  return v;
}

View Builder::Slice(TensorId t, int dim, uint32_t begin, uint32_t count, uint32_t stride) {
  const Shape& shape = tensor(t).shape;
  const uint64_t last = uint64_t{begin} + uint64_t{stride} * (uint64_t{count} - 1);
  if (!HasDim(shape, dim) || count == 0 || stride == 0 || stride > shape.AddressCount() ||
      last >= shape.dims[static_cast<size_t>(dim)]) {
    Fail("slice out of range");
    return Constant(MakeShape({1}), 0);
  }
  const auto d = static_cast<size_t>(dim);
  IndexMap map = IdentityMap(shape.rank);
  map.sources[d].stride = static_cast<int32_t>(stride);
  map.sources[d].offset = static_cast<int32_t>(begin);
  Shape out = shape;
  out.dims[d] = count;
  return Checked({out, {{t, 1, std::move(map)}}, {}}, "slice");
}

View Builder::Broadcast(TensorId t, Shape out, std::vector<int> dims_to) {
  const Shape& shape = tensor(t).shape;
  if (dims_to.size() != static_cast<size_t>(shape.rank)) {
    Fail("broadcast needs one target per dimension");
    return Constant(MakeShape({1}), 0);
  }
  IndexMap map = IdentityMap(shape.rank);
  for (size_t k = 0; k < dims_to.size(); ++k) {
    const bool drop = dims_to[k] == -1 && shape.dims[k] == 1;
    if (drop) {
      map.sources[k] = DimSource{};
      continue;
    }
    if (!HasDim(out, dims_to[k]) || out.dims[static_cast<size_t>(dims_to[k])] != shape.dims[k]) {
      Fail("broadcast of a dimension to another length");
      return Constant(MakeShape({1}), 0);
    }
    map.sources[k].out_dim = static_cast<uint32_t>(dims_to[k]);
  }
  return Checked({out, {{t, 1, std::move(map)}}, {}}, "broadcast");
}

View Builder::SumOver(TensorId t, int dim, std::vector<int32_t> weights) {
  const Shape& shape = tensor(t).shape;
  if (!HasDim(shape, dim)) {
    Fail("sum over a dimension that is not there");
    return Constant(MakeShape({1}), 0);
  }
  const auto d = static_cast<size_t>(dim);
  IndexMap map = IdentityMap(shape.rank);
  for (size_t j = d + 1; j < map.sources.size(); ++j) --map.sources[j].out_dim;
  map.sources[d] = DimSource{};
  map.sources[d].kind = DimSource::Kind::kSum;
  map.sources[d].weights = std::move(weights);
  return Checked({WithoutDim(shape, d), {{t, 1, std::move(map)}}, {}}, "sum");
}

View Builder::Map(TensorId t, Shape out, IndexMap map) {
  return Checked({out, {{t, 1, std::move(map)}}, {}}, "index map");
}

void Builder::AddBias(View* v, std::span<const int32_t> bias) {
  if (bias.empty()) return;
  const uint32_t mask = 1u << (v->shape.rank - 1);
  v->constants.push_back({mask, std::vector<int32_t>(bias.begin(), bias.end())});
}

View Builder::Conv1d(TensorId t, WeightsId w, std::span<const int32_t> bias, uint32_t out_length,
                     uint32_t stride, uint32_t dilation, int32_t pad, uint32_t groups) {
  Conv conv;
  conv.weights = w;
  conv.stride[0] = stride;
  conv.dilation[0] = dilation;
  conv.pad[0] = pad;
  conv.groups = groups;
  const uint32_t channels = w < relation_.weights.size() ? relation_.weights[w].shape.dims[0] : 1;
  View v{MakeShape({out_length, channels}), {{t, 1, conv}}, {}};
  AddBias(&v, bias);
  return Checked(std::move(v), "convolution");
}

View Builder::Conv2d(TensorId t, const Conv& conv, std::span<const int32_t> bias,
                     uint32_t out_height, uint32_t out_width) {
  const uint32_t channels =
      conv.weights < relation_.weights.size() ? relation_.weights[conv.weights].shape.dims[0] : 1;
  View v{MakeShape({out_height, out_width, channels}), {{t, 1, conv}}, {}};
  AddBias(&v, bias);
  return Checked(std::move(v), "convolution");
}

View Builder::Dense(TensorId t, WeightsId w, std::span<const int32_t> bias) {
  const Shape& in = tensor(t).shape;
  if (w >= relation_.weights.size() || in.rank > 3) {
    Fail("dense layer: no such weights, or a tensor of rank 4");
    return Constant(MakeShape({1}), 0);
  }
  Shape& shape = relation_.weights[w].shape;
  const uint32_t outputs = shape.dims[0];
  const Shape kernel = in.rank == 3 ? MakeShape({outputs, in.dims[0], in.dims[1], in.dims[2]})
                                    : MakeShape({outputs, in.dims[0], in.dims[1]});
  if (!IsValidShape(kernel) || kernel.Cells() != shape.Cells()) {
    Fail("dense layer: weights do not match the tensor");
    return Constant(MakeShape({1}), 0);
  }
  shape = kernel;
  if (in.rank < 3) return Conv1d(t, w, bias, 1, 1, 1, 0, 1);
  Conv conv;
  conv.weights = w;
  conv.spatial = 2;
  return Conv2d(t, conv, bias, 1, 1);
}

View Builder::Select(const View& v, int dim, uint32_t index) {
  if (!Accepts(v, "select")) return Constant(MakeShape({1}), 0);
  if (!HasDim(v.shape, dim) || index >= v.shape.dims[static_cast<size_t>(dim)]) {
    Fail("select out of range");
    return Constant(MakeShape({1}), 0);
  }
  const auto d = static_cast<size_t>(dim);
  View out{WithoutDim(v.shape, d), {}, {}};
  for (const Term& t : v.terms) {
    const auto* map = std::get_if<IndexMap>(&t.op);
    if (map == nullptr) {
      Fail("select of a convolution: materialise it first");
      return Constant(MakeShape({1}), 0);
    }
    IndexMap fixed = *map;
    if (!FixDim(tensor(t.tensor).shape, d, index, v.shape, &fixed)) continue;
    out.terms.push_back({t.tensor, t.coeff, std::move(fixed)});
  }
  for (const ConstantTerm& c : v.constants) {
    out.constants.push_back(FixDim(c, d, index, v.shape));
  }
  return Checked(std::move(out), "select");
}

View Builder::Add(View a, const View& b) { return Combine(std::move(a), b, 1); }
View Builder::Sub(View a, const View& b) { return Combine(std::move(a), b, -1); }
View Builder::Scale(View a, int32_t factor) {
  const View zero{a.shape, {}, {}};
  return Combine(zero, a, factor);
}
View Builder::Offset(View a, int32_t constant) {
  const View c = Constant(a.shape, constant);
  return Combine(std::move(a), c, 1);
}

void Builder::AddLookup(Lookup lookup) { relation_.lookups.push_back(std::move(lookup)); }
void Builder::AddProduct(Product product) { relation_.products.push_back(std::move(product)); }
void Builder::AddEquality(View v) { relation_.equalities.push_back({std::move(v)}); }
void Builder::AddStep(Step step) { relation_.steps.push_back(std::move(step)); }

Interval Builder::Bound(const View& v) const {
  if (!CheckView(relation_, v).ok()) return {INT64_MIN, INT64_MAX};
  return BoundView(relation_, v);
}

Status Builder::Complete() {
  if (failed_) return error_;
  uint64_t lookups = 0;
  for (const Lookup& l : relation_.lookups) lookups += l.key.shape.Cells();
  const int64_t most = static_cast<int64_t>(std::min<uint64_t>(lookups, kHalfModulus));
  for (const Table& t : relation_.tables) {
    relation_.multiplicities.push_back(static_cast<TensorId>(relation_.tensors.size()));
    relation_.tensors.push_back({"multiplicities of " + t.name,
                                 MakeShape({static_cast<uint32_t>(t.keys.size())}), 0, most});
  }
  return {};
}

Result<Relation> Builder::Finish() && {
  VOIZK_RETURN_IF_ERROR(Complete());
  VOIZK_RETURN_IF_ERROR(Certify(relation_));
  return std::move(relation_);
}

Result<CertifiedRelation> Builder::FinishCertified() && {
  VOIZK_RETURN_IF_ERROR(Complete());
  return CertifiedRelation::Make(std::make_shared<const Relation>(std::move(relation_)));
}

}  // namespace voizk
