#include "proof/masked/prover_channel.h"

#include "algebra/field/bytes.h"
#include "base/check.h"

namespace voizk {

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

template class ProverChannel<4>;
template class ProverChannel<5>;

}  // namespace voizk
