#include "network/float_operations/operation.h"

#include <algorithm>

#include "network/float_operations/table.h"

namespace voizk {

namespace {

bool Fits(char letter, const FloatValue& value) {
  if (letter == 'v') return true;
  if (letter == 's') return value.sequence != nullptr;
  if (!value.tensor) return false;
  switch (letter) {
    case 'f':
      return value.tensor->is_float();
    case 'i':
      return value.tensor->is_int();
    case 'b':
      return value.tensor->is_bool();
    case 'n':
      return !value.tensor->is_bool();
    default:
      return true;
  }
}

std::string Expected(char letter) {
  switch (letter) {
    case 'f':
      return "float32";
    case 'i':
      return "int64";
    case 'b':
      return "bool";
    case 'n':
      return "a number";
    case 's':
      return "a sequence";
    default:
      return "a tensor";
  }
}

struct Signature {
  std::string required, optional;
  bool repeats = false;
};

Signature Parse(std::string_view text) {
  Signature s;
  bool optional = false;
  for (const char c : text) {
    if (c == '|') {
      optional = true;
    } else if (c == '+') {
      s.repeats = true;
    } else {
      (optional ? s.optional : s.required).push_back(c);
    }
  }
  return s;
}

Status CheckInputs(const FloatOperation& operation, const FloatNode& node,
                   const std::vector<FloatValue>& inputs) {
  const Signature s = Parse(operation.inputs);
  const std::string letters = s.required + s.optional;
  const auto bad = [&](const std::string& rule) {
    return Status(NodeError(node, ErrorCode::kMalformed, rule));
  };
  if (inputs.size() < s.required.size() || (inputs.size() > letters.size() && !s.repeats)) {
    return bad("has " + std::to_string(inputs.size()) + " inputs");
  }
  for (size_t i = 0; i < inputs.size(); ++i) {
    const char letter = i < letters.size() ? letters[i] : letters.back();
    const std::string place = "input " + std::to_string(i);
    if (!inputs[i].tensor && !inputs[i].sequence) {
      if (i < s.required.size() || i >= letters.size()) return bad(place + " is missing");
      continue;
    }
    if (!Fits(letter, inputs[i])) {
      const char* actual = inputs[i].tensor ? Name(inputs[i].tensor->type()) : "a sequence";
      return bad(place + " is " + actual + ", not " + Expected(letter));
    }
    if (operation.empty == FloatOperation::kNoEmpty && inputs[i].tensor &&
        inputs[i].tensor->size() == 0 && letter != 'i') {
      return bad(place + " " + ToString(inputs[i].tensor->dims()) + " has no elements");
    }
  }
  return {};
}

}  // namespace

Result<FloatTensor> OpContext::New(FloatType type, const Dims& dims) const {
  const auto count = ElementCount(dims);
  if (!count.ok()) return NodeError(node_, count.error().code, count.error().message);
  const auto n = static_cast<size_t>(*count);
  VOIZK_RETURN_IF_ERROR(Charge(n));
  const uint64_t bytes = n * BytesPerElement(type);
  if (budget_.live_bytes + budget_.pending_bytes + bytes > budget_.max_bytes) {
    return NodeError(node_, ErrorCode::kLimitExceeded,
                     "values take more than " + std::to_string(budget_.max_bytes >> 20) + " MB");
  }
  budget_.pending_bytes += bytes;
  switch (type) {
    case FloatType::kFloat:
      return FloatTensor(dims, std::vector<float>(n));
    case FloatType::kInt64:
      return FloatTensor(dims, std::vector<int64_t>(n));
    case FloatType::kBool:
      break;
  }
  return FloatTensor(dims, std::vector<uint8_t>(n));
}

Status OpContext::Charge(uint64_t work) const {
  if (work > budget_.max_work - budget_.work) {
    return NodeError(node_, ErrorCode::kLimitExceeded,
                     "the network takes more than " + std::to_string(budget_.max_work) +
                         " multiply-adds and elements");
  }
  budget_.work += work;
  if (budget_.interrupted && budget_.interrupted()) {
    return NodeError(node_, ErrorCode::kRefused, "interrupted");
  }
  return {};
}

Status OpContext::ChargeProduct(int64_t a, int64_t b, int64_t c) const {
  uint64_t product = 0;
  if (a < 0 || b < 0 || c < 0 ||
      __builtin_mul_overflow(static_cast<uint64_t>(a), static_cast<uint64_t>(b), &product) ||
      __builtin_mul_overflow(product, static_cast<uint64_t>(c), &product)) {
    product = UINT64_MAX;
  }
  return Charge(product);
}

Result<size_t> OpContext::Axis(int64_t axis, size_t rank) const {
  const auto r = static_cast<int64_t>(rank);
  if (axis < -r || axis >= r) {
    return Malformed("axis " + std::to_string(axis) + " of a tensor of rank " +
                     std::to_string(rank));
  }
  return static_cast<size_t>(axis < 0 ? axis + r : axis);
}

Result<std::vector<size_t>> OpContext::Axes(const std::vector<int64_t>& axes, size_t rank) const {
  std::vector<size_t> sorted;
  for (const int64_t axis : axes) {
    VOIZK_ASSIGN_OR_RETURN(const size_t a, Axis(axis, rank));
    sorted.push_back(a);
  }
  std::ranges::sort(sorted);
  if (std::ranges::adjacent_find(sorted) != sorted.end()) return Malformed("an axis comes twice");
  return sorted;
}

Result<std::vector<int64_t>> OpContext::IntsOfInputOr(size_t i, std::string_view key,
                                                      std::vector<int64_t> absent) const {
  if (const FloatTensor* t = Optional(i)) {
    if (!t->is_int()) return Malformed("input " + std::to_string(i) + " is not int64");
    return t->ints();
  }
  return Ints(key, std::move(absent));
}

void OpContext::Parallel(size_t count, size_t grain,
                         const std::function<void(size_t, size_t)>& fn) const {
  if (pool_ && count > grain) {
    pool_->ParallelFor(count, std::max<size_t>(grain, 1), fn);
  } else if (count > 0) {
    fn(0, count);
  }
}

FloatValue ValueOf(FloatTensor tensor) {
  return {std::make_shared<const FloatTensor>(std::move(tensor)), nullptr};
}

Result<FloatValues> RunOperation(const FloatNode& node, int64_t opset,
                                 std::vector<FloatValue> inputs, ThreadPool* pool,
                                 FloatBudget& budget) {
  const FloatOperation* operation = FindFloatOperation(node.op);
  if (!operation) {
    return NodeError(node, ErrorCode::kUnsupported, "is not among the operations understood");
  }
  VOIZK_RETURN_IF_ERROR(CheckInputs(*operation, node, inputs));
  OpContext context(node, opset, std::move(inputs), pool, budget);
  VOIZK_RETURN_IF_ERROR(context.Charge(64));  // a loop over nothing ends too
  auto outputs = operation->run(context);
  budget.pending_bytes = 0;
  if (!outputs.ok()) return outputs.error();
  if (outputs->size() < node.outputs.size()) {
    for (size_t i = outputs->size(); i < node.outputs.size(); ++i) {
      if (node.outputs[i] != kAbsentValue) {
        return NodeError(node, ErrorCode::kUnsupported,
                         "output " + std::to_string(i) + " is not computed");
      }
    }
  }
  return outputs;
}

}  // namespace voizk
