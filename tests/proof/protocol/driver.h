// The prover's conversation step by step, for tests that make it dishonest or leave its masks out.
// The shipped prover (src/proof/prover/prover.cc) runs the same steps and offers no such choice.
#ifndef VOIZK_TESTS_PROOF_PROTOCOL_DRIVER_H_
#define VOIZK_TESTS_PROOF_PROTOCOL_DRIVER_H_

#include <utility>
#include <vector>

#include "proof/commit/prover.h"
#include "proof/commit/public_writer.h"
#include "proof/functionals/placed_values.h"
#include "proof/protocol/container.h"
#include "proof/protocol/reductions.h"
#include "proof/prover/secrets.h"
#include "proof/sumcheck/side.h"

namespace voizk {

/// Views over the integers, reduced mod p and centred.
inline ViewValues ViewsModP(const Relation& relation, const Witness& witness) {
  return [&relation, &witness](const View& view) {
    const std::vector<int64_t> exact = EvaluateView(relation, view, witness);
    SecureVector<int32_t> reduced(exact.size());
    for (size_t i = 0; i < exact.size(); ++i) {
      reduced[i] = static_cast<int32_t>(Fp::FromI64(exact[i]).ToCentered());
    }
    return reduced;
  };
}

/// Fills all addresses that are no cell's with something; how many there are.
template <typename Cells>
size_t FillPadding(const Instance& instance, Cells* cells) {
  std::vector<bool> is_cell(cells->size());
  for (const Placement& item : instance.layout().cells.items) {
    ForEachRow(item, [&](uint64_t address, uint64_t, uint64_t count) {
      for (uint64_t k = 0; k < count; ++k) is_cell[address + k] = true;
    });
  }
  size_t padding = 0;
  for (size_t x = 0; x < is_cell.size(); ++x) {
    if (is_cell[x]) continue;
    (*cells)[x] = Fp::FromU64(x + 12345);
    ++padding;
  }
  return padding;
}

/// The honest behaviour; tests derive from it and hide what they change.
template <int D>
struct HonestConduct {
  /// Applied to every scalar before it is sent.
  Ext<D> Scalar(std::string_view /*label*/, size_t /*index*/, const Ext<D>& value) { return value; }
  /// false: every pad is zero, so that scalars are sent in clear.
  bool masked = true;
};

template <int D, typename Conduct>
class ConductSide {
 public:
  static constexpr int kDegree = D;
  ConductSide(ProverChannel<D>* channel, Conduct* conduct) : channel_(channel), conduct_(conduct) {}
  Result<Masked<D>> Scalar(std::string_view label, const Ext<D>& value) {
    return channel_->Send(label, conduct_->Scalar(label, index_++, value));
  }
  Ext<D> Challenge(std::string_view label) { return channel_->Challenge(label); }
  std::vector<Ext<D>> Challenges(std::string_view label, size_t count) {
    return channel_->Challenges(label, count);
  }
  ConstraintSystem<D>& constraints() { return channel_->constraints(); }
  Error ZeroCoordinate(size_t) { return {ErrorCode::kInternal, "a coordinate vanished"}; }

 private:
  ProverChannel<D>* channel_;
  Conduct* conduct_;
  size_t index_ = 0;
};

/// committed: the cells that the root binds; placed: what the reductions claim.
template <int D, typename Conduct>
std::vector<uint8_t> RunConduct(const Instance& instance, const PublicValues& public_values,
                                std::span<const Fp> committed, const PlacedWitness& placed,
                                Conduct& conduct, uint64_t seed) {
  SecureRng rng = SecureRng::ForTest(seed);
  ThreadPool pool;
  ByteWriter proof;
  WriteProofHeader(D, &proof);
  Transcript transcript;
  instance.Begin(public_values, &transcript);
  CommitProver<D> commitment(instance.params(), instance.plan(), &rng, &pool);
  SendRoot(commitment.Commit(committed), &transcript, &proof);
  SendWork(instance.params(), &transcript, &proof);
  ConstraintSystem<D> constraints(instance.plan());
  const std::vector<Ext<D>> zeros(instance.plan().pads);
  ProverChannel<D> channel(&transcript, &constraints,
                           conduct.masked ? commitment.pads() : std::span<const Ext<D>>(zeros),
                           &proof);
  ConductSide<D, Conduct> side(&channel, &conduct);
  ProverSecrets<D> secrets(instance, placed, pool);
  Result<Reduced<D>> reduced = RunReductions<D>(instance, public_values.inputs(), side, secrets);
  if (!reduced.ok()) return {};
  commitment.Open(reduced->z, secrets.EAtZ(), reduced->claim, &channel, &transcript, &proof);
  return std::move(proof).Take();
}

}  // namespace voizk

#endif  // VOIZK_TESTS_PROOF_PROTOCOL_DRIVER_H_
