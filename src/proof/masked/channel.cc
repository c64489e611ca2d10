#include "proof/masked/channel.h"

#include "algebra/field/bytes.h"
#include "base/check.h"

namespace voizk {
namespace {

// What both ends know of a scalar once it was sent.
template <int D>
Masked<D> MakeMasked(uint32_t pad, const Ext<D>& sent) {
  AffineForm<D> form = AffineForm<D>::Variable({VarKind::kPad, pad});
  form += sent;
  return {pad, sent, std::move(form)};
}

}  // namespace

template <int D>
ProverChannel<D>::ProverChannel(Transcript* transcript, ConstraintSystem<D>* constraints,
                                std::span<const K> pad_values, ByteWriter* proof)
    : transcript_(transcript), constraints_(constraints), pad_values_(pad_values), proof_(proof) {
  CheckInvariant(pad_values.size() == constraints->plan().pads, "not one value per pad");
}

template <int D>
Masked<D> ProverChannel<D>::Send(std::string_view label, const K& value) {
  const uint32_t pad = constraints_->NextPad();
  const K sent = value - pad_values_[pad];
  transcript_->template AbsorbExt<D>(label, sent);
  WriteField(*proof_, sent);
  return MakeMasked<D>(pad, sent);
}

template <int D>
Result<Masked<D>> VerifierChannel<D>::Receive(std::string_view label) {
  VOIZK_ASSIGN_OR_RETURN(const K sent, ReadField<K>(*proof_));
  const uint32_t pad = constraints_->NextPad();
  transcript_->template AbsorbExt<D>(label, sent);
  return MakeMasked<D>(pad, sent);
}

template class ProverChannel<4>;
template class ProverChannel<5>;
template class VerifierChannel<4>;
template class VerifierChannel<5>;

}  // namespace voizk
