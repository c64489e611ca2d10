// The two sides of a reduction.  Every reduction is one function over a Side, so that messages,
// challenges and constraints cannot come in different orders on the two sides: the prover's side
// sends the value it is handed, the verifier's side ignores it and receives.
//
//   Masked<D> Scalar(label, value)    P -> V [value]
//   K Challenge(label)                V -> P
#ifndef VOIZK_PROOF_SUMCHECK_SIDE_H_
#define VOIZK_PROOF_SUMCHECK_SIDE_H_

#include <string_view>
#include <vector>

#include "base/result.h"
#include "proof/masked/channel.h"

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

 private:
  ProverChannel<D>* channel_;
};

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

 private:
  VerifierChannel<D>* channel_;
};

}  // namespace voizk

#endif  // VOIZK_PROOF_SUMCHECK_SIDE_H_
