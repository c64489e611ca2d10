// A network as a picture: one box per node, below the nodes that it reads.
#ifndef VOIZK_CLI_DRAW_NETWORK_H_
#define VOIZK_CLI_DRAW_NETWORK_H_

#include <string>

#include "voizk/model.h"

namespace voizk::cli {

/// An SVG.  A box tells operation, name, shape, bits of the values, cells and lookups; names are
/// escaped, whatever is in them.  A line that passes layers over runs beside them.
std::string DrawNetworkSvg(const Model& model);

}  // namespace voizk::cli

#endif  // VOIZK_CLI_DRAW_NETWORK_H_
