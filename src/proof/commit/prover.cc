#include "proof/commit/prover.h"

#include <algorithm>

#include "algebra/field/kernels.h"
#include "algebra/poly/eq.h"
#include "base/check.h"
#include "proof/commit/challenges.h"
#include "proof/commit/column_hash.h"
#include "proof/commit/public_writer.h"
#include "proof/commit/zeroise.h"

namespace voizk {
namespace {

constexpr size_t kTileRows = RowCode::kTileRows;

}  // namespace

template <int D>
CommitProver<D>::CommitProver(const CommitParams& params, const PadPlan& plan, SecureRng* rng,
                              ThreadPool* pool)
    : params_(params), plan_(plan), rng_(rng), pool_(pool), code_(params.log_n) {
  CheckInvariant(CheckParams(params).ok() && params.degree == D, "commitment parameters");
}

template <int D>
CommitProver<D>::~CommitProver() {
  Zeroise(g_);
}

template <int D>
Digest CommitProver<D>::Commit(std::span<const Fp> cells) {
  CheckInvariant(tree_ == nullptr, "a prover commits once");
  CheckInvariant(cells.size() == params_.cells, "not as many cells as the parameters say");
  cells_ = cells;
  salts_.resize(size_t{params_.length()} * kSaltBytes);
  rng_->Fill(std::span<uint8_t>(salts_));
  randomisers_.resize(size_t{params_.rows} * params_.queries);
  rng_->Fill(std::span<Fp>(randomisers_));
  g_ = ExtVec<D>::Uninitialized(params_.dimension());
  for (int l = 0; l < D; ++l) rng_->Fill(std::span<Fp>(g_.limb(l), g_.size()));
  tableau_ = std::make_unique<PadTableau<D>>(params_, plan_, rng_);

  const auto tail = cells.subspan(size_t{params_.rows - 1} * params_.message());
  last_row_.assign(params_.message(), Fp::kZero);
  std::copy(tail.begin(), tail.end(), last_row_.begin());
  tree_ = std::make_unique<MerkleTree>(EncodeAndHash(), *pool_);
  return tree_->root();
}

// The coefficients of row `row` of the leaves.
template <int D>
RowCoefficients CommitProver<D>::Row(size_t row) const {
  const size_t w = params_.message(), t = params_.queries;
  if (row < params_.rows) {
    const std::span<const Fp> last(last_row_), random(randomisers_);
    return {row + 1 == params_.rows ? last : cells_.subspan(row * w, w),
            random.subspan(row * t, t)};
  }
  const size_t word = (row - params_.rows) / D;
  const int limb = static_cast<int>((row - params_.rows) % D);
  const ExtVec<D>& f = word == 0 ? g_ : tableau_->words()[word - 1];
  return {{f.limb(limb), f.size()}, {}};
}

// Encodes the rows from first_row on, up to a tile; returns how many.
template <int D>
size_t CommitProver<D>::EncodeTile(size_t first_row, std::span<uint32_t> words) const {
  std::vector<RowCoefficients> rows;
  const size_t end = std::min<size_t>(params_.base_rows(), first_row + kTileRows);
  for (size_t row = first_row; row < end; ++row) rows.push_back(Row(row));
  code_.EncodeTile(rows, words);
  return rows.size();
}

template <int D>
std::vector<Digest> CommitProver<D>::EncodeAndHash() {
  const size_t tile_size = kTileRows * params_.length();
  const size_t tiles = (params_.base_rows() + kTileRows - 1) / kTileRows;
  ColumnHasher hasher(params_.length(), salts_, pool_);
  // As many tiles at a time as there are threads.
  const size_t batch = std::min(tiles, pool_->threads());
  SecureVector<uint32_t> words(batch * tile_size);
  for (size_t begin = 0; begin < tiles; begin += batch) {
    const size_t count = std::min(batch, tiles - begin);
    const auto tile = [&](size_t k) { return std::span(words).subspan(k * tile_size, tile_size); };
    pool_->ParallelFor(count, 1, [&](size_t first, size_t last) {
      for (size_t k = first; k < last; ++k) EncodeTile((begin + k) * kTileRows, tile(k));
    });
    for (size_t k = 0; k < count; ++k) {
      const size_t first_row = (begin + k) * kTileRows;
      hasher.Absorb(tile(k), std::min(kTileRows, params_.base_rows() - first_row));
    }
  }
  return hasher.Finish();
}

// U = sum_i eq(z_row, i) M_i, W + t coefficients.
template <int D>
ExtVec<D> CommitProver<D>::CombineRows(std::span<const K> z_row) const {
  const size_t w = params_.message(), t = params_.queries, rows = params_.rows;
  std::vector<K> weights = EqTable<D>(z_row).ToVector();
  weights.resize(rows);
  ExtVec<D> combined(w + t);
  const auto add = [&](bool messages, size_t begin, size_t count) {
    std::vector<FpSpan> parts(rows);
    for (size_t i = 0; i < rows; ++i) {
      const RowCoefficients row = Row(i);
      parts[i] = (messages ? row.head : row.tail).subspan(begin, count);
    }
    AxpyRows<D>(weights, parts, combined.subspan(messages ? begin : w + begin, count));
  };
  constexpr size_t kGrain = 1024;
  pool_->ParallelFor(w, kGrain, [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; i += kGrain) add(true, i, std::min(kGrain, end - i));
  });
  add(false, 0, t);
  return combined;
}

