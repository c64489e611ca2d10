#include <optional>
#include <string>
#include <utility>

#include "base/exceptions.h"
#include "login/bundle/login_model.h"
#include "login/relying_party/login_file.h"
#include "login/relying_party/login_instance.h"
#include "login/store/text.h"
#include "proof/protocol/container.h"
#include "proof/security/table.h"
#include "relation/core/structure.h"
#include "voizk/verify.h"

namespace voizk {
namespace {

constexpr uint64_t kProofHeaderBytes = kProofMagic.size() + 8;  // magic, version, degree

/// Sizes of the messages in order; all but the Merkle siblings follow from the parameters
/// (docs/protocol/commitment.md, section 2).
std::vector<std::pair<std::string, uint64_t>> Parts(const Instance& instance, uint64_t bytes) {
  const CommitParams& p = instance.params();
  const uint64_t element = p.element_bytes();
  std::vector<std::pair<std::string, uint64_t>> parts{
      {"header", kLoginHeaderBytes + kProofHeaderBytes},
      {"root", sizeof(Digest)},
      {"masked scalars", p.pads * element},
      {"responses: root", sizeof(Digest)},
      {"responses: sum-check", 2 * (1 + uint64_t(p.response_rounds())) * element},
      {"responses: folded row", p.response_width() * element},
      {"opened columns", p.queries * uint64_t{p.column_bytes()}},
      {"responses: opened columns", p.response_queries * uint64_t{p.response_column_bytes()}},
  };
  uint64_t sum = 0;
  for (const auto& [name, size] : parts) sum += size;
  parts.emplace_back("Merkle siblings", bytes > sum ? bytes - sum : 0);
  return parts;
}

std::vector<std::pair<std::string, std::string>> ShownValues(const LoginPolicy& policy,
                                                             const Instance& instance,
                                                             const Digest& challenge,
                                                             uint32_t frames) {
  const CommitParams& p = instance.params();
  return {
      {"relying party", policy.challenge.relying_party},
      {"phrase", PhraseText(policy.challenge)},
      {"nonce", ToHex(policy.challenge.nonce)},
      {"expires", std::to_string(policy.challenge.expires_unix_s)},
      {"challenge digest", ToHex(challenge)},
      {"commitment", ToHex(policy.credential.commitment)},
      {"bundle", policy.bundle.name()},
      {"bundle digest", ToHex(policy.bundle.digest())},
      {"speaker network", policy.bundle.speaker_network()},
      {"operating point", policy.bundle.operating_point()},
      {"threshold", std::to_string(policy.bundle.data().decision.theta_q12) + "/4096"},
      {"frames", std::to_string(frames)},
      {"relation digest", ToHex(instance.digest())},
      {"cells", std::to_string(p.cells)},
      {"lookups", std::to_string(instance.counts().leaves)},
      {"rows x columns", std::to_string(p.rows) + " x " + std::to_string(p.length())},
      {"queries", std::to_string(p.queries)},
  };
}

}  // namespace

Result<Inspection> InspectLogin(const LoginPolicy& policy, std::span<const uint8_t> proof,
                                std::optional<std::span<const uint8_t>> relation) try {
  VOIZK_ASSIGN_OR_RETURN(const LoginFile file, ParseLoginFile(proof));
  if (!CheckBucket(policy.bundle.data(), file.frames).ok()) {
    return Error{ErrorCode::kProofRejected,
                 "login proof: its length bucket is none of the bundle's",
                 Rejection{.check = Check::kBucket, .actual = file.frames}};
  }
  VOIZK_RETURN_IF_ERROR(CheckBelongTogether(policy.bundle, policy.credential, policy.challenge));
  VOIZK_ASSIGN_OR_RETURN(
      const Instance instance,
      relation ? ReadLoginInstance(policy.bundle, *relation)
               : MakeLoginInstance(policy.bundle, ShapeOf(policy.challenge, file.frames)));
  VOIZK_ASSIGN_OR_RETURN(
      const PublicValues values,
      LoginPublicValues(policy.bundle, policy.credential, policy.challenge, file.frames));
  VOIZK_RETURN_IF_ERROR(CheckPublicInputs(instance.relation(), values.inputs()));
  VOIZK_ASSIGN_OR_RETURN(const Digest challenge, ChallengeDigest(policy.challenge));
  ByteReader reader(file.proof, ErrorCode::kProofMalformed, "proof");
  VOIZK_RETURN_IF_ERROR(ReadProofHeader(instance.degree(), &reader));
  Inspection out;
  out.format_version = static_cast<int>(kProofVersion);
  out.extension_degree = instance.degree();
  out.bucket = file.frames;
  out.public_values = ShownValues(policy, instance, challenge, file.frames);
  out.parts = Parts(instance, proof.size());
  const auto terms = SoundnessTable(instance.params(), instance.counts());
  for (const SoundnessTerm& term : terms) {
    out.soundness.push_back({term.label, term.bits()});
  }
  out.total_bits = TotalBits(terms);
  return out;
} catch (...) {
  return ErrorOfException();
}

}  // namespace voizk
