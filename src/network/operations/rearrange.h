// Operations that move values: views of views, which cost nothing.  What holds a convolution or
// needs too many terms is committed first, one cell and one equality per element (reading.h).
#ifndef VOIZK_NETWORK_OPERATIONS_REARRANGE_H_
#define VOIZK_NETWORK_OPERATIONS_REARRANGE_H_

#include <cstdint>
#include <vector>

#include "network/operations/attribute_reader.h"
#include "network/operations/operation.h"

namespace voizk::op {

/// Along an axis, by default the channels; the inputs agree in all others.
class Concat final : public Operation {
 public:
  explicit Concat(int32_t axis = -1) : axis_(axis) {}
  static Concat Read(AttributeReader& attributes);
  std::string_view kind() const override { return "concat"; }
  size_t arity() const override { return kAnyNumber; }
  Result<Shape> OutputShape(std::span<const Shape> inputs) const override;
  Value Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const override;

 private:
  int32_t axis_;
};

/// Indices begin, begin + step, ... before end (if step < 0: after end, which may be -1) of an
/// axis, by default of the channels.  All lie within the input.
class Slice final : public Operation {
 public:
  Slice(int64_t begin, int64_t end, int32_t axis = -1, int64_t step = 1)
      : begin_(begin), end_(end), axis_(axis), step_(step) {}
  static Slice Read(AttributeReader& attributes);
  std::string_view kind() const override { return "slice"; }
  Result<Shape> OutputShape(std::span<const Shape> inputs) const override;
  Value Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const override;

 private:
  int64_t begin_, end_;
  int32_t axis_;
  int64_t step_;
};

/// The listed indices of an axis, in their order, possibly repeated.  Each run of indices in equal
/// steps is one term: at most kMaxRearrangedTerms of them.
class Gather final : public Operation {
 public:
  Gather(int32_t axis, std::vector<uint32_t> indices) : axis_(axis), indices_(std::move(indices)) {}
  static Gather Read(AttributeReader& attributes);
  std::string_view kind() const override { return "gather"; }
  Result<Shape> OutputShape(std::span<const Shape> inputs) const override;
  Value Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const override;

 private:
  int32_t axis_;
  std::vector<uint32_t> indices_;
};

/// Output dimension k is input dimension order[k].
class Transpose final : public Operation {
 public:
  explicit Transpose(std::vector<uint32_t> order) : order_(std::move(order)) {}
  static Transpose Read(AttributeReader& attributes);
  std::string_view kind() const override { return "transpose"; }
  Result<Shape> OutputShape(std::span<const Shape> inputs) const override;
  Value Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const override;

 private:
  std::vector<uint32_t> order_;
};

/// An axis made longer at both ends: by a constant, by reflection about the first and last index
/// (which are not repeated), or by repeating them.
class Pad final : public Operation {
 public:
  enum class Mode : uint8_t { kConstant = 0, kReflect = 1, kEdge = 2 };
  struct Attributes {
    int32_t axis = 0;
    uint32_t before = 0, after = 0;
    Mode mode = Mode::kConstant;
    int32_t value = 0;  // kConstant
  };
  explicit Pad(const Attributes& attributes) : a_(attributes) {}
  static Pad Read(AttributeReader& attributes);
  std::string_view kind() const override { return "pad"; }
  Result<Shape> OutputShape(std::span<const Shape> inputs) const override;
  Value Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const override;

 private:
  Attributes a_;
};

/// x [C] or [1][C], repeated over the first dimension of `like`: [T][C].
class Broadcast final : public Operation {
 public:
  std::string_view kind() const override { return "broadcast"; }
  size_t arity() const override { return 2; }
  Result<Shape> OutputShape(std::span<const Shape> inputs) const override;
  Value Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const override;
};

}  // namespace voizk::op

#endif  // VOIZK_NETWORK_OPERATIONS_REARRANGE_H_
