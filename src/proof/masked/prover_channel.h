// The sending end of the conversation in which secrets are masked.  A ProverChannel has no way to
// send a field element but under a fresh pad, so that a protocol step that would leak does not
// compile.  (Public messages - root, responses, opened columns - have a writer of their own,
// src/proof/commit/public_writer.h.)
//
// Every scalar is absorbed into the transcript as sent, D canonical u32, under its label.
#ifndef VOIZK_PROOF_MASKED_PROVER_CHANNEL_H_
#define VOIZK_PROOF_MASKED_PROVER_CHANNEL_H_

#include <span>
#include <string_view>
#include <vector>

#include "algebra/field/ext.h"
#include "base/bytes.h"
#include "crypto/transcript/transcript.h"
#include "proof/masked/constraints.h"

namespace voizk {

/// All pointers are borrowed and must outlive the channel.
template <int D>
class ProverChannel {
 public:
  using K = Ext<D>;
  /// pad_values: the committed pads, one per pad of the plan (secret).
  ProverChannel(Transcript* transcript, ConstraintSystem<D>* constraints,
                std::span<const K> pad_values, ByteWriter* proof);

  /// P -> V [value]: sends value - pi with the next pad pi.
  Masked<D> Send(std::string_view label, const K& value);
  /// V -> P.
  K Challenge(std::string_view label) { return transcript_->template ChallengeExt<D>(label); }
  std::vector<K> Challenges(std::string_view label, size_t count) {
    return transcript_->template ChallengeExts<D>(label, count);
  }
  ConstraintSystem<D>& constraints() { return *constraints_; }

 private:
  Transcript* transcript_;
  ConstraintSystem<D>* constraints_;
  std::span<const K> pad_values_;
  ByteWriter* proof_;
};

extern template class ProverChannel<4>;
extern template class ProverChannel<5>;

}  // namespace voizk

#endif  // VOIZK_PROOF_MASKED_PROVER_CHANNEL_H_
