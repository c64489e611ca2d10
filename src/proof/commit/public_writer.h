// Messages that are sent in clear: roots, what is said of the responses u', y0, y1, y2, opened
// columns.  Only the commitment's prover uses this; every other step has a ProverChannel, which
// masks.  What makes each of them harmless is in docs/protocol/commitment.md, section 4.
#ifndef VOIZK_PROOF_COMMIT_PUBLIC_WRITER_H_
#define VOIZK_PROOF_COMMIT_PUBLIC_WRITER_H_

#include <string_view>
#include <vector>

#include "algebra/field/bytes.h"
#include "algebra/field/ext_array.h"
#include "base/bytes.h"
#include "crypto/hash/digest.h"
#include "crypto/transcript/transcript.h"
#include "proof/commit/params.h"

namespace voizk {

/// Pointers are borrowed.
class PublicWriter {
 public:
  PublicWriter(Transcript* transcript, ByteWriter* proof)
      : transcript_(transcript), proof_(proof) {}

  void SendDigest(std::string_view label, const Digest& digest) {
    transcript_->AbsorbDigest(label, digest);
    proof_->Bytes(digest);
  }
  template <int D>
  void SendElements(std::string_view label, ExtConstSpan<D> elements) {
    std::vector<Ext<D>> xs(elements.size());
    for (size_t i = 0; i < xs.size(); ++i) xs[i] = elements.get(i);
    transcript_->AbsorbExt<D>(label, xs);
    WriteFields<Ext<D>>(*proof_, xs);
  }
  template <int D>
  void SendElement(std::string_view label, const Ext<D>& element) {
    transcript_->AbsorbExt<D>(label, std::vector<Ext<D>>{element});
    WriteField(*proof_, element);
  }
  /// After the last challenge: nothing left to bind, so not absorbed.
  void SendLast(ByteSpan bytes) { proof_->Bytes(bytes); }

 private:
  Transcript* transcript_;
  ByteWriter* proof_;
};

/// P -> V the least number whose work is done, if these parameters ask for any (docs/protocol.md,
/// step 1).
inline void SendWork(const CommitParams& params, Transcript* transcript, ByteWriter* proof) {
  if (params.work_bits == 0) return;
  const Transcript before = *transcript;
  for (uint64_t number = 0;; ++number) {
    *transcript = before;
    if (!AbsorbWork(params, number, transcript)) continue;
    proof->U64(number);
    return;
  }
}

/// P -> V root (docs/protocol.md, step 1).
inline void SendRoot(const Digest& root, Transcript* transcript, ByteWriter* proof) {
  PublicWriter(transcript, proof).SendDigest("root", root);
}

}  // namespace voizk

#endif  // VOIZK_PROOF_COMMIT_PUBLIC_WRITER_H_
