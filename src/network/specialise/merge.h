// Constant factors and summands that become part of a neighbouring convolution or product.
#ifndef VOIZK_NETWORK_SPECIALISE_MERGE_H_
#define VOIZK_NETWORK_SPECIALISE_MERGE_H_

#include "network/specialise/graph_editor.h"

namespace voizk {

/// Node n, a BatchNormalization, as an Affine.
bool LowerBatchNormalization(GraphEditor& graph, size_t n);
/// Node n, an affine function of what another affine function gives, as one.
bool MergeAffines(GraphEditor& graph, size_t n);
/// Node n, an affine function per output channel of a Conv, ConvTranspose, Gemm or MatMul by
/// constant weights that nobody else reads, goes into those weights.
bool MergeAffineBackwards(GraphEditor& graph, size_t n);
/// Node n, a Conv by constant weights, takes in an affine function per input channel before it:
/// factors always, summands where the Conv pads nothing (a padded 0 stays 0).
bool MergeAffineForwards(GraphEditor& graph, size_t n);

}  // namespace voizk

#endif  // VOIZK_NETWORK_SPECIALISE_MERGE_H_
