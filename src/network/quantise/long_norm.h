// Normalisation over rows so long that their squares do not fit one sum: a waveform's samples.
#ifndef VOIZK_NETWORK_QUANTISE_LONG_NORM_H_
#define VOIZK_NETWORK_QUANTISE_LONG_NORM_H_

#include <span>

#include "network/quantise/lowering.h"

namespace voizk {

/// The node's first input less its mean over all axes in `order` but the last (its channels), over
/// the root of its variance plus epsilon; with the dims of the axes in `order`.  Per value two
/// roundings and two products, per channel a root and a table.
Result<Linear> NormaliseLongRows(const FloatNode& node, double epsilon, std::span<const int> order,
                                 Lowering& lowering);

/// Mean and deviation of a signal of one channel, [1][1] each.
Status RowMoments(const FloatNode& node, Lowering& lowering);

}  // namespace voizk

#endif  // VOIZK_NETWORK_QUANTISE_LONG_NORM_H_
