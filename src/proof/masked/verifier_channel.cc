#include "proof/masked/verifier_channel.h"

#include "algebra/field/bytes.h"

namespace voizk {

template <int D>
Result<Masked<D>> VerifierChannel<D>::Receive(std::string_view label) {
  VOIZK_ASSIGN_OR_RETURN(const K sent, ReadField<K>(*proof_));
  return Accept(label, sent);
}

template <int D>
Masked<D> VerifierChannel<D>::Accept(std::string_view label, const K& sent) {
  const uint32_t pad = constraints_->NextPad();
  transcript_->template AbsorbExt<D>(label, sent);
  return MakeMasked<D>(pad, sent);
}

template class VerifierChannel<4>;
template class VerifierChannel<5>;

}  // namespace voizk
