// Secrets that the statement commits to (docs/protocol/lattice.md).
#ifndef VOIZK_RELATION_GADGETS_LATTICE_H_
#define VOIZK_RELATION_GADGETS_LATTICE_H_

#include <string>
#include <vector>

#include "relation/builder/builder.h"

namespace voizk::gadgets {

/// The statement's next lattice commitment is one to these tensors, each once and of 12 bits at
/// most, under a salt, which the prover is given as the input `name`: 2048 integers of -512 .. 511,
/// range-checked.  The salt.
TensorId CommitToTensors(Builder& b, std::string name, std::vector<TensorId> tensors);

}  // namespace voizk::gadgets

#endif  // VOIZK_RELATION_GADGETS_LATTICE_H_
