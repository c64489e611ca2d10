// Convolutions of values that were joined, added, repeated or reflected: one convolution of each
// part, and their sum.  What a convolution reads must lie in the relation as a tensor, so a joined
// or padded value would be laid out once more; a sum of accumulators costs nothing.
#ifndef VOIZK_NETWORK_SPECIALISE_SPLIT_CONV_H_
#define VOIZK_NETWORK_SPECIALISE_SPLIT_CONV_H_

#include "network/float_graph/graph.h"

namespace voizk {

/// `graph` flat, with all dims known.  Of a Conv by constant weights, its input being
///   Concat over channels            a Conv of each part by its share of the weights (one group)
///   Split, Slice over channels      a Conv of the whole by weights that are zero for the rest
///   Add of two rounded values       a Conv of each by the same weights, to save its rounding
///   Expand over space, kernel of 1  a Conv before the repetition
///   Pad by zeros                    a Conv that pads
///   Pad by reflection               a Conv that pads zeros, and one of each border (stride 1, one
///                                   spatial axis)
/// and so on for their inputs.  Nodes that nobody reads any more are dropped.
FloatGraph SplitConvolutions(FloatGraph graph);

}  // namespace voizk

#endif  // VOIZK_NETWORK_SPECIALISE_SPLIT_CONV_H_
