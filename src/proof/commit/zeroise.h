// Overwriting vectors over K that hold secrets (base/secure.h does it for plain vectors).
#ifndef VOIZK_PROOF_COMMIT_ZEROISE_H_
#define VOIZK_PROOF_COMMIT_ZEROISE_H_

#include <span>

#include "algebra/field/ext_array.h"
#include "base/secure.h"

namespace voizk {

template <int D>
void Zeroise(ExtVec<D>& xs) {
  for (int l = 0; l < D && xs.size() != 0; ++l) Zeroise(std::span<Fp>(xs.limb(l), xs.size()));
}

}  // namespace voizk

#endif  // VOIZK_PROOF_COMMIT_ZEROISE_H_
