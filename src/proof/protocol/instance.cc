#include "proof/protocol/instance.h"

#include "base/check.h"
#include "proof/protocol/container.h"
#include "proof/protocol/reductions.h"
#include "proof/sumcheck/planning_side.h"
#include "relation/core/digest.h"
#include "relation/lattice/parts.h"

namespace voizk {

namespace {

uint64_t OccupiedLeaves(const Relation& relation) {
  uint64_t leaves = 0;
  for (const Lookup& lookup : relation.lookups) leaves += lookup.key.shape.Cells();
  for (const Table& table : relation.tables) leaves += table.keys.size();
  return leaves;
}

}  // namespace

// A dry run of steps 2 to 4; the degree of K does not matter to it.
PadPlan Instance::MakePlan() const {
  PlanningSide<4> side;
  UnknownSecrets<4> nothing;
  CheckInvariant(RunReductions<4>(*this, {}, side, nothing).ok(), "a dry run failed");
  PadPlan plan = side.plan();
  plan.AddOpening();
  return plan;
}

Result<Instance> Instance::Make(std::shared_ptr<const Relation> relation, int degree,
                                int work_bits) {
  VOIZK_ASSIGN_OR_RETURN(const CertifiedRelation certified,
                         CertifiedRelation::Make(std::move(relation)));
  return Make(certified, degree, work_bits);
}

Result<Instance> Instance::Make(const CertifiedRelation& certified, int degree, int work_bits) {
  const std::shared_ptr<const Relation>& relation = certified.shared();
  Instance instance;
  instance.relation_ = relation;
  instance.layout_ = MakeLayout(*relation);
  const Layout& layout = instance.layout_;
  instance.plan_ = instance.MakePlan();
  instance.counts_ = {.leaves = OccupiedLeaves(*relation),
                      .lookup_bits = layout.lookups.bits,
                      .product_bits = relation->products.empty() ? 0 : layout.products.bits,
                      .cell_bits = layout.cells.bits,
                      .output_bits = layout.outputs.size == 0 ? 0 : layout.outputs.bits,
                      .constraints = instance.plan_.constraints,
                      .triples = instance.plan_.triples.size(),
                      .commitments = relation->commitments.size()};
  if (degree == 0) {
    VOIZK_ASSIGN_OR_RETURN(instance.params_,
                           ChooseSecureParams(layout.cells.size, instance.plan_, instance.counts_));
  } else {
    VOIZK_ASSIGN_OR_RETURN(instance.params_,
                           ChooseSecureParams(layout.cells.size, instance.plan_, instance.counts_,
                                              degree, kRequiredBits, work_bits));
  }
  if (instance.params_.cells_bits != layout.cells.bits) {
    return {ErrorCode::kInternal, "the commitment and the layout disagree on the cells"};
  }
  instance.digest_ = RelationDigest(*relation);
  instance.columns_ = std::make_shared<const LatticeColumns>(LatticeColumnsOf(*relation));
  return instance;
}

void Instance::Begin(const PublicValues& public_values, Transcript* transcript) const {
  transcript->AbsorbText("suite", kProofSuite);
  AbsorbParams(params_, transcript);
  transcript->AbsorbDigest("relation", digest_);
  transcript->Absorb("public inputs", public_values.SerializeInputs());
  transcript->Absorb("statement", public_values.Serialize());
}

}  // namespace voizk
