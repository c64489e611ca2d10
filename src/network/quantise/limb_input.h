// A layer's input in two limbs, where 16 bits are too few: power spectra of speech.
#ifndef VOIZK_NETWORK_QUANTISE_LIMB_INPUT_H_
#define VOIZK_NETWORK_QUANTISE_LIMB_INPUT_H_

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "network/quantise/lowering.h"

namespace voizk {

/// An input that is not rounded at all: real = factor * (low.step * low + high.step * high) by
/// channel, low >= 0.  The high limb is clamped to twice what was seen of the channel; beyond, the
/// low one goes on from 0 to its end again and again.
struct LimbInput {
  Quantity low, high;
  std::vector<double> factor;  // by channel
};

/// The input of a layer, its dims these axes, where it is a sum of one reader that a tensor of 16
/// bits does not hold well: quiet samples need more (ChooseBits), or the largest value is more than
/// 256 times the mean magnitude, so that what is usual would have less than 8 bits.  Else nothing.
Result<std::optional<LimbInput>> LimbsOf(FloatValueId id, std::span<const int> axes,
                                         Lowering& lowering);

/// The same of a tensor that must not be rounded, in two limbs of half its bits, where `layer`'s
/// weights would be integers of less than 14 bits beside the whole of it.
Result<std::optional<LimbInput>> LimbsOfTensor(FloatValueId id, std::span<const int> axes,
                                               const LinearLayer& layer, Lowering& lowering);

/// The layer of both limbs, whose result is `out`: that of the low one is rounded to a small part
/// of out's step and carried into the other's sum, so that neither leaves the field.
Result<Linear> LayerOfLimbs(const LimbInput& input, LinearLayer layer, Linear linear,
                            FloatValueId out, std::string_view name, Lowering& lowering);

}  // namespace voizk

#endif  // VOIZK_NETWORK_QUANTISE_LIMB_INPUT_H_