// Per position: the salt, then one word of every row.  Rows are encoded again.
template <int D>
std::vector<uint8_t> CommitProver<D>::OpenColumns(std::span<const uint32_t> positions) const {
  const size_t column_bytes = params_.column_bytes();
  std::vector<uint8_t> bytes(positions.size() * column_bytes);
  for (size_t k = 0; k < positions.size(); ++k) {
    std::copy_n(salts_.begin() + static_cast<ptrdiff_t>(positions[k] * kSaltBytes), kSaltBytes,
                bytes.begin() + static_cast<ptrdiff_t>(k * column_bytes));
  }
  const size_t tiles = (params_.base_rows() + kTileRows - 1) / kTileRows;
  pool_->ParallelFor(tiles, 1, [&](size_t begin, size_t end) {
    SecureVector<uint32_t> words(kTileRows * params_.length());
    for (size_t first_row = begin * kTileRows; first_row < end * kTileRows;
         first_row += kTileRows) {
      const size_t rows = EncodeTile(first_row, words);
      for (size_t k = 0; k < positions.size(); ++k) {
        uint8_t* out = bytes.data() + k * column_bytes + kSaltBytes + 4 * first_row;
        const uint32_t* line = words.data() + kTileRows * positions[k];
        for (size_t r = 0; r < rows; ++r) StoreU32(line[r], out + 4 * r);
      }
    }
  });
  return bytes;
}

template <int D>
bool CommitProver<D>::Open(std::span<const K> z, const K& e_at_z, const AffineForm<D>& claim,
                           ProverChannel<D>* channel, Transcript* transcript, ByteWriter* proof) {
  CheckInvariant(tree_ != nullptr && !opened_, "a commitment is opened once");
  CheckInvariant(z.size() == static_cast<size_t>(params_.cells_bits), "opening point's length");
  opened_ = true;
  const auto log_w = static_cast<size_t>(params_.log_w);
  ExtVec<D> combined = CombineRows(z.first(z.size() - log_w));
  const ExtVec<D> b = EqTable<D>(z.last(log_w));
  const auto message = [&](const ExtVec<D>& f) {
    return InnerProduct<D>(b.span(), f.subspan(0, b.size()));
  };
  ConstraintSystem<D>& constraints = channel->constraints();
  PublicWriter clear(transcript, proof);

  // P -> V [v], v = w(z)
  const Masked<D> v = channel->Send("v", message(combined));
  constraints.RequireZero(claim - e_at_z * v.form);
  // P -> V [mu]
  const Masked<D> mu = channel->Send("mu", message(g_));
  // V -> P
  const K gamma = channel->Challenge("gamma");
  // P -> V u' = g + gamma U
  ExtVec<D> response = g_.Clone();
  Axpy<D>(gamma, combined.span(), response.span());
  Zeroise(combined);
  clear.SendElements<D>("u", response.span());
  constraints.RequireZero(AffineForm<D>::Constant(message(response)) - mu.form - gamma * v.form);
  // V -> P r0, r1, r2;  P -> V y0, y1, y2
  const TableauChallenges<D> challenges = DrawTableauChallenges<D>(params_, transcript);
  const LinearTest<D> linear = CombineConstraints(params_, constraints, challenges.r1);
  const TableauResponses<D> y = tableau_->Respond(challenges, linear);
  clear.SendElements<D>("y0", y.y0.span());
  clear.SendElements<D>("y1", y.y1.span());
  clear.SendElements<D>("y2", y.y2.span());
  // V -> P positions;  P -> V columns, siblings
  const std::vector<uint32_t> positions = DrawColumns(params_, transcript);
  clear.SendLast(OpenColumns(positions));
  for (const Digest& sibling : tree_->Multiproof(positions)) clear.SendLast(sibling);
  return SumOnH<D>(y.y1.span()) == linear.target;
}

template class CommitProver<4>;
template class CommitProver<5>;

}  // namespace voizk
