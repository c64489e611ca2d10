// The prover's side of the responses (docs/protocol/commitment.md, section 2): commits to Y, folds
// it in a sum-check of the verifier's claims, opens columns.  Everything here is computed from what
// would otherwise be sent in clear, so nothing is masked, salted or wiped.
#ifndef VOIZK_PROOF_COMMIT_RESPONSE_PROVER_H_
#define VOIZK_PROOF_COMMIT_RESPONSE_PROVER_H_

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "algebra/field/ext_array.h"
#include "base/threads.h"
#include "crypto/hash/merkle.h"
#include "crypto/transcript/transcript.h"
#include "proof/commit/code_matrix.h"
#include "proof/commit/params.h"
#include "proof/commit/public_writer.h"
#include "proof/commit/response_claims.h"
#include "proof/commit/row_code.h"

namespace voizk {

template <int D>
class ResponseProver {
 public:
  /// pool is borrowed.
  ResponseProver(const CommitParams& params, const Responses<D>& responses, ThreadPool* pool);
  ResponseProver(const ResponseProver&) = delete;
  ResponseProver& operator=(const ResponseProver&) = delete;

  const Digest& root() const { return tree_->root(); }

  /// P -> V s(0), s(2); V -> P r, per round; P -> V phi.
  void Fold(const ResponseClaims<D>& claims, Transcript* transcript, PublicWriter* clear) const;

  /// The cells of these columns, one column after the other.
  std::vector<uint8_t> Columns(std::span<const uint32_t> positions) const;
  std::vector<Digest> Multiproof(std::span<const uint32_t> positions) const {
    return tree_->Multiproof(positions);
  }

 private:
  const CommitParams params_;
  ThreadPool* pool_;
  RowCode code_;
  ExtVec<D> y_;  // 2^b' rows of W'
  CodeMatrix matrix_;
  std::unique_ptr<MerkleTree> tree_;
};

extern template class ResponseProver<4>;
extern template class ResponseProver<5>;

}  // namespace voizk

#endif  // VOIZK_PROOF_COMMIT_RESPONSE_PROVER_H_
