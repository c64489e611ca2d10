#include "proof/commit/response_claims.h"

#include <algorithm>

#include "algebra/field/kernels.h"
#include "algebra/poly/eq.h"
#include "base/check.h"

namespace voizk {
namespace {

// 1, x, x^2, .., a power of two of them and at least 8: what is there, times its length's power, is
// as much again.
void FillPowers(Fp x, std::span<Fp> powers) {
  powers[0] = Fp::kOne;
  size_t filled = 1;
  for (; filled < 8; ++filled) powers[filled] = powers[filled - 1] * x;
  for (; filled < powers.size(); filled *= 2) {
    MulScalarVec(powers.first(filled), powers[filled - 1] * x, powers.subspan(filled, filled));
  }
}

}  // namespace

template <int D>
ResponseClaims<D>::ResponseClaims(const CommitParams& params, ExtConstSpan<D> b,
                                  std::span<const uint32_t> positions, const K& zeta)
    : params_(params), b_(b) {
  CheckInvariant(b.size() == params.message() && positions.size() == params.queries,
                 "shape of the responses");
  starts_[0] = 0;
  starts_[1] = starts_[0] + params.dimension();
  starts_[2] = starts_[1] + params.pad_dimension();
  starts_[3] = starts_[2] + params.linear_dimension();
  starts_[4] = starts_[3] + params.quotient_size();
  CheckInvariant(starts_[kParts] == params.response_size(), "length of the responses");

  const size_t width = params.response_width();
  static_assert(CommitParams::ResponseLogW(1) > CommitParams::kLogPadWidth, "X^256 is a power");
  std::vector<Fp> back;
  for (const uint32_t position : positions) {
    std::vector<Fp>& powers = powers_.emplace_back(width, Fp::kOne);
    FillPowers(RowCode::PointOf(params.log_n, position), powers);
    for (size_t part = 0; part < kParts; ++part) back.push_back(powers[starts_[part] % width]);
  }
  BatchInvert(std::span(back));
  for (size_t k = 0; k < positions.size(); ++k) {
    std::copy_n(back.begin() + static_cast<ptrdiff_t>(kParts * k), kParts,
                back_.emplace_back().begin());
  }
  zetas_.push_back(K::kOne);
  while (zetas_.size() < kParts * positions.size() + 2) zetas_.push_back(zetas_.back() * zeta);
  AddPieces();
}

template <int D>
void ResponseClaims<D>::AddPieces() {
  const size_t width = params_.response_width();
  for (size_t row = 0; row < params_.response_rows(); ++row) {
    const size_t from = row * width;
    for (size_t part = 0; part < kParts; ++part) {
      const size_t begin = std::max(from, starts_[part]);
      const size_t end = std::min(from + width, starts_[part + 1]);
      if (begin < end) pieces_.push_back({part, row, begin - from, end - from});
    }
  }
}

template <int D>
Ext<D> ResponseClaims<D>::Total(const K& combined, const K& sum,
                                std::span<const ResponsesAtColumn<D>> columns) const {
  CheckInvariant(columns.size() == powers_.size(), "not as many columns as positions");
  K total = zetas_[0] * combined + zetas_[1] * sum;
  for (size_t k = 0; k < columns.size(); ++k) {
    const K* weight = &zetas_[2 + kParts * k];
    total += weight[0] * columns[k].u + weight[1] * columns[k].y0 + weight[2] * columns[k].y1 +
             weight[3] * columns[k].y2;
  }
  return total;
}

template <int D>
std::vector<Ext<D>> ResponseClaims<D>::Scales(const Piece& piece) const {
  // The part's exponent at column j is row W' + j - start: rows since the part's first one, less
  // where it starts there.
  const size_t width = params_.response_width();
  const size_t rows = piece.row - starts_[piece.part] / width;
  std::vector<K> scales(powers_.size());
  for (size_t k = 0; k < scales.size(); ++k) {
    const Fp row_step = powers_[k].back() * powers_[k][1];  // X^W'
    Fp shift = back_[k][piece.part] * row_step.Pow(rows);
    if (piece.part == 3) shift *= powers_[k][CommitParams::kPadWidth] - Fp::kOne;
    scales[k] = zetas_[2 + kParts * k + piece.part] * shift;
  }
  return scales;
}

template <int D>
void ResponseClaims<D>::AddPowers(size_t begin, std::span<const K> scales, ExtSpan<D> y) const {
  std::vector<FpSpan> rows;
  rows.reserve(powers_.size());
  for (const std::vector<Fp>& powers : powers_) {
    rows.push_back(FpSpan(powers).subspan(begin, y.size()));
  }
  AxpyRows<D>(scales, rows, y);
}

template <int D>
void ResponseClaims<D>::AddFirstClaims(size_t row, const K& scale, ExtSpan<D> y) const {
  const size_t width = params_.response_width(), from = row * width;
  if (from < b_.size()) {
    const size_t count = std::min(width, b_.size() - from);
    Axpy<D>(scale * zetas_[0], b_.subspan(from, count), y.first(count));
  }
  const K weight = scale * zetas_[1] * Fp::FromU32(CommitParams::kPadWidth);
  for (size_t a = starts_[2]; a < starts_[3]; a += CommitParams::kPadWidth) {
    if (a / width == row) y.set(a % width, y.get(a % width) + weight);
  }
}

template <int D>
ExtVec<D> ResponseClaims<D>::Coefficients(ThreadPool* pool) const {
  const size_t width = params_.response_width();
  ExtVec<D> c(width << params_.response_rounds());
  std::vector<std::vector<K>> scales(pieces_.size());
  pool->ParallelFor(pieces_.size(), 1, [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) scales[i] = Scales(pieces_[i]);
  });
  for (size_t row = 0; row < params_.response_rows(); ++row) {
    AddFirstClaims(row, K::kOne, c.subspan(row * width, width));
  }
  // Some columns of all rows at a time: their powers stay in the cache.
  constexpr size_t kColumns = 64;
  pool->ParallelFor(width, kColumns, [&](size_t first, size_t last) {
    for (size_t from = first; from < last; from += kColumns) {
      for (size_t i = 0; i < pieces_.size(); ++i) {
        const size_t begin = std::max(pieces_[i].begin, from);
        const size_t end = std::min(pieces_[i].end, from + kColumns);
        if (begin >= end) continue;
        AddPowers(begin, scales[i], c.subspan(pieces_[i].row * width + begin, end - begin));
      }
    }
  });
  return c;
}

