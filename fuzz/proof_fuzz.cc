// Proof bytes and public inputs against a small relation.  The first byte of the input says what it
// is: the whole proof file (0), or a list of edits, of the golden public inputs (1) or of the
// golden proof (else), so that mutations reach behind the first check: a position (3 bytes) and
// what is added to the byte there.  Nothing but the golden proof of the golden statement is
// accepted.
#include <algorithm>

#include "fuzz_input.h"
#include "proof/verifier/verifier.h"
#include "relation/core/digest.h"

namespace voizk {
namespace {

struct Fixture {
  Instance instance;
  PublicValues public_values;
  std::vector<uint8_t> proof;
};

Fixture Load() {
  auto relation = ParseRelation(ReadTreeFile("tests/golden/publics.relation.bin"));
  Claim(relation.ok(), "golden relation");
  auto instance = Instance::Make(std::make_shared<const Relation>(std::move(*relation)));
  Claim(instance.ok(), "golden instance");
  auto public_values = PublicValues::Parse(ReadTreeFile("tests/golden/publics.statement.bin"));
  Claim(public_values.ok(), "golden statement");
  auto inputs = PublicValues::ParseInputs(instance->relation(),
                                          ReadTreeFile("tests/golden/publics.inputs.bin"));
  Claim(inputs.ok(), "golden public inputs");
  public_values->SetInputs(std::move(*inputs));
  Fixture f{std::move(*instance), std::move(*public_values),
            ReadTreeFile("tests/golden/publics.proof.bin")};
  Claim(Verify(f.instance, f.public_values, f.proof).ok(), "golden proof");
  return f;
}

std::vector<uint8_t> Edited(std::vector<uint8_t> bytes, std::span<const uint8_t> edits) {
  for (; edits.size() >= 4; edits = edits.subspan(4)) {
    const size_t at = edits[0] | size_t{edits[1]} << 8 | size_t{edits[2]} << 16;
    uint8_t& byte = bytes[at % bytes.size()];
    byte = static_cast<uint8_t>(byte + edits[3]);
  }
  return bytes;
}

void CheckInputs(const Fixture& f, std::span<const uint8_t> edits) {
  const auto inputs = PublicValues::ParseInputs(f.instance.relation(),
                                                Edited(f.public_values.SerializeInputs(), edits));
  Claim(inputs.ok(), "any bytes of this length are integers");
  PublicValues values = f.public_values;
  values.SetInputs(*inputs);
  const Status status = Verify(f.instance, values, f.proof);
  Claim(status.ok() == (values == f.public_values), "only the golden statement is accepted");
  Claim(status.ok() || status.error().Failed(Check::kConstraints) ||
            status.error().Failed(Check::kPublicInput),
        "errors of a statement");
}

}  // namespace
}  // namespace voizk

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace voizk;
  static const Fixture f = Load();
  if (size == 0) return 0;
  const std::span<const uint8_t> rest(data + 1, size - 1);
  if (data[0] == 1) return CheckInputs(f, rest), 0;
  const std::vector<uint8_t> proof =
      data[0] == 0 ? std::vector<uint8_t>(rest.begin(), rest.end()) : Edited(f.proof, rest);
  const Status status = Verify(f.instance, f.public_values, proof);
  Claim(status.ok() == (proof == f.proof), "only the golden proof is accepted");
  Claim(status.ok() || status.error().code == ErrorCode::kProofMalformed ||
            status.error().code == ErrorCode::kProofRejected,
        "errors of a proof");
  Claim(status.ok() || status.error().rejection.has_value(), "every refusal names its check");
  return 0;
}
