// Operations that exporters write as several: recognised and made one again.
#ifndef VOIZK_NETWORK_SPECIALISE_FUSE_H_
#define VOIZK_NETWORK_SPECIALISE_FUSE_H_

#include "network/specialise/graph_editor.h"

namespace voizk {

/// Node n as the last of an exploded LayerNormalization, RMSNormalization, Gelu, Silu or HardSwish,
/// or as the factor or summand behind such a norm.  True: it was replaced.
bool FuseNorm(GraphEditor& graph, size_t n);
bool FuseActivation(GraphEditor& graph, size_t n);
/// Node n as a Softmax of values of which a constant says which count: those that it replaces by,
/// or adds, -10^4 or less do not.  It becomes MaskedSoftmax.  True: it was replaced.
bool FuseMask(GraphEditor& graph, size_t n);

}  // namespace voizk

#endif  // VOIZK_NETWORK_SPECIALISE_FUSE_H_
