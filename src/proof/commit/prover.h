// The committing side: one commitment to the whole witness and one opening of its multilinear
// extension, docs/protocol.md steps 1 and 5, docs/protocol/commitment.md.
#ifndef VOIZK_PROOF_COMMIT_PROVER_H_
#define VOIZK_PROOF_COMMIT_PROVER_H_

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "algebra/field/ext_array.h"
#include "base/bytes.h"
#include "base/secure.h"
#include "base/threads.h"
#include "crypto/hash/merkle.h"
#include "crypto/hash/rng.h"
#include "crypto/transcript/transcript.h"
#include "proof/commit/code_matrix.h"
#include "proof/commit/pad_tableau.h"
#include "proof/commit/params.h"
#include "proof/commit/row_code.h"
#include "proof/masked/prover_channel.h"

namespace voizk {

/// Use once: Commit, then Open.  A second opening of the same commitment would show more values of
/// every row than it has randomisers, so Open ends the process when called again; a retry makes a
/// new prover with a fresh SecureRng.
///
/// Memory, besides the cells: the coefficients of 16 rows (64 (W + t) bytes, about 16 n), a quarter
/// of 16 code words per thread (16 n bytes; with more than two threads a sixteenth), a SHA-256
/// state, a salt and three digests per column (160 n bytes), and R t randomisers.  Opening the
/// columns takes coefficients and a quarter of code words per thread (32 n bytes).
template <int D>
class CommitProver {
 public:
  using K = Ext<D>;
  /// params must satisfy CheckParams and be of this plan and degree.  rng and pool are borrowed.
  CommitProver(const CommitParams& params, const PadPlan& plan, SecureRng* rng, ThreadPool* pool);
  CommitProver(const CommitProver&) = delete;
  CommitProver& operator=(const CommitProver&) = delete;

  /// cells: params.cells entries, address order; kept by reference until Open returns.  Draws
  /// salts, randomisers, pads and masks; returns the root (SendRoot sends it).
  Digest Commit(std::span<const Fp> cells);

  /// The committed pads, for the ProverChannel; valid after Commit.
  std::span<const K> pads() const { return tableau_->pads(); }

  /// Sends [v], [mu], where v = w(z), the responses by their commitment, and the opened columns.
  /// claim: the form that must equal e_at_z v.  The plan's last two pads must be the only ones
  /// left.
  ///
  /// false: some constraint does not hold (the witness is false), the proof would be rejected and
  /// what is there of it must not leave this machine: y1's sum over H then shows a combination of
  /// what is violated, which no mask hides.
  bool Open(std::span<const K> z, const K& e_at_z, const AffineForm<D>& claim,
            ProverChannel<D>* channel, Transcript* transcript, ByteWriter* proof);

 private:
  RowCoefficients Row(size_t row) const;
  ExtVec<D> CombineRows(std::span<const K> z_row) const;
  std::vector<uint8_t> OpenColumns(std::span<const uint32_t> positions) const;

  CommitParams params_;
  PadPlan plan_;
  SecureRng* rng_;
  ThreadPool* pool_;
  RowCode code_;
  CodeMatrix matrix_;  // M, g, the tableau and its masks
  std::span<const Fp> cells_;
  SecureVector<Fp> last_row_;     // the last row's W cells, zeros behind the last address
  SecureVector<Fp> randomisers_;  // r_il, t per row
  ExtVec<D> g_;
  std::unique_ptr<PadTableau<D>> tableau_;
  SecureVector<uint8_t> salts_;
  std::unique_ptr<MerkleTree> tree_;
  bool opened_ = false;
};

extern template class CommitProver<4>;
extern template class CommitProver<5>;

}  // namespace voizk

#endif  // VOIZK_PROOF_COMMIT_PROVER_H_