template <int D>
ExtVec<D> ResponseClaims<D>::FoldedCoefficients(std::span<const K> r) const {
  CheckInvariant(r.size() == static_cast<size_t>(params_.response_rounds()), "point of the fold");
  const std::vector<K> weights = EqTable<D>(r).ToVector();
  ExtVec<D> c(params_.response_width());
  for (size_t row = 0; row < params_.response_rows(); ++row) {
    AddFirstClaims(row, weights[row], c.span());
  }
  // Pieces over the same columns, such as those of whole rows, are one.
  std::vector<bool> done(pieces_.size());
  for (size_t i = 0; i < pieces_.size(); ++i) {
    if (done[i]) continue;
    std::vector<K> scales(powers_.size());
    for (size_t other = i; other < pieces_.size(); ++other) {
      const Piece& piece = pieces_[other];
      if (piece.begin != pieces_[i].begin || piece.end != pieces_[i].end) continue;
      done[other] = true;
      const std::vector<K> own = Scales(piece);
      for (size_t k = 0; k < scales.size(); ++k) scales[k] += weights[piece.row] * own[k];
    }
    AddPowers(pieces_[i].begin, scales,
              c.subspan(pieces_[i].begin, pieces_[i].end - pieces_[i].begin));
  }
  return c;
}

template class ResponseClaims<4>;
template class ResponseClaims<5>;

}  // namespace voizk
