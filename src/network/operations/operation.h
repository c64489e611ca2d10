// A network operation: defined once, in integers, as what it puts into a relation.  Inference and
// witness run the steps it adds, prover and verifier prove the constraints, the certificate bounds
// the views; nobody else knows what a convolution or a pooling layer is.  docs/graph.md lists the
// operations with their formulas, costs and ranges.
//
// Shapes: a signal is [T][C], an image [H][W][C] (channels last), a vector [1][C] or [C].
#ifndef VOIZK_NETWORK_OPERATIONS_OPERATION_H_
#define VOIZK_NETWORK_OPERATIONS_OPERATION_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "relation/builder/builder.h"

namespace voizk {

/// A value of a graph inside a relation: a view, and the tensor whose cells it shows one by one if
/// there is one.  Accumulators and sums are views only and cost nothing.
struct Value {
  View view;
  std::optional<TensorId> tensor;
};

Value ValueOf(const Builder& b, TensorId tensor);
inline Value ValueOf(View view) { return {std::move(view), std::nullopt}; }

/// The value's tensor.  A view that shows no tensor cell by cell is committed first: one cell and
/// one equality per index; the value remembers it.
TensorId TensorOf(Builder& b, const std::string& name, Value& value);

/// Immutable; several graphs may share one (its weights, in particular).
class Operation {
 public:
  virtual ~Operation() = default;

  /// Name as in a model file.
  virtual std::string_view kind() const = 0;

  /// Number of inputs; kAnyNumber: one or more.
  static constexpr size_t kAnyNumber = 0;
  virtual size_t arity() const { return 1; }

  /// Shape rule, attributes included: kInvalidArgument if they do not fit each other or the inputs,
  /// kLimitExceeded beyond limits.h.  The caller has checked the number of inputs.
  virtual Result<Shape> OutputShape(std::span<const Shape> inputs) const = 0;

  /// Adds cells, constraints and steps; OutputShape has accepted the inputs' shapes.  Ranges that
  /// do not fit (an accumulator that may wrap) are recorded in the builder.
  virtual Value Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const = 0;
};

}  // namespace voizk

#endif  // VOIZK_NETWORK_OPERATIONS_OPERATION_H_
