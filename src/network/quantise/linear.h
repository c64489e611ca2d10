// A value that is not an integer tensor yet: a real affine function of integer tensors.  Linear
// operations, scalings and sums collect here; weights get their integer scale only when it is known
// into which step the result is rounded.
#ifndef VOIZK_NETWORK_QUANTISE_LINEAR_H_
#define VOIZK_NETWORK_QUANTISE_LINEAR_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "network/quantise/emitter.h"

namespace voizk {

/// Reals that are repeated along dims of length 1, by the layout of the integer tensor they go
/// with.
struct RealTensor {
  std::vector<uint32_t> dims;
  std::vector<double> values;  // row-major
  static RealTensor Scalar(double value) { return {{}, {value}}; }
  bool is_scalar() const { return values.size() == 1; }
  /// Every dim but the last has length 1.
  bool is_by_channel() const;
  double max_abs() const;
};

/// The product or sum, repeated as needed; the dims must fit (one is 1 or both are equal, aligned
/// at the last).
RealTensor Times(const RealTensor& a, const RealTensor& b);
RealTensor Plus(const RealTensor& a, const RealTensor& b);

/// An integer tensor (or accumulator) and its meaning: real = step * integer.
struct Quantity {
  Emitter::Node node = 0;
  double step = 1;
};

/// conv1d, conv2d or dense: op and attributes but for weight and bias.
struct LinearLayer {
  std::string op;
  ModelAttributes attributes;
  std::vector<uint32_t> weight_dims;  // outputs first
  std::vector<float> weight;          // row-major, in the operation's order
};
/// The largest magnitude of its outputs without bias, inputs being at most `reach`.
double MostOutput(const LinearLayer& layer, double reach);

struct Scaling {
  RealTensor factor;
};

/// A linear value with zeros before and after it along a dim: a share that only some outputs have.
struct Linear;
struct Placed {
  std::shared_ptr<const Linear> inner;
  int64_t axis = 0, before = 0, after = 0;
};

struct LinearTerm {
  Quantity input;  // of a Placed: none
  std::variant<Scaling, LinearLayer, Placed> map;
};

struct Linear {
  std::vector<uint32_t> dims;  // of the integer tensor it will be
  std::vector<LinearTerm> terms;
  RealTensor constant = RealTensor::Scalar(0);
};

Linear LinearOf(const Quantity& quantity, std::vector<uint32_t> dims);
/// Multiplies by a constant.  Nothing where a layer's weights cannot take it: it differs along
/// another dim than the channels.
std::optional<Linear> Scaled(const Linear& x, const RealTensor& factor);

/// The largest magnitude that the value can certifiedly reach.
double MostValue(const Linear& x, const Emitter& emitter);

/// The integers of a linear value in steps of `step`: every weight and factor rounded to a multiple
/// of step / (step of its input).
struct IntegerFit {
  double step = 1;
  int shift = 0;  // step * 2^shift is what the value will be rounded to
};

/// Weights of at most 15 bits and sign, and accumulators within 2^30, at the finest step
/// target / 2^k, k <= most_shift, or beyond where a term's weights need it to be exact to 8 bits.
/// Nothing where even k = 0 is too fine.
std::optional<IntegerFit> FitIntegers(const Linear& x, const Emitter& emitter, double target,
                                      int most_shift);

/// Emits it as an accumulator with that step; `offset` (in steps) is added.  Errors as
/// Emitter::Add.
Result<Emitter::Node> EmitLinear(const Linear& x, double step, int64_t offset,
                                 std::string_view name, Emitter& emitter);

}  // namespace voizk

#endif  // VOIZK_NETWORK_QUANTISE_LINEAR_H_
