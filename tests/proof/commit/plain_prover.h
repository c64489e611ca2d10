// A second prover, written for clarity: the code matrix is held in memory and every message can be
// changed before it is sent.  It draws randomness in the order of CommitProver, so that honest runs
// of both give the same bytes; lying provers are honest ones with one hook.
#ifndef VOIZK_TESTS_PROOF_COMMIT_PLAIN_PROVER_H_
#define VOIZK_TESTS_PROOF_COMMIT_PLAIN_PROVER_H_

#include <functional>
#include <memory>
#include <tuple>
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
  std::function<void(Poly*)> y0, y1, q2;
  std::function<void(K*)> combined, sum;
  std::function<void(Poly*)> y;                             // all responses, before encoding
  std::function<void(std::vector<Poly>*)> response_matrix;  // code words, before hashing
  std::function<void(size_t, K*, K*)> round;                // s(0), s(2) of a round
  std::function<void(Poly*)> fold;
  std::function<void(std::vector<uint8_t>*)> columns, response_columns;
  // Challenges that are drawn before the message which they are to test.
  bool early_columns = false, early_claims = false, early_response_columns = false;
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
    u = g_;
    for (size_t j = 0; j < u.size(); ++j) u[j] += gamma * combined[j];
    if (lies_.u) lies_.u(&u);
    Send("combined", message(u), lies_.combined, constraints, sent_mu.form + gamma * sent_v.form,
         &clear);
    challenges = DrawTableauChallenges<D>(p_, transcript);
    linear = CombineConstraints(p_, constraints, challenges.r1);
    Respond();
    K sum;
    for (size_t j = 0; j < y1.size(); j += CommitParams::kPadWidth) sum += y1[j];
    sum *= Fp::FromU32(CommitParams::kPadWidth);
    if (lies_.sum) lies_.sum(&sum);
    clear.SendElement<D>("sum", sum);
    CommitToResponses();
    std::vector<uint32_t> positions, response_positions;
    K zeta;
    const auto draw_columns = [&] { positions = DrawColumns(p_, transcript); };
    const auto draw_claims = [&] { zeta = transcript->ChallengeExt<D>("claims"); };
    const auto draw_response_columns = [&] {
      response_positions = DrawResponseColumns(p_, transcript);
    };
    if (lies_.early_columns) draw_columns();
    if (lies_.early_claims) draw_claims();
    clear.SendDigest("responses", response_tree_->root());
    if (!lies_.early_columns) draw_columns();
    if (!lies_.early_claims) draw_claims();
    if (lies_.early_response_columns) draw_response_columns();
    FoldResponses(z_col, positions, zeta, transcript, &clear);
    if (!lies_.early_response_columns) draw_response_columns();
    std::vector<uint8_t> columns;
    for (uint32_t x : positions) {
      const std::vector<uint8_t> column = Column(x);
      columns.insert(columns.end(), column.begin(), column.end());
    }
    if (lies_.columns) lies_.columns(&columns);
    clear.SendLast(columns);
    std::vector<uint8_t> response_columns;
    for (uint32_t x : response_positions) {
      const std::vector<uint8_t> column = ResponseColumn(x);
      response_columns.insert(response_columns.end(), column.begin(), column.end());
    }
    if (lies_.response_columns) lies_.response_columns(&response_columns);
    clear.SendLast(response_columns);
    for (const Digest& sibling : tree_->Multiproof(positions)) clear.SendLast(sibling);
    for (const Digest& sibling : response_tree_->Multiproof(response_positions)) {
      clear.SendLast(sibling);
    }
  }

  K gamma;                          // known to the lies once drawn
  TableauChallenges<D> challenges;  // likewise
  LinearTest<D> linear;
  Poly u, y0, y1, q2;         // the responses, once made
  std::vector<K> fold_point;  // r
  Poly folded_claims;         // c'

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

  // P -> V <b, u'>, and the constraint that it equals `form`.
  void Send(std::string_view label, K value, const std::function<void(K*)>& lie,
            ConstraintSystem<D>& constraints, const AffineForm<D>& form, PublicWriter* clear) {
    if (lie) lie(&value);
    clear->SendElement<D>(label, value);
    constraints.RequireZero(AffineForm<D>::Constant(value) - form);
  }

  void Respond() {
    const size_t rows = p_.tableau_rows();
    y0 = words_[rows];
    y1 = words_[rows + 1];
    Poly sum = words_[rows + 2];
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
    q2.assign(p_.quotient_size(), K());
    for (size_t j = sum.size(); j-- > CommitParams::kPadWidth;) {
      q2[j - CommitParams::kPadWidth] = sum[j];
      sum[j - CommitParams::kPadWidth] += sum[j];
    }
    if (lies_.y0) lies_.y0(&y0);
    if (lies_.y1) lies_.y1(&y1);
    if (lies_.q2) lies_.q2(&q2);
  }

  void CommitToResponses() {
    for (const Poly* part : {&u, &y0, &y1, &q2}) y_.insert(y_.end(), part->begin(), part->end());
    y_.resize(size_t{p_.response_width()} << p_.response_rounds());
    if (lies_.y) lies_.y(&y_);
    const NttPlan plan(p_.response_log_n(), Fp::FromU32(Fp::kGenerator));
    for (size_t row = 0; row < p_.response_rows(); ++row) {
      Poly& words = response_matrix_.emplace_back(p_.response_length());
      for (int l = 0; l < D; ++l) {
        std::vector<Fp> limb, word(p_.response_length());
        for (size_t j = 0; j < p_.response_width(); ++j) {
          limb.push_back(y_[row * p_.response_width() + j][l]);
        }
        plan.Forward(limb, word);
        for (size_t x = 0; x < word.size(); ++x) words[x][l] = word[x];
      }
    }
    if (lies_.response_matrix) lies_.response_matrix(&response_matrix_);
    std::vector<Digest> leaves;
    for (uint32_t x = 0; x < p_.response_length(); ++x) {
      leaves.push_back(ResponseLeafDigest(x, ResponseColumn(x)));
    }
    ThreadPool pool(1);
    response_tree_ = std::make_unique<MerkleTree>(leaves, pool);
  }

  // The claims' coefficients as commitment.md lists them, one address after the other.
  Poly Coefficients(std::span<const K> z_col, std::span<const uint32_t> positions,
                    const K& zeta) const {
    const NttPlan plan(p_.log_n, Fp::FromU32(Fp::kGenerator));
    Poly c(y_.size());
    const size_t y0_at = u.size(), y1_at = y0_at + y0.size(), q2_at = y1_at + y1.size();
    for (size_t j = 0; j < p_.message(); ++j) c[j] = EqAt<D>(z_col, j);
    for (size_t j = 0; j < y1.size(); j += 256) c[y1_at + j] = zeta * Fp::FromU32(256);
    K weight = zeta * zeta;
    for (const uint32_t position : positions) {
      const Fp x = plan.DomainPoint(position);
      for (const auto& [at, size, scale] :
           {std::tuple{size_t{0}, u.size(), Fp::kOne}, std::tuple{y0_at, y0.size(), Fp::kOne},
            std::tuple{y1_at, y1.size(), Fp::kOne},
            std::tuple{q2_at, q2.size(), x.Pow(256) - Fp::kOne}}) {
        Fp power = scale;
        for (size_t j = 0; j < size; ++j, power *= x) c[at + j] += weight * power;
        weight *= zeta;
      }
    }
    return c;
  }

  void FoldResponses(std::span<const K> z_col, std::span<const uint32_t> positions, const K& zeta,
                     Transcript* transcript, PublicWriter* clear) {
    Poly c = Coefficients(z_col, positions, zeta), y = y_;
    for (int round = 0; round < p_.response_rounds(); ++round) {
      const size_t half = y.size() / 2;
      K at_0, at_2;
      for (size_t i = 0; i < half; ++i) {
        at_0 += c[i] * y[i];
        at_2 += (c[half + i] + c[half + i] - c[i]) * (y[half + i] + y[half + i] - y[i]);
      }
      if (lies_.round) lies_.round(static_cast<size_t>(round), &at_0, &at_2);
      clear->SendElement<D>("fold s(0)", at_0);
      clear->SendElement<D>("fold s(2)", at_2);
      const K r = transcript->ChallengeExt<D>("fold r");
      fold_point.push_back(r);
      for (Poly* table : {&c, &y}) {
        for (size_t i = 0; i < half; ++i) {
          (*table)[i] += r * ((*table)[half + i] - (*table)[i]);
        }
        table->resize(half);
      }
    }
    folded_claims = c;
    if (lies_.fold) lies_.fold(&y);
    clear->SendElements<D>("fold", ExtVec<D>::From(y).span());
  }

  std::vector<uint8_t> ResponseColumn(uint32_t x) const {
    ByteWriter bytes;
    for (const Poly& row : response_matrix_) WriteField(bytes, row[x]);
    return std::move(bytes).Take();
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
  Poly y_;
  std::vector<Poly> response_matrix_;  // values of row i
  std::unique_ptr<MerkleTree> response_tree_;
};

}  // namespace voizk::testing

#endif  // VOIZK_TESTS_PROOF_COMMIT_PLAIN_PROVER_H_
