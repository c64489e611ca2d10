// A second prover, written for clarity: the code matrix is held in memory and every message can be
// changed before it is sent.  It draws randomness in the order of CommitProver, so that honest runs
// of both give the same bytes; lying provers are honest ones with one hook.
#ifndef VOIZK_TESTS_PROOF_COMMIT_PLAIN_PROVER_H_
#define VOIZK_TESTS_PROOF_COMMIT_PLAIN_PROVER_H_

#include <functional>
#include <memory>
#include <vector>

#include "algebra/poly/eq.h"
#include "algebra/poly/ntt.h"
#include "crypto/hash/merkle.h"
#include "crypto/hash/rng.h"
#include "proof/commit/challenges.h"
#include "proof/commit/column_hash.h"
#include "proof/commit/linear_test.h"
#include "proof/commit/pad_tableau.h"
#include "proof/commit/public_writer.h"
#include "proof/masked/prover_channel.h"

namespace voizk::testing {

/// What a lying prover changes; each is called if set.
template <int D>
struct Lies {
  using K = Ext<D>;
  using Poly = std::vector<K>;                      // coefficients, lowest first
  std::function<void(std::vector<Poly>*)> tableau;  // rows, h0, h1, h2, before encoding
  std::function<void(std::vector<std::vector<uint32_t>>*)> matrix;  // code words, before hashing
  std::function<void(K*)> v, mu;
  std::function<void(Poly*)> u;  // after gamma
  std::function<void(Poly*)> y0, y1, y2;
  std::function<void(std::vector<uint8_t>*)> columns;
};

template <int D>
class PlainProver {
 public:
  using K = Ext<D>;
  using Poly = std::vector<K>;

  PlainProver(const CommitParams& params, const PadPlan& plan, SecureRng* rng, Lies<D> lies = {})
      : p_(params), plan_(plan), rng_(rng), lies_(std::move(lies)) {}

  Digest Commit(std::span<const Fp> cells) {
    const size_t n = p_.length(), w = p_.message(), t = p_.queries;
    salts_.resize(n * kSaltBytes);
    rng_->Fill(std::span<uint8_t>(salts_));
    std::vector<Fp> randomisers(p_.rows * t);
    rng_->Fill(std::span<Fp>(randomisers));
    std::vector<std::vector<Fp>> limbs(D, std::vector<Fp>(w + t));
    for (auto& limb : limbs) rng_->Fill(std::span<Fp>(limb));
    const PadTableau<D> tableau(p_, plan_, rng_);
    pads_.assign(tableau.pads().begin(), tableau.pads().end());
    for (const ExtVec<D>& word : tableau.words()) words_.push_back(word.ToVector());
    if (lies_.tableau) lies_.tableau(&words_);

    for (size_t i = 0; i < p_.rows; ++i) {
      std::vector<Fp> row(w + t);
      for (size_t j = 0; j < w && i * w + j < cells.size(); ++j) row[j] = cells[i * w + j];
      for (size_t l = 0; l < t; ++l) row[w + l] = randomisers[i * t + l];
      rows_.push_back(row);
      Encode(row);
    }
    g_.resize(w + t);
    for (int l = 0; l < D; ++l) {
      for (size_t j = 0; j < w + t; ++j) g_[j][l] = limbs[static_cast<size_t>(l)][j];
      Encode(limbs[static_cast<size_t>(l)]);
    }
    for (const Poly& word : words_) {
      for (int l = 0; l < D; ++l) {
        std::vector<Fp> limb;
        for (const K& x : word) limb.push_back(x[l]);
        Encode(limb);
      }
    }
    if (lies_.matrix) lies_.matrix(&matrix_);
    std::vector<Digest> leaves;
    for (uint32_t x = 0; x < n; ++x) leaves.push_back(LeafDigest(x, Column(x)));
    ThreadPool pool(1);
    tree_ = std::make_unique<MerkleTree>(leaves, pool);
    return tree_->root();
  }

  std::span<const K> pads() const { return pads_; }

