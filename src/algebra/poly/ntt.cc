#include "algebra/poly/ntt.h"

#include <algorithm>
#include <array>
#include <bit>

#include "algebra/field/ext.h"
#include "algebra/poly/ntt_kernels.h"
#include "base/check.h"

namespace voizk {

namespace {

static_assert(NttPlan::kTileRows == kNttLanes);

// Index of the top bit of kNttLanes: a single row is a tile of its 16-element groups until the
// last four levels, which act inside a group.
constexpr int kLogLanes = std::countr_zero(kNttLanes);

size_t ReverseBits(size_t i, int bits) {
  size_t reversed = 0;
  for (int k = 0; k < bits; ++k) reversed |= (i >> k & 1) << (bits - 1 - k);
  return reversed;
}

// Undoes NttFinishGroups for one group, without the factor 1/2 per level.
void UnfinishGroup(Fp* data, const Fp* inverse_twiddles, size_t size, size_t group) {
  for (size_t m = 2; m <= kNttLanes; m *= 2) {
    const size_t level_size = size / m;
    for (size_t block = 0; block < kNttLanes / m; ++block) {
      const Fp c = inverse_twiddles[level_size + group * (kNttLanes / m) + block];
      Fp* const u = data + block * m;
      for (size_t j = 0; j < m / 2; ++j) {
        const Fp low = u[j], high = u[m / 2 + j];
        u[j] = low + high;
        u[m / 2 + j] = c * (low - high);
      }
    }
  }
}

// Transforms of fewer than kNttLanes values.
void ForwardSmall(Fp* data, size_t n, const Fp* twiddles) {
  for (size_t m = n, blocks = 1; m > 1; m /= 2, blocks *= 2) {
    for (size_t b = 0; b < blocks; ++b) {
      for (size_t j = 0; j < m / 2; ++j) {
        Fp& u = data[b * m + j];
        Fp& v = data[b * m + m / 2 + j];
        const Fp low = u, high = twiddles[blocks + b] * v;
        u = low + high;
        v = low - high;
      }
    }
  }
}
void InverseSmall(Fp* data, size_t n, const Fp* inverse_twiddles) {
  for (size_t m = 2, blocks = n / 2; m <= n; m *= 2, blocks /= 2) {
    for (size_t b = 0; b < blocks; ++b) {
      for (size_t j = 0; j < m / 2; ++j) {
        Fp& u = data[b * m + j];
        Fp& v = data[b * m + m / 2 + j];
        const Fp low = u, high = v;
        u = low + high;
        v = inverse_twiddles[blocks + b] * (low - high);
      }
    }
  }
}

// All levels over 2^log_elements elements, of which the first `given` (at least 1) are not zero.
// While all of the upper half is zero, a level only copies: both halves become the lower one.
// finish(block, m, level, b) does the rest of block b of a level.
void ForwardElements(Fp* data, int log_elements, size_t given, const Fp* twiddles) {
  int level = 0;
  while (level < log_elements && given <= (size_t{1} << (log_elements - level)) / 2) ++level;
  const size_t m = size_t{1} << (log_elements - level);
  // From the last copy to the first, which is the source of them all.
  for (size_t b = size_t{1} << level; b-- > 0;) {
    Fp* const block = data + b * m * kNttLanes;
    if (b != 0) std::copy_n(data, given * kNttLanes, block);
    if (m == 1) continue;  // a constant
    NttPartialLevel(block, m, given - m / 2, twiddles[(size_t{1} << level) + b]);
    for (size_t half = 0; half < 2; ++half) {
      NttBlock(block + half * (m / 2) * kNttLanes, m / 2, twiddles, level + 1, 2 * b + half,
               log_elements);
    }
  }
}

// Of m elements, so many fewer above the half are few.
constexpr size_t kFew = 32;

// A block of a tile from the coefficients: down the tree of remainders to blocks that are the
// coefficients but for a few, their first levels from the coefficients into the block's columns,
// the rest in place, depth first.  Finish: wanted(m, b), does anybody want a column of block b of
// size m; in_place(data, m, level, b), the levels from `level` on.
template <typename Finish>
struct TileBlock {
  const Fp* twiddles;
  int log_size;
  const Fp* coefficients;
  size_t count;  // coefficients of each row, at least 1
  Fp shift_to_size;
  const Finish& finish;

  // The block is the polynomial modulo X^m - s.
  Fp Modulus(int level, size_t b) const {
    if (level == 0) return shift_to_size;
    const Fp c = twiddles[(size_t{1} << (level - 1)) + b / 2];
    return b % 2 == 0 ? c : -c;
  }

