// The verifier's end of a reduction (side.h).
#ifndef VOIZK_PROOF_SUMCHECK_VERIFIER_SIDE_H_
#define VOIZK_PROOF_SUMCHECK_VERIFIER_SIDE_H_

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "proof/masked/verifier_channel.h"
#include "proof/sumcheck/side.h"

namespace voizk {

template <int D>
class VerifierSide {
 public:
  static constexpr int kDegree = D;
  explicit VerifierSide(VerifierChannel<D>* channel) : channel_(channel) {}
  Result<Masked<D>> Scalar(std::string_view label, const Ext<D>&) {
    return channel_->Receive(label);
  }
  Ext<D> Challenge(std::string_view label) { return channel_->Challenge(label); }
  std::vector<Ext<D>> Challenges(std::string_view label, size_t count) {
    return channel_->Challenges(label, count);
  }
  ConstraintSystem<D>& constraints() { return channel_->constraints(); }
  Error ZeroCoordinate(size_t i) {
    return {ErrorCode::kProofRejected,
            "proof: coordinate " + std::to_string(i) + " of a point is zero",
            Rejection{Check::kZeroCoordinate, Rejection::Unit::kRound, i}};
  }

 private:
  VerifierChannel<D>* channel_;
};

}  // namespace voizk

#endif  // VOIZK_PROOF_SUMCHECK_VERIFIER_SIDE_H_
