// Between the real numbers of a float network and the integers of its quantised model.
#ifndef VOIZK_NETWORK_MODEL_CONVERT_H_
#define VOIZK_NETWORK_MODEL_CONVERT_H_

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "network/model/quantised_model.h"

namespace voizk {

/// The integers of an input, rounded and clipped to its range; reals in the float tensor's order.
/// kInvalidArgument: another number of values, or one that is not finite; of an input of integers,
/// one that is no integer of its range.
Result<std::vector<int32_t>> ToIntegers(const QuantisedModel::Input& input,
                                        std::span<const float> reals);

/// The reals of integers in the order of an integer tensor of these dims; in the float tensor's
/// order.  kInvalidArgument: another number of values.
Result<std::vector<float>> ToReals(const QuantisedModel::Quantity& quantity,
                                   std::span<const uint32_t> dims,
                                   std::span<const int32_t> integers);

/// Whether every dim of the integer tensor that is longer than 1 belongs to one axis, and the
/// lengths agree.  What the functions beside this one are given fits.
bool LayoutFits(const TensorLayout& layout, std::span<const uint32_t> dims);

/// For each element of an integer tensor, row-major, its index among the float tensor's elements.
std::vector<size_t> FloatIndices(const TensorLayout& layout, std::span<const uint32_t> dims);

}  // namespace voizk

#endif  // VOIZK_NETWORK_MODEL_CONVERT_H_
