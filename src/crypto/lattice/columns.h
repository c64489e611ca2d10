// The public elements of lattice commitments (docs/protocol/lattice.md): uniform elements of
//   R = F[x]/(x^1024 + 1),
// which splits over F, so that an element is its 1024 values at the roots ("slots"), and products
// are taken slot by slot.  Expanded from a fixed string by ChaCha20, the same for everybody.
#ifndef VOIZK_CRYPTO_LATTICE_COLUMNS_H_
#define VOIZK_CRYPTO_LATTICE_COLUMNS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "algebra/field/koala_bear.h"
#include "algebra/poly/ntt.h"

namespace voizk {

inline constexpr int kLatticeLogDegree = 10;
inline constexpr size_t kLatticeDegree = size_t{1} << kLatticeLogDegree;

/// From the coefficients of an element of R to its slots: slot s is its value at
/// zeta_s = psi^(2 bitrev(s) + 1), psi = RootOfUnity(11).
const NttPlan& LatticeSlots();

/// Immutable; share it between threads.
class LatticeColumns {
 public:
  /// a_0 .. a_(count - 1): 4 kB and about 10 us each.
  explicit LatticeColumns(size_t count);

  /// Slots of a_first .. a_(first + count - 1), one element after the other.
  FpSpan Of(size_t first, size_t count) const {
    return FpSpan(columns_).subspan(first * kLatticeDegree, count * kLatticeDegree);
  }
  /// What the salt (u, v) is multiplied with: b, then 1.
  FpSpan Salt() const { return salt_; }
  size_t count() const { return columns_.size() / kLatticeDegree; }

 private:
  std::vector<Fp> columns_, salt_;
};

}  // namespace voizk

#endif  // VOIZK_CRYPTO_LATTICE_COLUMNS_H_
