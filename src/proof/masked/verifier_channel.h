// The receiving end of the conversation in which secrets are masked (masked/prover_channel.h).
#ifndef VOIZK_PROOF_MASKED_VERIFIER_CHANNEL_H_
#define VOIZK_PROOF_MASKED_VERIFIER_CHANNEL_H_

#include <string_view>
#include <vector>

#include "algebra/field/ext.h"
#include "base/bytes.h"
#include "base/result.h"
#include "crypto/transcript/transcript.h"
#include "proof/masked/constraints.h"

namespace voizk {

/// All pointers are borrowed and must outlive the channel.
template <int D>
class VerifierChannel {
 public:
  using K = Ext<D>;
  VerifierChannel(Transcript* transcript, ConstraintSystem<D>* constraints, ByteReader* proof)
      : transcript_(transcript), constraints_(constraints), proof_(proof) {}

  /// P -> V [.]: the next scalar of the proof.  Errors: kLength, kCanonical.
  Result<Masked<D>> Receive(std::string_view label);
  /// P -> V [.]: the same for a scalar that was parsed before.
  Masked<D> Accept(std::string_view label, const K& sent);
  /// V -> P.
  K Challenge(std::string_view label) { return transcript_->template ChallengeExt<D>(label); }
  std::vector<K> Challenges(std::string_view label, size_t count) {
    return transcript_->template ChallengeExts<D>(label, count);
  }
  ConstraintSystem<D>& constraints() { return *constraints_; }
  /// For messages that are not masked.
  Transcript& transcript() { return *transcript_; }
  ByteReader& proof() { return *proof_; }

 private:
  Transcript* transcript_;
  ConstraintSystem<D>* constraints_;
  ByteReader* proof_;
};

extern template class VerifierChannel<4>;
extern template class VerifierChannel<5>;

}  // namespace voizk

#endif  // VOIZK_PROOF_MASKED_VERIFIER_CHANNEL_H_
