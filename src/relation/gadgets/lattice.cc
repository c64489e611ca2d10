#include "relation/gadgets/lattice.h"

#include <utility>

#include "relation/core/structure.h"
#include "relation/gadgets/commit.h"

namespace voizk::gadgets {

TensorId CommitToTensors(Builder& b, std::string name, std::vector<TensorId> tensors) {
  const TensorId salt =
      Input(b, std::move(name), MakeShape({2, kLatticeLength}), -kLatticeSalt, kLatticeSalt - 1);
  b.AddLatticeCommitment({std::move(tensors), salt});
  return salt;
}

}  // namespace voizk::gadgets
