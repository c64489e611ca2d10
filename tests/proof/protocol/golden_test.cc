// Golden proofs: tests/golden/<name>.{relation,inputs,statement,proof}.bin, format version 3.  Any
// verifier of this version accepts them.  To write them anew (after a change of format, with a new
// version):
//   VOIZK_WRITE_GOLDEN=1 build/release/proof_protocol_test --gtest_filter='Golden*'
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "base/bytes.h"
#include "proof/protocol/small_relations.h"
#include "proof/verifier/verifier.h"
#include "relation/core/digest.h"
#include "source_dir.h"

namespace voizk {
namespace {

std::string PathOf(const std::string& name) {
  return std::string(VOIZK_SOURCE_DIR) + "/tests/golden/" + name;
}
std::vector<uint8_t> ReadFile(const std::string& name) {
  std::ifstream in(PathOf(name), std::ios::binary);
  EXPECT_TRUE(in.good()) << name;
  return {std::istreambuf_iterator<char>(in), {}};
}
void WriteFile(const std::string& name, const std::vector<uint8_t>& bytes) {
  std::ofstream out(PathOf(name), std::ios::binary);
  out.write(reinterpret_cast<const char*>(bytes.data()),
            static_cast<std::streamsize>(bytes.size()));
  ASSERT_TRUE(out.good()) << name;
}

struct Golden {
  std::string name;
  Sample sample;
  int degree;         // 5: asked for, as no relation of this size would take it
  int work_bits = 0;  // likewise
};
std::vector<Golden> Goldens() {
  std::vector<Golden> goldens;
  goldens.push_back({"tiny", Tiny(1), 4});
  goldens.push_back({"products", EveryConstraint(1), 4});
  goldens.push_back({"convolutions", ConvolutionNetwork(1), 4});
  goldens.push_back({"publics", PublicInputsAndOutputs(1), 4});
  goldens.push_back({"booleans", Booleans(1), 4});
  goldens.push_back({"equalities", Equalities(1), 4});
  goldens.push_back({"every_form", EveryForm(1), 4});
  goldens.push_back({"matrix_products", MatrixProducts(1), 4});
  goldens.push_back({"lattice", LatticeCommitments(1), 4});
  goldens.push_back({"every_form_degree5", EveryForm(1), 5});
  goldens.push_back({"matrix_products_work", MatrixProducts(2), 4, CommitParams::kWorkBits});
  return goldens;
}

// What Instance::Make is asked for: 0 lets it choose, as a verifier does.
int DegreeOf(const Golden& golden) {
  return golden.degree == 5 || golden.work_bits > 0 ? golden.degree : 0;
}
Instance InstanceOf(const Golden& golden) {
  return MakeInstanceOrDie(golden.sample, DegreeOf(golden), golden.work_bits);
}

TEST(GoldenProofs, AreAcceptedByTheVerifierAlone) {
  for (const Golden& golden : Goldens()) {
    if (std::getenv("VOIZK_WRITE_GOLDEN") != nullptr) {
      const Instance instance = InstanceOf(golden);
      WriteFile(golden.name + ".relation.bin", SerializeRelation(*golden.sample.relation));
      const PublicValues values = SamplePublicValues(golden.sample);
      WriteFile(golden.name + ".inputs.bin", values.SerializeInputs());
      WriteFile(golden.name + ".statement.bin", values.Serialize());
      WriteFile(golden.name + ".proof.bin",
                ProveSample(instance, values, golden.sample.witness, 20260101));
    }
    auto relation = ParseRelation(ReadFile(golden.name + ".relation.bin"));
    ASSERT_TRUE(relation.ok()) << golden.name << relation.error().message;
    auto public_values = PublicValues::Parse(ReadFile(golden.name + ".statement.bin"));
    ASSERT_TRUE(public_values.ok());
    auto inputs = PublicValues::ParseInputs(*relation, ReadFile(golden.name + ".inputs.bin"));
    ASSERT_TRUE(inputs.ok()) << inputs.error().message;
    public_values->SetInputs(std::move(*inputs));
    const auto proof = ReadFile(golden.name + ".proof.bin");
    EXPECT_LT(proof.size(), 200000u);
    const auto instance =
        Instance::Make(std::make_shared<const Relation>(std::move(relation).value()),
                       DegreeOf(golden), golden.work_bits);
    ASSERT_TRUE(instance.ok()) << instance.error().message;
    EXPECT_EQ(instance->degree(), golden.degree);
    EXPECT_EQ(instance->params().work_bits, golden.work_bits);
    const Status status = Verify(*instance, *public_values, proof);
    EXPECT_TRUE(status.ok()) << golden.name << ": " << status.error().message;
  }
}

TEST(GoldenProofs, TheirPadsTakeOneRowAndSeveral) {
  EXPECT_LE(MakeInstanceOrDie(Tiny(1)).plan().pads, 256u);
  EXPECT_GT(MakeInstanceOrDie(EveryForm(1)).plan().pads, 256u);
}

// The number of the work is read, and what is not work is refused; one more number may be work too,
// but then all challenges are others.
TEST(GoldenProofs, WorkIsChecked) {
  const Golden golden = Goldens().back();
  const Instance instance = InstanceOf(golden);
  const PublicValues values = SamplePublicValues(golden.sample);
  const std::vector<uint8_t> proof = ReadFile(golden.name + ".proof.bin");
  constexpr size_t kWorkAt = 8 + 4 + 4 + 32;  // header, root
  size_t refused = 0;
  for (uint64_t number = 0; number < 600; ++number) {
    std::vector<uint8_t> changed = proof;
    StoreU64(number, changed.data() + kWorkAt);
    if (changed == proof) continue;
    const Status status = Verify(instance, values, changed);
    ASSERT_FALSE(status.ok()) << number;
    refused += status.error().Failed(Check::kWork);
    if (status.error().Failed(Check::kWork)) {
      EXPECT_EQ(status.error().code, ErrorCode::kProofRejected);
      EXPECT_EQ(status.error().rejection->position, kWorkAt);
    }
  }
  EXPECT_GT(refused, 580u);  // one number of 256 is work
  const Status truncated = Verify(instance, values, std::span(proof).first(kWorkAt + 7));
  EXPECT_TRUE(truncated.error().Failed(Check::kLength));
}

// The prover is a function of relation, statement, witness and randomness: a change of this proof
// is a change of the protocol or of the order in which randomness is drawn.
TEST(GoldenProofs, AreMadeAgainByteForByte) {
  for (const Golden& golden : Goldens()) {
#if defined(__EMSCRIPTEN__)
    if (golden.degree == 5) continue;  // docs/browser.md, what is missing
#endif
    const Instance instance = InstanceOf(golden);
    EXPECT_EQ(SerializeRelation(*golden.sample.relation), ReadFile(golden.name + ".relation.bin"))
        << golden.name;
    EXPECT_EQ(
        ProveSample(instance, SamplePublicValues(golden.sample), golden.sample.witness, 20260101),
        ReadFile(golden.name + ".proof.bin"))
        << golden.name;
  }
}

}  // namespace
}  // namespace voizk