  void Run(int level, size_t b, Fp* out) const {
    const size_t m = size_t{1} << (log_size - level);
    if (!finish.wanted(m, b)) return;
    // Halves of which the upper coefficients are few are had sooner from the coefficients than
    // from the whole.
    if (m > 1 && count <= m / 2 + m / kFew) {
      Run(level + 1, 2 * b, out);
      Run(level + 1, 2 * b + 1, out + m / 2 * kNttLanes);
      return;
    }
    if (m >= 4 && count >= m && count <= m + m / 4) {
      const size_t index = (size_t{1} << level) + b;
      NttTwoLevels(coefficients, out, m,
                   {twiddles[index], twiddles[2 * index], twiddles[2 * index + 1]});
      if (count > m) NttAddUpper(coefficients, count, m, Modulus(level, b), out);
      for (size_t k = 0; k < 4; ++k) {
        finish.in_place(out + k * (m / 4) * kNttLanes, m / 4, level + 2, 4 * b + k);
      }
      return;
    }
    if (count > m) {
      NttRemainder(coefficients, count, m, Modulus(level, b), out);
    } else {
      std::copy_n(coefficients, count * kNttLanes, out);
      std::fill(out + count * kNttLanes, out + m * kNttLanes, Fp::kZero);
    }
    finish.in_place(out, m, level, b);
  }
};

// All columns, handed on part by part.
struct AllColumns {
  const Fp* twiddles;
  int log_size;
  const NttPlan::OnColumns& on_columns;

  bool wanted(size_t, size_t) const { return true; }
  void in_place(Fp* data, size_t m, int level, size_t b) const {
    if (m <= kPartSize) {
      NttBlock(data, m, twiddles, level, b, log_size);
      return on_columns(b * m, {data, m * kNttLanes});
    }
    const int last = std::min(level + 2, log_size);
    const size_t parts = size_t{1} << (last - level);
    NttBlock(data, m, twiddles, level, b, last);
    for (size_t k = 0; k < parts; ++k) {
      in_place(data + k * (m / parts) * kNttLanes, m / parts, last, parts * b + k);
    }
  }
  // 16 KiB and as much room for the states of their hashes: half of a first-level cache.
  static constexpr size_t kPartSize = NttPlan::kPartColumns;
};

// The columns at some positions.  Stops to look for them at the levels in `stops`, ascending.
struct ColumnsAt {
  const Fp* twiddles;
  int log_size;
  std::span<const uint32_t> positions;
  std::array<int, 2> stops;