  void Open(std::span<const K> z, const K& e, const AffineForm<D>& claim, ProverChannel<D>* channel,
            Transcript* transcript, ByteWriter* proof) {
    const size_t log_w = static_cast<size_t>(p_.log_w);
    const auto z_row = z.first(z.size() - log_w), z_col = z.last(log_w);
    ConstraintSystem<D>& constraints = channel->constraints();
    PublicWriter clear(transcript, proof);
    Poly combined(p_.dimension());
    for (size_t i = 0; i < rows_.size(); ++i) {
      const K a = EqAt<D>(z_row, i);
      for (size_t j = 0; j < combined.size(); ++j) combined[j] += a * rows_[i][j];
    }
    const auto message = [&](const Poly& f) {
      K sum;
      for (size_t j = 0; j < p_.message(); ++j) sum += EqAt<D>(z_col, j) * f[j];
      return sum;
    };
    K v = message(combined), mu = message(g_);
    if (lies_.v) lies_.v(&v);
    if (lies_.mu) lies_.mu(&mu);
    const Masked<D> sent_v = channel->Send("v", v);
    constraints.RequireZero(claim - e * sent_v.form);
    const Masked<D> sent_mu = channel->Send("mu", mu);
    gamma = channel->Challenge("gamma");
    Poly u = g_;
    for (size_t j = 0; j < u.size(); ++j) u[j] += gamma * combined[j];
    Send("u", u, lies_.u, &clear);
    constraints.RequireZero(AffineForm<D>::Constant(message(u)) - sent_mu.form -
                            gamma * sent_v.form);
    challenges = DrawTableauChallenges<D>(p_, transcript);
    linear = CombineConstraints(p_, constraints, challenges.r1);
    SendResponses(&clear);
    const std::vector<uint32_t> positions = DrawColumns(p_, transcript);
    std::vector<uint8_t> columns;
    for (uint32_t x : positions) {
      const std::vector<uint8_t> column = Column(x);
      columns.insert(columns.end(), column.begin(), column.end());
    }
    if (lies_.columns) lies_.columns(&columns);
    clear.SendLast(columns);
    for (const Digest& sibling : tree_->Multiproof(positions)) clear.SendLast(sibling);
  }

  K gamma;                          // known to the lies once drawn
  TableauChallenges<D> challenges;  // likewise
  LinearTest<D> linear;

 private:
  void Encode(const std::vector<Fp>& coefficients) {
    // Values at the points one by one would be quadratic; the transform is field's, tested there.
    const NttPlan plan(p_.log_n, Fp::FromU32(Fp::kGenerator));
    std::vector<Fp> word(p_.length());
    plan.Forward(coefficients, word);
    std::vector<uint32_t> canonical;
    for (Fp x : word) canonical.push_back(x.ToU32());
    matrix_.push_back(std::move(canonical));
  }

  std::vector<uint8_t> Column(uint32_t x) const {
    ByteWriter bytes;
    bytes.Bytes(ByteSpan(salts_).subspan(size_t{x} * kSaltBytes, kSaltBytes));
    for (const auto& row : matrix_) bytes.U32(row[x]);
    return std::move(bytes).Take();
  }

  static void AddProduct(const Poly& a, const Poly& b, const K& scale, Poly* out) {
    for (size_t i = 0; i < a.size(); ++i) {
      const K factor = scale * a[i];
      for (size_t j = 0; j < b.size(); ++j) (*out)[i + j] += factor * b[j];
    }
  }

  void Send(std::string_view label, Poly& y, const std::function<void(Poly*)>& lie,
            PublicWriter* clear) {
    if (lie) lie(&y);
    clear->SendElements<D>(label, ExtVec<D>::From(y).span());
  }

  void SendResponses(PublicWriter* clear) {
    const size_t rows = p_.tableau_rows();
    Poly y0 = words_[rows], y1 = words_[rows + 1], sum = words_[rows + 2];
    K power = K::kOne;
    for (size_t i = 0; i < rows; ++i) {
      AddProduct({challenges.r0[i]}, words_[i], K::kOne, &y0);
      AddProduct(linear.weights[i].ToVector(), words_[i], K::kOne, &y1);
      if (i < p_.pad_rows() || (i - p_.pad_rows()) % 3 != 0) continue;
      power *= challenges.r2;
      AddProduct(words_[i], words_[i + 1], power, &sum);
      AddProduct({-power}, words_[i + 2], K::kOne, &sum);
    }
    // Long division by X^256 - 1; the remainder is dropped, which only matters to liars.
    Poly y2(p_.quotient_size());
    for (size_t j = sum.size(); j-- > CommitParams::kPadWidth;) {
      y2[j - CommitParams::kPadWidth] = sum[j];
      sum[j - CommitParams::kPadWidth] += sum[j];
    }
    Send("y0", y0, lies_.y0, clear);
    Send("y1", y1, lies_.y1, clear);
    Send("y2", y2, lies_.y2, clear);
  }

  CommitParams p_;
  PadPlan plan_;
  SecureRng* rng_;
  Lies<D> lies_;
  std::vector<uint8_t> salts_;
  std::vector<std::vector<Fp>> rows_;
  Poly g_;
  std::vector<K> pads_;
  std::vector<Poly> words_;
  std::vector<std::vector<uint32_t>> matrix_;
  std::unique_ptr<MerkleTree> tree_;
};

}  // namespace voizk::testing

#endif  // VOIZK_TESTS_PROOF_COMMIT_PLAIN_PROVER_H_
