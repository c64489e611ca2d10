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

// Two levels of a block of m elements (m a multiple of 4), from `in` to `out`, which may be the
// same place: constant c of the first, c0 and c1 of the second.
struct NttPair {
  Fp c, c0, c1;
};
void NttTwoLevels(const Fp* in, Fp* out, size_t m, const NttPair& pair);

// The remainder modulo X^m - s of `count` >= m elements: out_i = sum_k s^k in_(i + k m), i < m.
void NttRemainder(const Fp* in, size_t count, size_t m, Fp s, Fp* out);

// What the elements above m add to the two levels of their remainder modulo X^m - s, for
// m < count <= m + m/4: s in_(m + i) at i of each quarter of `out`.
void NttAddUpper(const Fp* in, size_t count, size_t m, Fp s, Fp* out);

// One level of a block of m elements whose upper half holds only `nonzero` elements, the rest
// being zero whatever is stored there: u, v -> u + c v, u - c v.
void NttPartialLevel(Fp* data, size_t m, size_t nonzero, Fp c);

// The last four levels of a single row of `groups` groups of kNttLanes values, `groups` a power of
// two: they act inside the groups.
void NttFinishGroups(Fp* data, size_t groups, const Fp* twiddles);

// Levels of one block undone, deepest first, without the factor 1/2 per level.
void InverseNttBlock(Fp* data, size_t m, const Fp* inverse_twiddles, int level, size_t b,
                     int last_level);

// out[16 i + r] = scale rows[r][i] for i, r < 16.
void NttInterleave(const Fp* const* rows, Fp scale, Fp* out);

namespace plain {

void NttTwoLevels(const Fp* in, Fp* out, size_t m, const NttPair& pair);
void NttRemainder(const Fp* in, size_t count, size_t m, Fp s, Fp* out);
void NttAddUpper(const Fp* in, size_t count, size_t m, Fp s, Fp* out);
void NttInterleave(const Fp* const* rows, Fp scale, Fp* out);
void NttBlock(Fp* data, size_t m, const Fp* twiddles, int level, size_t b, int last_level);
void NttPartialLevel(Fp* data, size_t m, size_t nonzero, Fp c);
void NttFinishGroups(Fp* data, size_t groups, const Fp* twiddles);
void InverseNttBlock(Fp* data, size_t m, const Fp* inverse_twiddles, int level, size_t b,
                     int last_level);

}  // namespace plain
}  // namespace voizk

#endif  // VOIZK_ALGEBRA_POLY_NTT_KERNELS_H_
