// Shapes as values, values under other shapes, and tensors from nothing.
#include <algorithm>
#include <cmath>
#include <limits>

#include "network/float_operations/strided.h"
#include "network/float_operations/table.h"

namespace voizk {

namespace {

using float_op::DimsProduct;

Result<FloatTensor> Shape(OpContext& c) {
  const Dims& dims = c.In(0).dims();
  const auto rank = static_cast<int64_t>(dims.size());
  VOIZK_ASSIGN_OR_RETURN(int64_t start, c.Int("start", 0));
  VOIZK_ASSIGN_OR_RETURN(int64_t end, c.Int("end", rank));
  start = std::clamp<int64_t>(start < 0 ? std::max(start, -rank) + rank : start, 0, rank);
  end = std::clamp<int64_t>(end < 0 ? std::max(end, -rank) + rank : end, 0, rank);
  return FloatTensor::Vector(Dims(dims.begin() + start, dims.begin() + std::max(start, end)));
}

Result<FloatTensor> Size(OpContext& c) {
  return FloatTensor::Scalar(static_cast<int64_t>(c.In(0).size()));
}

Result<FloatTensor> Under(const OpContext& c, Dims dims) {
  const auto count = ElementCount(dims);
  if (!count.ok() || static_cast<size_t>(*count) != c.In(0).size()) {
    return c.Malformed(ToString(c.In(0).dims()) + " does not become " + ToString(dims));
  }
  VOIZK_RETURN_IF_ERROR(c.New(c.In(0).type(), dims).status());
  FloatTensor y = c.In(0);
  y.Reshape(std::move(dims));
  return y;
}

Result<FloatTensor> Reshape(OpContext& c) {
  const FloatTensor& x = c.In(0);
  VOIZK_ASSIGN_OR_RETURN(const int64_t allow_zero, c.Int("allowzero", 0));
  Dims dims = c.In(1).ints();
  if (dims.size() > kMaxFloatRank) return c.Malformed("the shape has too many dims");
  size_t open = dims.size();
  int64_t known = 1;
  for (size_t d = 0; d < dims.size(); ++d) {
    if (dims[d] == 0 && allow_zero == 0) {
      if (d >= x.rank()) return c.Malformed("the shape keeps a dim that the input does not have");
      dims[d] = x.dims()[d];
    }
    if (dims[d] == -1) {
      if (open != dims.size()) return c.Malformed("two dims of the shape are -1");
      open = d;
    } else if (dims[d] < 0 || dims[d] > kMaxFloatElements || known > kMaxFloatElements) {
      return c.Malformed("the shape has a dim that is off");
    } else {
      known *= dims[d];
    }
  }
  if (open != dims.size()) {
    if (known == 0) return c.Malformed("-1 beside a dim of 0");
    dims[open] = static_cast<int64_t>(x.size()) / known;
  }
  return Under(c, std::move(dims));
}

Result<FloatTensor> Flatten(OpContext& c) {
  const Dims& dims = c.In(0).dims();
  VOIZK_ASSIGN_OR_RETURN(const int64_t asked, c.Int("axis", 1));
  size_t axis = dims.size();
  if (asked != static_cast<int64_t>(dims.size())) {
    VOIZK_ASSIGN_OR_RETURN(axis, c.Axis(asked, dims.size()));
  }
  return Under(c, {DimsProduct(dims, 0, axis), DimsProduct(dims, axis, dims.size())});
}

Result<FloatTensor> Squeeze(OpContext& c) {
  const Dims& from = c.In(0).dims();
  VOIZK_ASSIGN_OR_RETURN(Dims axes, c.IntsOfInputOr(1, "axes", {}));
  if (axes.empty()) {
    for (size_t d = 0; d < from.size(); ++d) {
      if (from[d] == 1) axes.push_back(static_cast<int64_t>(d));
    }
  }
  VOIZK_ASSIGN_OR_RETURN(const std::vector<size_t> sorted, c.Axes(axes, from.size()));
  Dims dims;
  for (size_t d = 0; d < from.size(); ++d) {
    if (!std::ranges::binary_search(sorted, d)) {
      dims.push_back(from[d]);
    } else if (from[d] != 1) {
      return c.Malformed("axis " + std::to_string(d) + " of " + ToString(from) + " is not 1");
    }
  }
  return Under(c, std::move(dims));
}

Result<FloatTensor> Unsqueeze(OpContext& c) {
  const Dims& from = c.In(0).dims();
  VOIZK_ASSIGN_OR_RETURN(const Dims axes, c.IntsOfInputOr(1, "axes", {}));
  const size_t rank = from.size() + axes.size();
  if (rank > kMaxFloatRank) return c.Unsupported("more than 8 dims");
  VOIZK_ASSIGN_OR_RETURN(const std::vector<size_t> sorted, c.Axes(axes, rank));
  Dims dims;
  auto next = from.begin();
  for (size_t d = 0; d < rank; ++d) {
    dims.push_back(std::ranges::binary_search(sorted, d) ? 1 : *next++);
  }
  return Under(c, std::move(dims));
}

Result<FloatValues> Same(OpContext& c) { return FloatValues{c.Value(0)}; }

// At inference nothing is dropped.
Result<FloatValues> Dropout(OpContext& c) {
  const FloatTensor* training = c.Optional(2);
  if (training && training->size() == 1 && training->bools()[0]) {
    return c.Unsupported("training_mode: export the network in evaluation mode");
  }
  return Same(c);
}

Result<FloatTensor> Constant(OpContext& c) {
  VOIZK_ASSIGN_OR_RETURN(const FloatConstant value, TensorAttribute(c.node(), "value"));
  if (value) return *value;
  const auto& attributes = c.node().attributes;
  if (attributes.contains("value_int")) {
    VOIZK_ASSIGN_OR_RETURN(const int64_t v, c.Int("value_int", 0));
    return FloatTensor::Scalar(v);
  }
  if (attributes.contains("value_float")) {
    VOIZK_ASSIGN_OR_RETURN(const float v, c.Real("value_float", 0));
    return FloatTensor::Scalar(v);
  }
  if (attributes.contains("value_ints")) {
    VOIZK_ASSIGN_OR_RETURN(const Dims v, c.Ints("value_ints", {}));
    return FloatTensor::Vector(v);
  }
  if (attributes.contains("value_floats")) {
    VOIZK_ASSIGN_OR_RETURN(std::vector<float> v, RealsAttribute(c.node(), "value_floats", {}));
    const Dims dims{static_cast<int64_t>(v.size())};
    return FloatTensor(dims, std::move(v));
  }
  return c.Unsupported("the value is neither a tensor nor numbers");
}

Result<FloatTensor> ConstantOfShape(OpContext& c) {
  VOIZK_ASSIGN_OR_RETURN(const FloatConstant value, TensorAttribute(c.node(), "value"));
  if (value && value->size() != 1) return c.Malformed("the value is not one element");
  const FloatTensor one = value ? *value : FloatTensor::Scalar(0.0f);
  VOIZK_ASSIGN_OR_RETURN(FloatTensor y, c.New(one.type(), c.In(0).ints()));
  if (one.is_float()) std::ranges::fill(y.floats(), one.floats()[0]);
  if (one.is_int()) std::ranges::fill(y.ints(), one.ints()[0]);
  if (one.is_bool()) std::ranges::fill(y.bools(), one.bools()[0]);
  return y;
}

Result<FloatTensor> Range(OpContext& c) {
  for (size_t i = 0; i < 3; ++i) {
    if (c.In(i).size() != 1 || c.In(i).type() != c.In(0).type()) {
      return c.Malformed("start, limit and delta are not three numbers of one type");
    }
  }
  const auto real = [&](size_t i) {
    return c.In(i).is_float() ? static_cast<double>(c.In(i).floats()[0])
                              : static_cast<double>(c.In(i).ints()[0]);
  };
  const double count = std::ceil((real(1) - real(0)) / real(2));
  if (!(count <= static_cast<double>(kMaxFloatElements))) return c.Malformed("the range is off");
  const auto n = static_cast<int64_t>(std::max(count, 0.0));
  VOIZK_ASSIGN_OR_RETURN(FloatTensor y, c.New(c.In(0).type(), {n}));
  for (int64_t i = 0; i < n; ++i) {
    const auto at = static_cast<size_t>(i);
    if (y.is_float())
      y.floats()[at] = c.In(0).floats()[0] + static_cast<float>(i) * c.In(2).floats()[0];
    if (y.is_int()) {  // modulo 2^64, as a file's integers may be anything
      y.ints()[at] = static_cast<int64_t>(static_cast<uint64_t>(c.In(0).ints()[0]) +
                                          at * static_cast<uint64_t>(c.In(2).ints()[0]));
    }
  }
  return y;
}

// Zero below (upper) or above (lower) the k-th diagonal of the last two dims.
Result<FloatTensor> Trilu(OpContext& c) {
  const FloatTensor& x = c.In(0);
  if (x.rank() < 2) return c.Malformed("the input is no matrix");
  VOIZK_ASSIGN_OR_RETURN(const int64_t upper, c.Int("upper", 1));
  const FloatTensor* given = c.Optional(1);
  if (given && given->size() != 1) return c.Malformed("k is not one number");
  const int64_t k = given ? std::clamp(given->ints()[0], -kMaxFloatElements, kMaxFloatElements) : 0;
  VOIZK_ASSIGN_OR_RETURN(FloatTensor y, c.New(x.type(), x.dims()));
  y = x;
  const int64_t columns = x.dims().back();
  const int64_t rows = x.dims()[x.rank() - 2];
  y.Visit([&](auto& values) {
    for (size_t i = 0; i < values.size(); ++i) {
      const auto at = static_cast<int64_t>(i);
      const int64_t above = at % columns - at / columns % rows - k;  // of the diagonal
      if (upper != 0 ? above < 0 : above > 0) values[i] = 0;
    }
  });
  return y;
}

Result<FloatTensor> EyeLike(OpContext& c) {
  const FloatTensor& x = c.In(0);
  if (x.rank() != 2) return c.Malformed("the input is no matrix");
  VOIZK_ASSIGN_OR_RETURN(const int64_t k, c.Int("k", 0));
  if (c.node().attributes.contains("dtype")) return c.Unsupported("attribute dtype: add a Cast");
  VOIZK_ASSIGN_OR_RETURN(FloatTensor y, c.New(x.type(), x.dims()));
  const int64_t columns = x.dims()[1];
  y.Visit([&](auto& values) {
    for (int64_t r = 0; r < x.dims()[0]; ++r) {
      if (k >= -r && k < columns - r) values[static_cast<size_t>(r * columns + r + k)] = 1;
    }
  });
  return y;
}

constexpr FloatOperation kShapeOperations[] = {
    {"Shape", "a", FloatOperation::kMayBeEmpty, One<Shape>},
    {"Size", "a", FloatOperation::kMayBeEmpty, One<Size>},
    {"Reshape", "ai", FloatOperation::kMayBeEmpty, One<Reshape>},
    {"Flatten", "a", FloatOperation::kMayBeEmpty, One<Flatten>},
    {"Squeeze", "a|i", FloatOperation::kMayBeEmpty, One<Squeeze>},
    {"Unsqueeze", "a|i", FloatOperation::kMayBeEmpty, One<Unsqueeze>},
    {"Identity", "v", FloatOperation::kMayBeEmpty, Same},
    {"Dropout", "a|ab", FloatOperation::kMayBeEmpty, Dropout},
    {"Constant", "", FloatOperation::kMayBeEmpty, One<Constant>},
    {"ConstantOfShape", "i", FloatOperation::kMayBeEmpty, One<ConstantOfShape>},
    {"Range", "nnn", FloatOperation::kNoEmpty, One<Range>},
    {"Trilu", "n|i", FloatOperation::kNoEmpty, One<Trilu>},
    {"EyeLike", "n", FloatOperation::kNoEmpty, One<EyeLike>},
};

}  // namespace

std::span<const FloatOperation> ShapeOperations() { return kShapeOperations; }

}  // namespace voizk
