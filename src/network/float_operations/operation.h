// A float operation: ONNX's definition as a function from input tensors and attributes to output
// tensors.  Its shape rule is the shape of what it returns; there is no second definition.
#ifndef VOIZK_NETWORK_FLOAT_OPERATIONS_OPERATION_H_
#define VOIZK_NETWORK_FLOAT_OPERATIONS_OPERATION_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/threads.h"
#include "network/float_graph/graph.h"

namespace voizk {

/// What a graph's value holds while it is executed: one tensor or a sequence of them.
struct FloatValue {
  FloatConstant tensor;                                        // null for a sequence
  std::shared_ptr<const std::vector<FloatConstant>> sequence;  // null for a tensor
};

/// Bytes and work of one execution, subgraphs included.
struct FloatBudget {
  uint64_t max_bytes = 0;
  uint64_t max_work = 0;
  uint64_t live_bytes = 0;     // of values
  uint64_t pending_bytes = 0;  // of the operation that is running
  uint64_t work = 0;
  bool shapes_only = false;  // values do not matter: the dear loops are left out
  std::function<bool()> interrupted = nullptr;
};

/// What an operation sees.  The table's signature has been checked: required inputs are there and
/// of their type, and not empty unless the table says that they may be.
class OpContext {
 public:
  OpContext(const FloatNode& node, int64_t opset, std::vector<FloatValue> inputs, ThreadPool* pool,
            FloatBudget& budget)
      : node_(node), opset_(opset), inputs_(std::move(inputs)), pool_(pool), budget_(budget) {}

  const FloatNode& node() const { return node_; }
  int64_t opset() const { return opset_; }
  ThreadPool* pool() const { return pool_; }
  FloatBudget& budget() const { return budget_; }
  /// Outputs need the right type and dims and no more.
  bool shapes_only() const { return budget_.shapes_only; }

  size_t input_count() const { return inputs_.size(); }
  bool Has(size_t i) const {
    return i < inputs_.size() && (inputs_[i].tensor || inputs_[i].sequence);
  }
  const FloatValue& Value(size_t i) const { return inputs_[i]; }
  /// An input that is there.
  const FloatTensor& In(size_t i) const { return *inputs_[i].tensor; }
  const FloatTensor* Optional(size_t i) const { return Has(i) ? inputs_[i].tensor.get() : nullptr; }

  /// A zeroed tensor, after the budget has been asked.  kLimitExceeded, kMalformed.
  Result<FloatTensor> New(FloatType type, const Dims& dims) const;
  /// kLimitExceeded when the graph's work is used up, kRefused when interrupted.
  Status Charge(uint64_t work) const;
  /// a * b * c as work.
  Status ChargeProduct(int64_t a, int64_t b, int64_t c = 1) const;

  Error Malformed(std::string_view rule) const {
    return NodeError(node_, ErrorCode::kMalformed, rule);
  }
  Error Unsupported(std::string_view rule) const {
    return NodeError(node_, ErrorCode::kUnsupported, rule);
  }

  /// An axis in [-rank, rank) as one in [0, rank).  kMalformed.
  Result<size_t> Axis(int64_t axis, size_t rank) const;
  /// Distinct axes, sorted.  kMalformed.
  Result<std::vector<size_t>> Axes(const std::vector<int64_t>& axes, size_t rank) const;

  Result<int64_t> Int(std::string_view key, int64_t absent) const {
    return IntAttribute(node_, key, absent);
  }
  Result<float> Real(std::string_view key, float absent) const {
    return RealAttribute(node_, key, absent);
  }
  Result<std::string> String(std::string_view key, std::string_view absent) const {
    return StringAttribute(node_, key, absent);
  }
  Result<std::vector<int64_t>> Ints(std::string_view key, std::vector<int64_t> absent) const {
    return IntsAttribute(node_, key, std::move(absent));
  }
  /// Input i if there is one, else the attribute: what ONNX turned from one into the other.
  Result<std::vector<int64_t>> IntsOfInputOr(size_t i, std::string_view key,
                                             std::vector<int64_t> absent) const;

  /// fn(begin, end) over [0, count), on the pool if there is one.
  void Parallel(size_t count, size_t grain, const std::function<void(size_t, size_t)>& fn) const;

 private:
  const FloatNode& node_;
  int64_t opset_;
  std::vector<FloatValue> inputs_;
  ThreadPool* pool_;
  FloatBudget& budget_;
};

using FloatValues = std::vector<FloatValue>;
FloatValue ValueOf(FloatTensor tensor);

/// One line of the table.
struct FloatOperation {
  enum Empty : uint8_t { kNoEmpty, kMayBeEmpty };

  std::string_view op;
  /// A letter per input: f float32, i int64, b bool, n float32 or int64, a any tensor, s sequence,
  /// v tensor or sequence.  After '|' inputs are optional; '+' repeats the last letter.
  std::string_view inputs;
  Empty empty;  // may tensors without elements come in
  Result<FloatValues> (*run)(OpContext&);
};

/// For operations with one output tensor.
template <Result<FloatTensor> (*Fn)(OpContext&)>
Result<FloatValues> One(OpContext& context) {
  VOIZK_ASSIGN_OR_RETURN(FloatTensor tensor, Fn(context));
  FloatValues values;
  values.push_back(ValueOf(std::move(tensor)));
  return values;
}

/// Runs one operation after its signature has been checked.  kUnsupported: no such operation.
Result<FloatValues> RunOperation(const FloatNode& node, int64_t opset,
                                 std::vector<FloatValue> inputs, ThreadPool* pool,
                                 FloatBudget& budget);

}  // namespace voizk

#endif  // VOIZK_NETWORK_FLOAT_OPERATIONS_OPERATION_H_
