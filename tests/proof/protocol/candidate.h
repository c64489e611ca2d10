// What somebody learns from a proof who holds a candidate for its witness: with the proof's own
// challenges they compute every scalar that the prover would have sent without masks.
#ifndef VOIZK_TESTS_PROOF_PROTOCOL_CANDIDATE_H_
#define VOIZK_TESTS_PROOF_PROTOCOL_CANDIDATE_H_

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "algebra/field/bytes.h"
#include "algebra/poly/eq.h"
#include "proof/commit/opening.h"
#include "proof/masked/verifier_channel.h"
#include "proof/protocol/driver.h"
#include "proof/sumcheck/side.h"

namespace voizk {

/// Sends nothing: reads the scalars of a proof and keeps them beside the candidate's values.
template <int D>
class CandidateSide {
 public:
  static constexpr int kDegree = D;
  struct Pair {
    std::string label;
    Ext<D> sent, candidate;
    Ext<D> pad() const { return candidate - sent; }  // if the candidate is the witness
  };
  explicit CandidateSide(VerifierChannel<D>* channel) : channel_(channel) {}
  Result<Masked<D>> Scalar(std::string_view label, const Ext<D>& value) {
    auto received = channel_->Receive(label);
    if (received.ok()) pairs.push_back({std::string(label), received->sent, value});
    return received;
  }
  Ext<D> Challenge(std::string_view label) { return channel_->Challenge(label); }
  std::vector<Ext<D>> Challenges(std::string_view label, size_t count) {
    return channel_->Challenges(label, count);
  }
  ConstraintSystem<D>& constraints() { return channel_->constraints(); }
  Error ZeroCoordinate(size_t) { return {ErrorCode::kInternal, "a coordinate vanished"}; }
  std::vector<Pair> pairs;

 private:
  VerifierChannel<D>* channel_;
};

/// Every masked scalar but [mu], v = w(z) as the last, labelled "v".
template <int D>
std::vector<typename CandidateSide<D>::Pair> CandidateScalars(const Instance& instance,
                                                              const PublicValues& public_values,
                                                              const Witness& candidate,
                                                              const std::vector<uint8_t>& bytes) {
  ByteReader proof(bytes, ErrorCode::kProofMalformed, "proof");
  EXPECT_TRUE(ReadProofHeader(D, &proof).ok());
  Transcript transcript;
  instance.Begin(public_values, &transcript);
  EXPECT_TRUE(ReceiveRoot(&transcript, &proof).ok());
  ConstraintSystem<D> constraints(instance.plan());
  VerifierChannel<D> channel(&transcript, &constraints, &proof);
  CandidateSide<D> side(&channel);
  ThreadPool pool;
  const PlacedWitness placed(instance, candidate, ViewsModP(instance.relation(), candidate));
  ProverSecrets<D> secrets(instance, placed, pool);
  const auto reduced = RunReductions<D>(instance, public_values.inputs(), side, secrets);
  EXPECT_TRUE(reduced.ok());
  Ext<D> v;
  const auto eq = EqWindow<D>(reduced->z, 0, placed.cells.size()).ToVector();
  for (size_t x = 0; x < eq.size(); ++x) v += eq[x] * placed.cells[x];
  const auto sent = ReadField<Ext<D>>(proof);
  EXPECT_TRUE(sent.ok());
  side.pairs.push_back({"v", *sent, v});
  return std::move(side.pairs);
}

}  // namespace voizk

#endif  // VOIZK_TESTS_PROOF_PROTOCOL_CANDIDATE_H_
