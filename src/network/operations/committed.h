// Linear layers whose weights and bias are the prover's, bound by the statement's lattice
// commitment (docs/protocol/lattice.md).
#ifndef VOIZK_NETWORK_OPERATIONS_COMMITTED_H_
#define VOIZK_NETWORK_OPERATIONS_COMMITTED_H_

#include <array>
#include <cstdint>
#include <span>
#include <string>

#include "network/operations/attribute_reader.h"
#include "network/operations/committed_digits.h"
#include "network/operations/operation.h"
#include "relation/builder/index_maps.h"

namespace voizk::op {

/// The formulas of conv1d, conv2d and dense.  Weights and bias are tensors of digits
/// (committed_digits.h), inputs of the prover that are left to be committed to.
///
/// Per output a cell, and a sum-check as long as a row of weights; per weight a cell and a lookup.
/// What the proof shows of the network is this class: shapes and the numbers of bits.
class CommittedLinear final : public Operation {
 public:
  enum class Kind : uint8_t { kDense, kConv1d, kConv2d };
  struct Attributes {
    Kind kind = Kind::kDense;
    uint32_t outputs = 0;
    // Of convolutions.
    std::array<uint32_t, 2> kernel{1, 1}, stride{1, 1}, dilation{1, 1};
    std::array<uint32_t, 4> pad{0, 0, 0, 0};  // before, after the first dimension, the second
    uint32_t groups = 1;
    int weight_bits = 8, bias_bits = 0;  // multiples of 4; 0: no bias
  };
  static constexpr uint32_t kMaxTaps = 128;    // terms of a view (reading.h)
  static constexpr uint32_t kMaxGroups = 256;  // a product each

  explicit CommittedLinear(const Attributes& attributes) : a_(attributes) {}
  static CommittedLinear Read(AttributeReader& attributes, Kind kind);

  std::string_view kind() const override;
  Result<Shape> OutputShape(std::span<const Shape> inputs) const override;
  Value Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const override;

 private:
  /// What an input's shape makes of it.
  struct Geometry;
  Result<Geometry> GeometryOf(const Shape& in) const;
  IndexMap TapMap(const Geometry& g, uint32_t tap, uint32_t group, bool with_outputs) const;
  TensorId Product(const std::string& name, const Geometry& g, uint32_t group, TensorId x,
                   const CommittedMatrix& weight, Builder& b) const;

  Attributes a_;
};

}  // namespace voizk::op

#endif  // VOIZK_NETWORK_OPERATIONS_COMMITTED_H_
