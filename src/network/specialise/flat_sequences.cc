#include "network/specialise/flat_sequences.h"

#include <algorithm>

namespace voizk {

namespace {

constexpr uint64_t kMaxParts = 1 << 16;  // as sequences of float_operations

using Ids = std::vector<FloatValueId>;

}  // namespace

bool FlatSequences::Understands(std::string_view op) {
  return op == "SequenceEmpty" || op == "SequenceConstruct" || op == "SequenceInsert" ||
         op == "SequenceErase" || op == "SequenceAt" || op == "SequenceLength" ||
         op == "ConcatFromSequence" || op == "SplitToSequence";
}

Result<int64_t> FlatSequences::Position(const FloatNode& node, const std::vector<FlatItem>& inputs,
                                        size_t i, size_t size, int64_t absent) {
  if (i >= inputs.size() || inputs[i].id == kAbsentValue) return absent;
  const FloatTensor* at = builder_.ConstantOf(inputs[i].id);
  if (!at) {
    return NodeError(node, ErrorCode::kUnsupported,
                     "a position in a sequence depends on the network's inputs");
  }
  const auto n = static_cast<int64_t>(size);
  if (!at->is_int() || at->size() != 1 || at->ints()[0] < -n || at->ints()[0] > n) {
    return NodeError(node, ErrorCode::kMalformed, "a position is outside the sequence");
  }
  return at->ints()[0] < 0 ? at->ints()[0] + n : at->ints()[0];
}

Result<FloatValueId> FlatSequences::Resized(const FloatNode& node, const char* op, FloatValueId x,
                                            int64_t axis, const std::string& name) {
  const FloatValueId axes = builder_.AddConstant(name + "/axes", FloatTensor::Vector({axis}));
  VOIZK_ASSIGN_OR_RETURN(const Ids out,
                         builder_.AddNode({node.name + "/" + op, op, {x, axes}, {}, {}}, {name}));
  return out[0];
}

Result<FloatValueId> FlatSequences::Concat(const FloatNode& node, const Ids& list, int64_t axis,
                                           const std::string& name) {
  if (list.empty()) return NodeError(node, ErrorCode::kUnsupported, "joins an empty sequence");
  FloatNode concat{node.name, "Concat", list, {}, {}};
  concat.attributes.emplace("axis", axis);
  VOIZK_ASSIGN_OR_RETURN(const Ids out, builder_.AddNode(std::move(concat), {name}));
  return out[0];
}

Result<FloatValueId> FlatSequences::Stack(const FloatNode& node, const Ids& list, int64_t axis,
                                          const std::string& name) {
  Ids wider;
  for (size_t i = 0; i < list.size(); ++i) {
    if (list[i] == kAbsentValue) {
      return NodeError(node, ErrorCode::kMalformed, "stacks something else than tensors");
    }
    VOIZK_ASSIGN_OR_RETURN(const FloatValueId one, Resized(node, "Unsqueeze", list[i], axis,
                                                           name + "/" + std::to_string(i)));
    wider.push_back(one);
  }
  return Concat(node, wider, axis, name);
}

Result<Ids> FlatSequences::Split(const FloatNode& node, FloatValueId x, const FloatTensor* sizes,
                                 const std::string& name) {
  VOIZK_ASSIGN_OR_RETURN(int64_t axis, IntAttribute(node, "axis", 0));
  VOIZK_ASSIGN_OR_RETURN(const int64_t keep, IntAttribute(node, "keepdims", 1));
  const Dims& dims = builder_.DimsOf(x);
  const auto rank = static_cast<int64_t>(dims.size());
  if (axis < -rank || axis >= rank ||
      (sizes && (!sizes->is_int() || sizes->size() == 0 || sizes->size() > kMaxParts))) {
    return NodeError(node, ErrorCode::kMalformed, "axis or parts do not fit the input");
  }
  if (axis < 0) axis += rank;
  const int64_t whole = dims[static_cast<size_t>(axis)];
  Dims parts;
  if (sizes && sizes->rank() > 0) {
    parts = sizes->ints();
  } else {
    const int64_t size = sizes ? sizes->ints()[0] : 1;
    if (size < 1 || static_cast<uint64_t>(whole / size) > kMaxParts) {
      return NodeError(node, ErrorCode::kMalformed, "the parts do not fit the axis");
    }
    for (int64_t begin = 0; begin < whole; begin += std::min(size, whole - begin)) {
      parts.push_back(std::min(size, whole - begin));
    }
  }
  std::vector<std::string> names;
  for (size_t k = 0; k < parts.size(); ++k) names.push_back(name + "/" + std::to_string(k));
  FloatNode split{node.name, "Split", {x}, {}, {}};
  split.attributes.emplace("axis", axis);
  split.inputs.push_back(builder_.AddConstant(name + "/sizes", FloatTensor::Vector(parts)));
  VOIZK_ASSIGN_OR_RETURN(Ids list, builder_.AddNode(std::move(split), names));
  if (sizes || keep != 0) return list;
  for (size_t k = 0; k < list.size(); ++k) {
    VOIZK_ASSIGN_OR_RETURN(list[k], Resized(node, "Squeeze", list[k], axis, names[k] + "/narrow"));
  }
  return list;
}

Result<std::vector<FlatItem>> FlatSequences::Add(const FloatNode& node,
                                                 const std::vector<FlatItem>& inputs,
                                                 const std::vector<std::string>& names) {
  const auto bad = [&](const char* rule) { return NodeError(node, ErrorCode::kMalformed, rule); };
  const std::string name = names.empty() || names[0].empty() ? node.name : names[0];
  const auto sequence = [](Ids list) {
    return std::vector<FlatItem>{{kAbsentValue, true, std::move(list)}};
  };
  if (node.op == "SequenceEmpty") return sequence({});
  const auto is_tensor = [&](size_t i) {
    return i < inputs.size() && !inputs[i].is_sequence && inputs[i].id != kAbsentValue;
  };
  if (node.op == "SequenceConstruct") {
    Ids list;
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (!is_tensor(i)) return bad("an input is no tensor");
      list.push_back(inputs[i].id);
    }
    return sequence(std::move(list));
  }
  if (node.op == "SplitToSequence") {
    if (!is_tensor(0)) return bad("the input is no tensor");
    const FloatTensor* sizes = is_tensor(1) ? builder_.ConstantOf(inputs[1].id) : nullptr;
    if (is_tensor(1) && !sizes) {
      return NodeError(node, ErrorCode::kUnsupported,
                       "the parts' sizes depend on the network's inputs");
    }
    VOIZK_ASSIGN_OR_RETURN(Ids list, Split(node, inputs[0].id, sizes, name));
    return sequence(std::move(list));
  }
  if (inputs.empty() || !inputs[0].is_sequence) return bad("input 0 is no sequence");
  Ids list = inputs[0].list;
  const auto size = static_cast<int64_t>(list.size());
  if (node.op == "SequenceLength") {
    return std::vector<FlatItem>{{builder_.AddConstant(name, FloatTensor::Scalar(size))}};
  }
  if (node.op == "SequenceInsert") {
    if (!is_tensor(1) || list.size() >= kMaxParts)
      return bad("the input is no tensor, or one too many");
    VOIZK_ASSIGN_OR_RETURN(const int64_t at, Position(node, inputs, 2, list.size(), size));
    list.insert(list.begin() + at, inputs[1].id);
    return sequence(std::move(list));
  }
  if (node.op == "ConcatFromSequence") {
    VOIZK_ASSIGN_OR_RETURN(const int64_t axis, IntAttribute(node, "axis", 0));
    VOIZK_ASSIGN_OR_RETURN(const int64_t new_axis, IntAttribute(node, "new_axis", 0));
    VOIZK_ASSIGN_OR_RETURN(const FloatValueId out, new_axis != 0 ? Stack(node, list, axis, name)
                                                                 : Concat(node, list, axis, name));
    return std::vector<FlatItem>{{out}};
  }
  VOIZK_ASSIGN_OR_RETURN(const int64_t at, Position(node, inputs, 1, list.size(), size - 1));
  if (at < 0 || at >= size) return bad("a position is outside the sequence");
  if (node.op == "SequenceAt") return std::vector<FlatItem>{{list[static_cast<size_t>(at)]}};
  list.erase(list.begin() + at);  // SequenceErase
  return sequence(std::move(list));
}

}  // namespace voizk
