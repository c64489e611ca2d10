// Sums, means and maxima over whole axes, which become dimensions of 1.
#ifndef VOIZK_NETWORK_OPERATIONS_REDUCE_H_
#define VOIZK_NETWORK_OPERATIONS_REDUCE_H_

#include <cstdint>
#include <vector>

#include "network/operations/attribute_reader.h"
#include "network/operations/operation.h"

namespace voizk::op {

/// The axes that an operation goes over; counted from the end if negative, each once.
struct Axes {
  std::vector<int32_t> axes;
  static Axes Read(AttributeReader& attributes);
  /// By dimension, whether it is among them; kInvalidArgument.
  Result<std::vector<bool>> Among(const Shape& shape) const;
  /// The shape with these dimensions 1.
  Result<Shape> Reduced(const Shape& shape) const;
};

/// An accumulator: costs nothing.
class Sum final : public Operation {
 public:
  explicit Sum(Axes axes) : axes_(std::move(axes)) {}
  static Sum Read(AttributeReader& attributes) { return Sum(Axes::Read(attributes)); }
  std::string_view kind() const override { return "sum"; }
  Result<Shape> OutputShape(std::span<const Shape> inputs) const override;
  Value Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const override;

 private:
  Axes axes_;
};

/// y = floor(sum / number): a cell and two lookups per output, as MeanPool.
class Mean final : public Operation {
 public:
  explicit Mean(Axes axes) : axes_(std::move(axes)) {}
  static Mean Read(AttributeReader& attributes) { return Mean(Axes::Read(attributes)); }
  std::string_view kind() const override { return "mean"; }
  Result<Shape> OutputShape(std::span<const Shape> inputs) const override;
  Value Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const override;

 private:
  Axes axes_;
};

/// The maximum, by halving: an axis of n takes at most n - 1 + log2 n cells and lookups, and log2 n
/// constraints.  Values wider than 12 bits: see gadgets::Max.
class Max final : public Operation {
 public:
  explicit Max(Axes axes) : axes_(std::move(axes)) {}
  static Max Read(AttributeReader& attributes) { return Max(Axes::Read(attributes)); }
  std::string_view kind() const override { return "max"; }
  Result<Shape> OutputShape(std::span<const Shape> inputs) const override;
  Value Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const override;

 private:
  Axes axes_;
};

/// The floored mean of `count` values in `range` whose sum is `sum`.
Value FloorMean(const std::string& name, const View& sum, uint64_t count, const Interval& range,
                Builder& b);

/// The sum of `value` over the chosen dimensions, which become 1.
View SumOver(Builder& b, const std::string& name, Value& value, const std::vector<bool>& among);

/// `value` with the chosen dimensions last, and how many come before them: at least one, of 1 if
/// need be.
View ChosenLast(Builder& b, const std::string& name, Value& value, const std::vector<bool>& among,
                int* outer);
/// What reads a tensor of that layout, of all or of the first dimensions, in the order before.
IndexMap ChosenLastInverse(const std::vector<bool>& among);
/// kInvalidArgument (the axes), kUnsupported: four axes of four, which leave no dimension free.
Status CheckChosenLast(const Shape& shape, const Axes& axes);

}  // namespace voizk::op

#endif  // VOIZK_NETWORK_OPERATIONS_REDUCE_H_