  bool wanted(size_t m, size_t b) const {
    const auto first = std::lower_bound(positions.begin(), positions.end(), b * m);
    return first != positions.end() && *first < (b + 1) * m;
  }
  void in_place(Fp* data, size_t m, int level, size_t b) const {
    if (!wanted(m, b)) return;
    int last = log_size;
    for (const int stop : {stops[1], stops[0]}) {
      if (level < stop && stop < last) last = stop;
    }
    NttBlock(data, m, twiddles, level, b, last);
    if (last == log_size) return;
    const size_t parts = size_t{1} << (last - level), size = m / parts;
    for (size_t i = 0; i < parts; ++i) {
      in_place(data + i * size * kNttLanes, size, last, b * parts + i);
    }
  }
};

}  // namespace

NttPlan::NttPlan(int log_size, Fp shift, Use use)
    : log_size_(log_size),
      shift_(shift),
      shift_to_size_(shift.Pow(size())),
      twiddles_(size()),
      inverse_twiddles_(use == Use::kForward ? 0 : size()) {
  CheckInvariant(0 <= log_size && log_size <= kMaxLogSize && !shift.IsZero(),
                 "size or shift of a transform");
  std::array<Fp, kMaxLogSize + 2> roots;  // of order 2^i
  for (size_t i = roots.size(); i-- > 0;) {
    roots[i] = i + 1 == roots.size() ? Fp::RootOfUnity(static_cast<int>(i)) : roots[i + 1].Square();
  }
  for (int level = 0; level < log_size; ++level) {
    Fp* const c = &twiddles_[size_t{1} << level];
    c[0] = shift.Pow(size() >> (level + 1));
    // bitrev_l(b + 2^i) = bitrev_l(b) + 2^(l-1-i): every bit of b doubles the filled prefix.
    for (int i = 0; i < level; ++i) {
      const Fp root =
          roots[static_cast<size_t>(i) + 2];  // order-2^(l+1) root to the power 2^(l-1-i)
      for (size_t b = 0; b < size_t{1} << i; ++b) c[(size_t{1} << i) + b] = c[b] * root;
    }
  }
  if (size() > 1 && use == Use::kBothWays) {
    std::copy(twiddles_.begin() + 1, twiddles_.end(), inverse_twiddles_.begin() + 1);
    BatchInvert(std::span(inverse_twiddles_).subspan(1));
  }
}

Fp NttPlan::DomainPoint(int log_size, Fp shift, size_t i) {
  return shift * Fp::RootOfUnity(log_size).Pow(ReverseBits(i, log_size));
}

void NttPlan::Forward(std::span<const Fp> coefficients, std::span<Fp> out) const {
  CheckInvariant(coefficients.size() <= size() && out.size() == size(), "lengths of a transform");
  std::copy(coefficients.begin(), coefficients.end(), out.begin());
  std::fill(out.begin() + static_cast<long>(coefficients.size()), out.end(), Fp::kZero);
  if (size() < kNttLanes) return ForwardSmall(out.data(), size(), twiddles_.data());
  // Groups of 16 consecutive values as elements, down to blocks of one element.
  const int log_elements = log_size_ - kLogLanes;
  const size_t given = std::max<size_t>(1, (coefficients.size() + kNttLanes - 1) / kNttLanes);
  ForwardElements(out.data(), log_elements, given, twiddles_.data());
  NttFinishGroups(out.data(), size() / kNttLanes, twiddles_.data());
}

size_t NttPlan::TileRoom(size_t count) {
  const size_t whole = std::bit_ceil(std::max(count, kTileRows));
  return count <= whole / 2 + whole / kFew ? (count + kTileRows - 1) / kTileRows * kTileRows
                                           : whole;
}

template <typename Finish>
void NttPlan::TileBlockWith(const Finish& finish, std::span<const Fp> coefficients, int level,
                            size_t b, std::span<Fp> columns) const {
  static constexpr std::array<Fp, kTileRows> kZeros{};
  if (coefficients.empty()) coefficients = kZeros;
  CheckInvariant(0 <= level && level <= log_size_ && b < size_t{1} << level &&
                     coefficients.size() <= size() * kTileRows &&
                     coefficients.size() % kTileRows == 0 &&
                     columns.size() == (size() >> level) * kTileRows,
                 "lengths of a transform");
  const TileBlock<Finish> block{twiddles_.data(),    log_size_,
                                coefficients.data(), coefficients.size() / kTileRows,
                                shift_to_size_,      finish};
  block.Run(level, b, columns.data());
}

void NttPlan::ForwardTileBlock(std::span<const Fp> coefficients, int level, size_t b,
                               std::span<Fp> columns, const OnColumns& on_columns) const {
  TileBlockWith(AllColumns{twiddles_.data(), log_size_, on_columns}, coefficients, level, b,
                columns);
}

void NttPlan::ForwardTileBlockAt(std::span<const Fp> coefficients, int level, size_t b,
                                 std::span<const uint32_t> positions, std::span<Fp> columns) const {
  // Most blocks have a position up to about one block per position; three levels on one of eight.
  const auto crowded = static_cast<int>(std::bit_width(positions.size()));
  TileBlockWith(ColumnsAt{twiddles_.data(), log_size_, positions, {crowded, crowded + 3}},
                coefficients, level, b, columns);
}

void NttPlan::Inverse(std::span<Fp> values) const {
  CheckInvariant(values.size() == size(), "lengths of a transform");
  CheckInvariant(inverse_twiddles_.size() == size(), "a plan for one way");
  if (size() < kNttLanes) {
    InverseSmall(values.data(), size(), inverse_twiddles_.data());
  } else {
    for (size_t g = 0; g < size() / kNttLanes; ++g) {
      UnfinishGroup(values.data() + g * kNttLanes, inverse_twiddles_.data(), size(), g);
    }
    const int log_elements = log_size_ - kLogLanes;
    InverseNttBlock(values.data(), size() / kNttLanes, inverse_twiddles_.data(), 0, 0,
                    log_elements);
  }
  const Fp scale = Fp::FromU64(size()).Inverse();
  for (Fp& v : values) v *= scale;
}

void InterleaveRows(const std::array<const Fp*, NttPlan::kTileRows>& rows, Fp scale, Fp* tile) {
  NttInterleave(rows.data(), scale, tile);
}

}  // namespace voizk
