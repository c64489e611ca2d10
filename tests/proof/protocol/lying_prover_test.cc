// Provers that lie: the real prover run on witnesses that violate one constraint each, and provers
// that bend the conversation.  Every one is rejected.
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "proof/protocol/driver.h"
#include "proof/protocol/small_relations.h"
#include "proof/prover/prover.h"
#include "proof/verifier/verifier.h"

namespace voizk {
namespace {

void ExpectRejected(const Instance& instance, const std::vector<uint8_t>& proof,
                    const std::string& what,
                    const PublicValues& public_values = SamplePublicValues()) {
  const Status status = Verify(instance, public_values, proof);
  ASSERT_FALSE(status.ok()) << what << " was accepted";
  EXPECT_EQ(status.error().code, ErrorCode::kProofRejected) << what;
  EXPECT_TRUE(status.error().Failed(Check::kConstraints)) << what << status.error().message;
}

// "lookup", "product", "equality", ..: the first word of the checker's message.
std::string KindOf(const Status& violation) {
  return violation.error().message.substr(0, violation.error().message.find(' '));
}

// Every tensor of every relation, one cell off by one either way: inputs out of step with what is
// computed from them, wrong outputs, remainders, one-hot bits, multiplicities.
TEST(LyingProver, AnyCellOffByOneIsRejected) {
  std::mt19937 rng(1);
  std::set<std::string> kinds;
  for (const Sample& sample : AllSamples(11)) {
    const Instance instance = MakeInstanceOrDie(sample);
    const PublicValues values = SamplePublicValues(sample);
    for (size_t t = 0; t < sample.witness.size(); ++t) {
      Witness witness = sample.witness;
      witness[t][rng() % witness[t].size()] += rng() % 2 == 0 ? 1 : -1;
      const Status violation = CheckRelationModP(*sample.relation, witness, values.inputs());
      if (violation.ok()) continue;  // another witness of the same statement
      kinds.insert(KindOf(violation));
      ExpectRejected(instance, ProveLie(instance, values, witness, t),
                     sample.name + ", tensor " + sample.relation->tensors[t].name, values);
    }
  }
  EXPECT_EQ(kinds.count("lookup"), 1u);
  EXPECT_EQ(kinds.count("product"), 1u);
  EXPECT_EQ(kinds.count("equality"), 1u);
}

// What a rejected proof would show of its witness (docs/protocol.md, section 6) never leaves: the
// shipped prover looks at its own last response.
TEST(LyingProver, ShippedProverSendsNothingForAFalseWitness) {
  for (const Sample& sample : AllSamples(12)) {
    const Instance instance = MakeInstanceOrDie(sample);
    const PublicValues values = SamplePublicValues(sample);
    Witness witness = sample.witness;
    for (size_t t = 0; t < witness.size(); ++t) {
      witness = sample.witness;
      witness[t].back() += 1;
      if (!CheckRelationModP(*sample.relation, witness, values.inputs()).ok()) break;
    }
    ASSERT_FALSE(CheckRelationModP(*sample.relation, witness, values.inputs()).ok());
    ThreadPool pool;
    const auto proof = Prove(instance, values, witness, &pool);
    ASSERT_FALSE(proof.ok()) << sample.name;
    EXPECT_EQ(proof.error().code, ErrorCode::kInvalidArgument);
  }
}

TensorId Named(const Relation& relation, const std::string& name) {
  for (size_t t = 0; t < relation.tensors.size(); ++t) {
    if (relation.tensors[t].name == name) return static_cast<TensorId>(t);
  }
  ADD_FAILURE() << "no tensor " << name;
  return 0;
}

// The high part claimed one too large, the low part made to fit mod 2^shift p: the sum is right
// over the integers and mod p, but the low part has left its range.  The multiplicities are those
// of the honest rows, the best that can be claimed.
TEST(LyingProver, AccumulatorSplitTheOtherWayIsRejected) {
  const Sample sample = Tiny(5);
  const Instance instance = MakeInstanceOrDie(sample);
  const TensorId y = Named(*sample.relation, "y");
  for (const int32_t step : {1, -1, 3}) {
    Witness witness = sample.witness;
    // y is x >> 2; whichever tensor holds the low part is the one before or after it.
    for (size_t t = 0; t < witness.size(); ++t) {
      const Tensor& tensor = sample.relation->tensors[t];
      if (t == y) witness[t][0] += step;
      if (t != y && tensor.lo == 0 && tensor.hi == 3 && tensor.shape.dims[0] == 4) {
        witness[t][0] -= 4 * step;
      }
    }
    ASSERT_FALSE(CheckRelationModP(*sample.relation, witness).ok());
    ExpectRejected(instance, ProveLie(instance, SamplePublicValues(), witness, 3), "other split");
  }
}

// A key of p/2 and beyond is congruent to a small one: cells just below the field's half, so that
// views wrap.
TEST(LyingProver, KeysThatWrapAreRejected) {
  const Sample sample = DenseNetwork(5);
  const Instance instance = MakeInstanceOrDie(sample);
  for (size_t t = 0; t < sample.witness.size(); ++t) {
    Witness witness = sample.witness;
    for (int32_t& v : witness[t]) v = v % 2 == 0 ? 1065353216 : -1065353216;
    ASSERT_FALSE(CheckRelationModP(*sample.relation, witness).ok());
    ExpectRejected(instance, ProveLie(instance, SamplePublicValues(), witness, t), "wrapped keys");
  }
}

// ---- a conversation that is not the witness's ----

template <int D>
struct Lies : HonestConduct<D> {
  size_t at = 0;
  Ext<D> Scalar(std::string_view, size_t index, const Ext<D>& value) {
    return index == at ? value + Ext<D>::Basis(D - 1) : value;
  }
};

// Each masked scalar of the reductions, one at a time, off by the last basis element.
TEST(LyingProver, AnyWrongScalarIsRejected) {
  const Sample sample = EveryConstraint(2);
  const Instance instance = MakeInstanceOrDie(sample, 4);
  const PlacedWitness placed(instance, sample.witness, ViewsModP(*sample.relation, sample.witness));
  const size_t scalars = instance.plan().pads - PadPlan::kOpeningPads;
  ASSERT_GT(scalars, 200u);
  for (size_t at = 0; at < scalars; ++at) {
    Lies<4> lies;
    lies.at = at;
    const auto proof =
        RunConduct<4>(instance, SamplePublicValues(), placed.cells, placed, lies, at);
    ExpectRejected(instance, proof, "scalar " + std::to_string(at));
  }
}

template <int D>
struct ZeroRoot : HonestConduct<D> {
  Ext<D> Scalar(std::string_view label, size_t, const Ext<D>& value) {
    return label == "lookup q_root" || label == "lookup inv" ? Ext<D>::kZero : value;
  }
};
template <int D>
struct ZeroTree : HonestConduct<D> {
  // 0/0 from the root down: every layer's claim is 0 and holds.
  Ext<D> Scalar(std::string_view label, size_t, const Ext<D>& value) {
    return label.starts_with("lookup") ? Ext<D>::kZero : value;
  }
};

TEST(LyingProver, ZeroDenominatorAtTheRootIsRejected) {
  const Sample sample = Tiny(2);
  const Instance instance = MakeInstanceOrDie(sample, 4);
  const PlacedWitness placed(instance, sample.witness, ViewsModP(*sample.relation, sample.witness));
  ZeroRoot<4> root;
  ExpectRejected(instance,
                 RunConduct<4>(instance, SamplePublicValues(), placed.cells, placed, root, 1),
                 "root");
  ZeroTree<4> tree;
  ExpectRejected(instance,
                 RunConduct<4>(instance, SamplePublicValues(), placed.cells, placed, tree, 1),
                 "tree");
}

// The claims of one witness on the commitment of another.
TEST(LyingProver, AnotherWitnessThanTheCommittedOneIsRejected) {
  const Sample sample = Tiny(2), other = Tiny(3);
  ASSERT_NE(sample.witness, other.witness);
  const Instance instance = MakeInstanceOrDie(sample, 4);
  const PlacedWitness placed(instance, sample.witness, ViewsModP(*sample.relation, sample.witness));
  SecureVector<Fp> committed = placed.cells;
  for (size_t k = 0; k < committed.size(); ++k) {
    committed = placed.cells;
    committed[k] += Fp::kOne;
    HonestConduct<4> honest;
    ExpectRejected(instance,
                   RunConduct<4>(instance, SamplePublicValues(), committed, placed, honest, k),
                   "cell " + std::to_string(k));
  }
}

// Addresses that are no cell's: whatever is committed there, no functional reads it, so the proof
// neither gains nor loses.
TEST(LyingProver, PaddingDoesNotMatter) {
  const Sample sample = ConvolutionNetwork(2);
  const Instance instance = MakeInstanceOrDie(sample, 4);
  PlacedWitness placed(instance, sample.witness, ViewsModP(*sample.relation, sample.witness));
  ASSERT_GT(FillPadding(instance, &placed.cells), 10u);
  HonestConduct<4> honest;
  const auto proof = RunConduct<4>(instance, SamplePublicValues(), placed.cells, placed, honest, 1);
  const Status status = Verify(instance, SamplePublicValues(), proof);
  EXPECT_TRUE(status.ok()) << status.error().message;
}

}  // namespace
}  // namespace voizk
