// Proof bytes against a tiny relation.  The first byte of the input says what it is: the whole file
// (0), or a list of edits of the golden proof, so that mutations reach behind the first check: a
// position (3 bytes) and what is added to the byte there.  Nothing but the golden proof is
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
  auto relation = ParseRelation(ReadTreeFile("tests/golden/tiny.relation.bin"));
  Claim(relation.ok(), "golden relation");
  auto instance = Instance::Make(std::make_shared<const Relation>(std::move(*relation)));
  Claim(instance.ok(), "golden instance");
  auto public_values = PublicValues::Parse(ReadTreeFile("tests/golden/tiny.statement.bin"));
  Claim(public_values.ok(), "golden statement");
  Fixture f{std::move(*instance), std::move(*public_values),
            ReadTreeFile("tests/golden/tiny.proof.bin")};
  Claim(Verify(f.instance, f.public_values, f.proof).ok(), "golden proof");
  return f;
}

std::vector<uint8_t> Edited(std::vector<uint8_t> proof, std::span<const uint8_t> edits) {
  for (; edits.size() >= 4; edits = edits.subspan(4)) {
    const size_t at = edits[0] | size_t{edits[1]} << 8 | size_t{edits[2]} << 16;
    uint8_t& byte = proof[at % proof.size()];
    byte = static_cast<uint8_t>(byte + edits[3]);
  }
  return proof;
}

}  // namespace
}  // namespace voizk

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace voizk;
  static const Fixture f = Load();
  if (size == 0) return 0;
  const std::span<const uint8_t> rest(data + 1, size - 1);
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
