// The butterflies as plain loops, one level at a time.
#include "algebra/poly/ntt_kernels.h"

namespace voizk::plain {

void NttBlock(Fp* data, size_t m, const Fp* twiddles, int level, size_t b, int last_level) {
  for (size_t first = b, blocks = 1; level < last_level; ++level, first *= 2, blocks *= 2, m /= 2) {
    for (size_t k = 0; k < blocks; ++k) {
      const Fp c = twiddles[(size_t{1} << level) + first + k];
      plain::NttPartialLevel(data + k * m * kNttLanes, m, m / 2, c);
    }
  }
}

void NttTwoLevels(const Fp* in, Fp* out, size_t m, const NttPair& pair) {
  const size_t quarter = m / 4 * kNttLanes;
  for (size_t j = 0; j < quarter; ++j) {
    const Fp cx2 = pair.c * in[2 * quarter + j], cx3 = pair.c * in[3 * quarter + j];
    const Fp low = in[j] + cx2, high = in[j] - cx2;
    const Fp low1 = pair.c0 * (in[quarter + j] + cx3), high1 = pair.c1 * (in[quarter + j] - cx3);
    out[j] = low + low1;
    out[quarter + j] = low - low1;
    out[2 * quarter + j] = high + high1;
    out[3 * quarter + j] = high - high1;
  }
}

void NttRemainder(const Fp* in, size_t count, size_t m, Fp s, Fp* out) {
  for (size_t j = 0; j < m * kNttLanes; ++j) {
    Fp power = s;
    out[j] = in[j];
    for (size_t k = j + m * kNttLanes; k < count * kNttLanes; k += m * kNttLanes, power *= s) {
      out[j] += power * in[k];
    }
  }
}

void NttAddUpper(const Fp* in, size_t count, size_t m, Fp s, Fp* out) {
  const size_t quarter = m / 4 * kNttLanes;
  for (size_t j = 0; j < (count - m) * kNttLanes; ++j) {
    const Fp upper = s * in[m * kNttLanes + j];
    for (size_t q = 0; q < 4; ++q) out[q * quarter + j] += upper;
  }
}

void NttInterleave(const Fp* const* rows, Fp scale, Fp* out) {
  for (size_t r = 0; r < kNttLanes; ++r) {
    for (size_t i = 0; i < kNttLanes; ++i) out[i * kNttLanes + r] = scale * rows[r][i];
  }
}

void NttPartialLevel(Fp* data, size_t m, size_t nonzero, Fp c) {
  const size_t half = m / 2 * kNttLanes;
  for (size_t j = 0; j < half; ++j) {
    const Fp u = data[j], cv = j < nonzero * kNttLanes ? c * data[half + j] : Fp::kZero;
    data[j] = u + cv;
    data[half + j] = u - cv;
  }
}

void NttFinishGroups(Fp* data, size_t groups, const Fp* twiddles) {
  // Blocks of m values at twiddles[blocks + b].
  size_t blocks = groups;
  for (size_t m = kNttLanes; m > 1; m /= 2, blocks *= 2) {
    for (size_t b = 0; b < blocks; ++b) {
      const Fp c = twiddles[blocks + b];
      Fp* const u = data + b * m;
      for (size_t j = 0; j < m / 2; ++j) {
        const Fp low = u[j], high = c * u[m / 2 + j];
        u[j] = low + high;
        u[m / 2 + j] = low - high;
      }
    }
  }
}

void InverseNttBlock(Fp* data, size_t m, const Fp* inverse_twiddles, int level, size_t b,
                     int last_level) {
  for (int l = last_level - 1; l >= level; --l) {
    const size_t blocks = size_t{1} << (l - level), size = m / blocks;
    for (size_t k = 0; k < blocks; ++k) {
      const Fp c = inverse_twiddles[(size_t{1} << l) + b * blocks + k];
      Fp* const block = data + k * size * kNttLanes;
      const size_t half = size / 2 * kNttLanes;
      for (size_t j = 0; j < half; ++j) {
        const Fp u = block[j], v = block[half + j];
        block[j] = u + v;
        block[half + j] = c * (u - v);
      }
    }
  }
}

}  // namespace voizk::plain
