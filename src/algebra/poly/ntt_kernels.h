// Butterflies of poly/ntt.h over arrays of "elements" of `lanes` field elements each (16 in a tile,
// and 16 consecutive values of a single row): all lanes of an element share the twiddles.
// Private to src/algebra/poly; the plain namespace holds the reference versions.
#ifndef VOIZK_ALGEBRA_POLY_NTT_KERNELS_H_
#define VOIZK_ALGEBRA_POLY_NTT_KERNELS_H_

#include <cstddef>

#include "algebra/field/koala_bear.h"

namespace voizk {

inline constexpr size_t kNttLanes = 16;

// Levels [level, last_level) for block b of `level`: a block of m elements at `data`, with the
// constants of every level l at twiddles[2^l + block].  Depth first, so that a subblock stays in
// cache until it is finished.
void NttBlock(Fp* data, size_t m, const Fp* twiddles, int level, size_t b, int last_level);

// One level of a block of m elements whose upper half holds only `nonzero` elements, the rest
// being zero whatever is stored there: u, v -> u + c v, u - c v.
void NttPartialLevel(Fp* data, size_t m, size_t nonzero, Fp c);

// The last four levels of a single row of `groups` groups of kNttLanes values, `groups` a power of
// two: they act inside the groups.
void NttFinishGroups(Fp* data, size_t groups, const Fp* twiddles);

// Levels of one block undone, deepest first, without the factor 1/2 per level.
void InverseNttBlock(Fp* data, size_t m, const Fp* inverse_twiddles, int level, size_t b,
                     int last_level);

namespace plain {

void NttBlock(Fp* data, size_t m, const Fp* twiddles, int level, size_t b, int last_level);
void NttPartialLevel(Fp* data, size_t m, size_t nonzero, Fp c);
void NttFinishGroups(Fp* data, size_t groups, const Fp* twiddles);
void InverseNttBlock(Fp* data, size_t m, const Fp* inverse_twiddles, int level, size_t b,
                     int last_level);

}  // namespace plain
}  // namespace voizk

#endif  // VOIZK_ALGEBRA_POLY_NTT_KERNELS_H_
