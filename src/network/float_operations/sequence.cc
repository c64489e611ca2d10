// Sequences of tensors.  Their elements are shared, so that only lists are copied.
#include "network/float_operations/table.h"

namespace voizk {

namespace {

using List = std::vector<FloatConstant>;

constexpr size_t kMaxSequence = 1 << 16;  // steps of an unrolled recurrence

Result<FloatValues> SequenceOf(const OpContext& c, List list) {
  if (list.size() > kMaxSequence) {
    return NodeError(c.node(), ErrorCode::kLimitExceeded, "a sequence of more than 2^16 tensors");
  }
  VOIZK_RETURN_IF_ERROR(c.Charge(list.size()));
  FloatValues out;
  out.push_back({nullptr, std::make_shared<const List>(std::move(list))});
  return out;
}

Result<int64_t> Position(const OpContext& c, size_t i, size_t size, bool end_too) {
  const FloatTensor& at = c.In(i);
  const auto n = static_cast<int64_t>(size);
  if (at.size() != 1) return c.Malformed("the position is not one number");
  const int64_t p = at.ints()[0];
  if (p < -n || p >= n + (end_too ? 1 : 0)) {
    return c.Malformed("position " + std::to_string(p) + " of " + std::to_string(n) + " tensors");
  }
  return p < 0 ? p + n : p;
}

Result<FloatValues> SequenceEmpty(OpContext& c) { return SequenceOf(c, {}); }

Result<FloatValues> SequenceConstruct(OpContext& c) {
  List list;
  for (size_t i = 0; i < c.input_count(); ++i) list.push_back(c.Value(i).tensor);
  return SequenceOf(c, std::move(list));
}

Result<FloatValues> SequenceInsert(OpContext& c) {
  List list = *c.Value(0).sequence;
  auto at = static_cast<int64_t>(list.size());
  if (c.Has(2)) {
    VOIZK_ASSIGN_OR_RETURN(at, Position(c, 2, list.size(), true));
  }
  list.insert(list.begin() + at, c.Value(1).tensor);
  return SequenceOf(c, std::move(list));
}

Result<FloatValues> SequenceErase(OpContext& c) {
  List list = *c.Value(0).sequence;
  if (list.empty()) return c.Malformed("the sequence is empty");
  auto at = static_cast<int64_t>(list.size()) - 1;
  if (c.Has(1)) {
    VOIZK_ASSIGN_OR_RETURN(at, Position(c, 1, list.size(), false));
  }
  list.erase(list.begin() + at);
  return SequenceOf(c, std::move(list));
}

Result<FloatValues> SequenceAt(OpContext& c) {
  const List& list = *c.Value(0).sequence;
  VOIZK_ASSIGN_OR_RETURN(const int64_t at, Position(c, 1, list.size(), false));
  return FloatValues{{list[static_cast<size_t>(at)], nullptr}};
}

Result<FloatTensor> SequenceLength(OpContext& c) {
  return FloatTensor::Scalar(static_cast<int64_t>(c.Value(0).sequence->size()));
}

// Concat and Split with the tensors as inputs and outputs, which is what they become when the
// network is made flat.
Result<FloatValues> ConcatFromSequence(OpContext& c) {
  const List& list = *c.Value(0).sequence;
  if (list.empty()) return c.Malformed("the sequence is empty");
  VOIZK_ASSIGN_OR_RETURN(const int64_t new_axis, c.Int("new_axis", 0));
  FloatNode concat{c.node().name, "Concat", {}, {0}, {}};
  if (const auto axis = c.node().attributes.find("axis"); axis != c.node().attributes.end()) {
    concat.attributes.emplace(*axis);
  }
  std::vector<FloatValue> inputs;
  for (const FloatConstant& tensor : list) {
    if (new_axis == 0) {
      inputs.push_back({tensor, nullptr});
      continue;
    }
    VOIZK_ASSIGN_OR_RETURN(const int64_t asked, c.Int("axis", 0));
    VOIZK_ASSIGN_OR_RETURN(const size_t axis, c.Axis(asked, tensor->rank() + 1));
    Dims dims = tensor->dims();
    dims.insert(dims.begin() + static_cast<int64_t>(axis), 1);
    VOIZK_RETURN_IF_ERROR(c.New(tensor->type(), dims).status());
    FloatTensor wider = *tensor;
    wider.Reshape(std::move(dims));
    inputs.push_back(ValueOf(std::move(wider)));
  }
  return RunOperation(concat, c.opset(), std::move(inputs), c.pool(), c.budget());
}

// The sizes of the parts along the axis, and whether the parts keep it.
struct Parts {
  Dims sizes;
  bool keep;
};

Result<Parts> PartsOf(const OpContext& c, int64_t whole) {
  VOIZK_ASSIGN_OR_RETURN(const int64_t keep, c.Int("keepdims", 1));
  const FloatTensor* split = c.Optional(1);
  Parts parts{{}, split || keep != 0};
  if (split && split->rank() > 0) {
    if (split->size() > kMaxSequence) return c.Malformed("the parts do not fit the axis");
    parts.sizes = split->ints();
    return parts;
  }
  const int64_t size = split ? split->ints()[0] : 1;
  if (size < 1 || whole / size > static_cast<int64_t>(kMaxSequence)) {
    return c.Malformed("the parts do not fit the axis");
  }
  for (int64_t begin = 0; begin < whole; begin += std::min(size, whole - begin)) {
    parts.sizes.push_back(std::min(size, whole - begin));
  }
  return parts;
}

Result<FloatValues> SplitToSequence(OpContext& c) {
  const FloatTensor& x = c.In(0);
  VOIZK_ASSIGN_OR_RETURN(const int64_t asked, c.Int("axis", 0));
  VOIZK_ASSIGN_OR_RETURN(const size_t axis, c.Axis(asked, x.rank()));
  VOIZK_ASSIGN_OR_RETURN(const Parts parts, PartsOf(c, x.dims()[axis]));
  FloatNode split{c.node().name, "Split", {}, {}, {}};
  split.outputs.assign(parts.sizes.size(), 0);
  split.attributes.emplace("axis", static_cast<int64_t>(axis));
  FloatValues inputs{c.Value(0), ValueOf(FloatTensor::Vector(parts.sizes))};
  VOIZK_ASSIGN_OR_RETURN(const FloatValues tensors,
                         RunOperation(split, c.opset(), std::move(inputs), c.pool(), c.budget()));
  List list;
  for (const FloatValue& value : tensors) {
    if (parts.keep) {
      list.push_back(value.tensor);
      continue;
    }
    FloatTensor narrow = *value.tensor;
    Dims dims = narrow.dims();
    dims.erase(dims.begin() + static_cast<int64_t>(axis));
    narrow.Reshape(std::move(dims));
    list.push_back(std::make_shared<const FloatTensor>(std::move(narrow)));
  }
  return SequenceOf(c, std::move(list));
}

constexpr FloatOperation kSequenceOperations[] = {
    {"SequenceEmpty", "", FloatOperation::kMayBeEmpty, SequenceEmpty},
    {"SequenceConstruct", "a+", FloatOperation::kMayBeEmpty, SequenceConstruct},
    {"SequenceInsert", "sa|i", FloatOperation::kMayBeEmpty, SequenceInsert},
    {"SequenceErase", "s|i", FloatOperation::kMayBeEmpty, SequenceErase},
    {"SequenceAt", "si", FloatOperation::kMayBeEmpty, SequenceAt},
    {"SequenceLength", "s", FloatOperation::kMayBeEmpty, One<SequenceLength>},
    {"ConcatFromSequence", "s", FloatOperation::kMayBeEmpty, ConcatFromSequence},
    {"SplitToSequence", "a|i", FloatOperation::kNoEmpty, SplitToSequence},
};

}  // namespace

std::span<const FloatOperation> SequenceOperations() { return kSequenceOperations; }

}  // namespace voizk
