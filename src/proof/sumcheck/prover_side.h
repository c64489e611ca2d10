// The prover's end of a reduction (side.h).
#ifndef VOIZK_PROOF_SUMCHECK_PROVER_SIDE_H_
#define VOIZK_PROOF_SUMCHECK_PROVER_SIDE_H_

#include <string_view>
#include <vector>

#include "base/result.h"
#include "proof/masked/prover_channel.h"
#include "proof/sumcheck/side.h"

namespace voizk {

template <int D>
class ProverSide {
 public:
  static constexpr int kDegree = D;
  explicit ProverSide(ProverChannel<D>* channel) : channel_(channel) {}
  Result<Masked<D>> Scalar(std::string_view label, const Ext<D>& value) {
    return channel_->Send(label, value);
  }
  Ext<D> Challenge(std::string_view label) { return channel_->Challenge(label); }
  std::vector<Ext<D>> Challenges(std::string_view label, size_t count) {
    return channel_->Challenges(label, count);
  }
  ConstraintSystem<D>& constraints() { return channel_->constraints(); }
  Error ZeroCoordinate(size_t) {
    draw_again_ = true;
    return {ErrorCode::kInternal, "a coordinate vanished and nobody drew again"};
  }
  /// The run ended because of the challenges: start again with fresh randomness.  Any other error
  /// of a run is an error.
  bool draw_again() const { return draw_again_; }

 private:
  ProverChannel<D>* channel_;
  bool draw_again_ = false;
};

}  // namespace voizk

#endif  // VOIZK_PROOF_SUMCHECK_PROVER_SIDE_H_
