#include "proof/verifier/verifier.h"

#include <chrono>
#include <utility>

#include "proof/commit/opening.h"
#include "proof/commit/verifier.h"
#include "proof/functionals/evaluate_functional.h"
#include "proof/functionals/evaluate_lattice.h"
#include "proof/protocol/container.h"
#include "proof/protocol/reductions.h"
#include "proof/sumcheck/verifier_side.h"
#include "relation/core/structure.h"

namespace voizk {

namespace {

using Clock = std::chrono::steady_clock;
double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// E(z), one functional after the other.
template <int D>
struct EvaluatingVisitor {
  const Relation& relation;
  CellPoint<D> z;
  Ext<D> sum;
  void Tensor(TensorId tensor, const RankOne<D>& w, const Ext<D>& scalar) {
    sum += scalar * EvaluateTensorFunctional<D>(tensor, w, z);
  }
  void View(const voizk::View& view, const RankOne<D>& w, const Ext<D>& scalar) {
    sum += scalar * EvaluateViewFunctional<D>(relation, view, w, z);
  }
  void Lattice(TensorId tensor, FpSpan columns, ExtConstSpan<D> w, const Ext<D>& scalar) {
    sum += scalar * EvaluateLatticeFunctional<D>(relation.tensors[tensor].shape, columns, w,
                                                 z.Window(tensor));
  }
};

template <int D>
Status VerifyDegree(const Instance& instance, const PublicValues& public_values,
                    std::span<const uint8_t> bytes, VerifyStats* stats) {
  ByteReader proof(bytes, ErrorCode::kProofMalformed, "proof");
  VOIZK_RETURN_IF_ERROR(ReadProofHeader(D, &proof));
  Transcript transcript;
  instance.Begin(public_values, &transcript);                                   // 0
  VOIZK_ASSIGN_OR_RETURN(const Digest root, ReceiveRoot(&transcript, &proof));  // 1
  VOIZK_RETURN_IF_ERROR(ReceiveWork(instance.params(), &transcript, &proof));

  auto start = Clock::now();
  ConstraintSystem<D> constraints(instance.plan());
  VerifierChannel<D> channel(&transcript, &constraints, &proof);
  VerifierSide<D> side(&channel);
  UnknownSecrets<D> nothing;
  VOIZK_ASSIGN_OR_RETURN(Reduced<D> reduced, RunReductions<D>(instance, public_values.inputs(),
                                                              side, nothing));  // 2 to 4
  stats->reductions_s = SecondsSince(start);

  start = Clock::now();
  EvaluatingVisitor<D> e{instance.relation(), CellPoint<D>(instance.layout(), reduced.z),
                         Ext<D>::kZero};
  VisitFunctionals(instance, reduced.claims, reduced.xi, e);
  stats->functionals_s = SecondsSince(start);

  start = Clock::now();
  Status opened = VerifyOpening<D>(instance.params(),
                                   {root, std::move(reduced.z), e.sum, std::move(reduced.claim)},
                                   &channel);  // 5
  stats->opening_s = SecondsSince(start);
  return opened;
}

}  // namespace

Status Verify(const Instance& instance, const PublicValues& public_values,
              std::span<const uint8_t> proof, VerifyStats* stats) {
  VerifyStats unused;
  if (stats == nullptr) stats = &unused;
  VOIZK_RETURN_IF_ERROR(CheckPublicInputs(instance.relation(), public_values.inputs()));
  return instance.degree() == 4 ? VerifyDegree<4>(instance, public_values, proof, stats)
                                : VerifyDegree<5>(instance, public_values, proof, stats);
}

}  // namespace voizk
