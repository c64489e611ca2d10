#include "proof/protocol/instance.h"

#include "proof/lookup/reduction.h"
#include "relation/core/digest.h"

namespace voizk {

namespace {

constexpr std::string_view kSuite = "voizk proof v1";

uint64_t OccupiedLeaves(const Relation& relation) {
  uint64_t leaves = 0;
  for (const Lookup& lookup : relation.lookups) leaves += lookup.key.shape.Cells();
  for (const Table& table : relation.tables) leaves += table.keys.size();
  return leaves;
}

// Affine constraints of a run: root, one per layer, products, and the two of the opening.
uint64_t ConstraintCount(const Relation& relation, const Layout& layout) {
  return 1 + static_cast<uint64_t>(layout.lookups.bits) + (relation.products.empty() ? 0 : 1) + 2;
}

}  // namespace

PadPlan MakePadPlan(const Relation& relation, const Layout& layout) {
  PadPlan plan;
  PlanLookups(layout.lookups.bits, &plan);
  if (!relation.products.empty()) {
    plan.AddPad();  // c
    for (int i = 0; i < 3 * layout.products.bits; ++i) plan.AddPad();
    const uint32_t a = plan.AddPad(), b = plan.AddPad();
    plan.AddTriple(a, b);
  }
  for (int i = 0; i < 2 * layout.cells.bits; ++i) plan.AddPad();
  plan.AddOpening();
  return plan;
}

Result<Instance> Instance::Make(std::shared_ptr<const Relation> relation, int degree) {
  VOIZK_ASSIGN_OR_RETURN(const CertifiedRelation certified,
                         CertifiedRelation::Make(std::move(relation)));
  return Make(certified, degree);
}

Result<Instance> Instance::Make(const CertifiedRelation& certified, int degree) {
  const std::shared_ptr<const Relation>& relation = certified.shared();
  Instance instance;
  instance.layout_ = MakeLayout(*relation);
  const Layout& layout = instance.layout_;
  instance.plan_ = MakePadPlan(*relation, layout);
  instance.counts_ = {.leaves = OccupiedLeaves(*relation),
                      .lookup_bits = layout.lookups.bits,
                      .product_bits = relation->products.empty() ? 0 : layout.products.bits,
                      .cell_bits = layout.cells.bits,
                      .output_bits = layout.outputs.size == 0 ? 0 : layout.outputs.bits,
                      .constraints = ConstraintCount(*relation, layout),
                      .triples = instance.plan_.triples.size()};
  if (degree == 0) {
    VOIZK_ASSIGN_OR_RETURN(instance.params_,
                           ChooseSecureParams(layout.cells.size, instance.plan_, instance.counts_));
  } else {
    VOIZK_ASSIGN_OR_RETURN(instance.params_, ChooseSecureParams(layout.cells.size, instance.plan_,
                                                                instance.counts_, degree));
  }
  if (instance.params_.cells_bits != layout.cells.bits) {
    return {ErrorCode::kInternal, "the commitment and the layout disagree on the cells"};
  }
  instance.digest_ = RelationDigest(*relation);
  instance.relation_ = relation;
  return instance;
}

void Instance::Begin(const PublicValues& public_values, Transcript* transcript) const {
  transcript->AbsorbText("suite", kSuite);
  AbsorbParams(params_, transcript);
  transcript->AbsorbDigest("relation", digest_);
  transcript->Absorb("statement", public_values.Serialize());
}

}  // namespace voizk
