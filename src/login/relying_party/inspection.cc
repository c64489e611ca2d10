#include "login/relying_party/inspection.h"

#include <cstddef>

#include "login/bundle/bundle_data.h"
#include "login/store/text.h"
#include "proof/protocol/container.h"
#include "proof/security/table.h"
#include "relation/core/structure.h"

namespace voizk {
namespace {

constexpr uint64_t kProofHeaderBytes = kProofMagic.size() + 8;  // magic, version, degree

/// Sizes of the messages in order; all but the Merkle siblings follow from the parameters
/// (docs/protocol/commitment.md, section 2).
std::vector<std::pair<std::string, uint64_t>> Parts(const Instance& instance,
                                                    const ProofInFile& file) {
  const CommitParams& p = instance.params();
  const uint64_t element = p.element_bytes();
  std::vector<std::pair<std::string, uint64_t>> parts{
      {"header", file.header_bytes + kProofHeaderBytes},
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
  const uint64_t bytes = file.header_bytes + file.proof.size();
  parts.emplace_back("Merkle siblings", bytes > sum ? bytes - sum : 0);
  return parts;
}

std::vector<std::pair<std::string, std::string>> ShownValues(
    const LoginPolicy& policy, const Instance& instance, const std::vector<std::string>& phrases,
    const Digest& challenge, uint32_t frames) {
  const CommitParams& p = instance.params();
  std::vector<std::pair<std::string, std::string>> shown{
      {"relying party", policy.challenge.relying_party},
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
  for (size_t i = 0; i < phrases.size(); ++i) {
    std::string name = "phrase";
    if (phrases.size() > 1) name.append(" ").append(std::to_string(i + 1));
    shown.emplace(shown.begin() + 1 + static_cast<std::ptrdiff_t>(i), std::move(name), phrases[i]);
  }
  return shown;
}

}  // namespace

Result<Inspection> InspectProof(const Instance& instance, const PublicValues& values,
                                const LoginPolicy& policy, const std::vector<std::string>& phrases,
                                const ProofInFile& file) {
  VOIZK_RETURN_IF_ERROR(CheckPublicInputs(instance.relation(), values.inputs()));
  VOIZK_ASSIGN_OR_RETURN(const Digest challenge, ChallengeDigest(policy.challenge));
  ByteReader reader(file.proof, ErrorCode::kProofMalformed, "proof");
  VOIZK_RETURN_IF_ERROR(ReadProofHeader(instance.degree(), &reader));
  Inspection out;
  out.format_version = static_cast<int>(kProofVersion);
  out.extension_degree = instance.degree();
  out.bucket = file.frames;
  out.public_values = ShownValues(policy, instance, phrases, challenge, file.frames);
  out.parts = Parts(instance, file);
  const auto terms = SoundnessTable(instance.params(), instance.counts());
  for (const SoundnessTerm& term : terms) {
    out.soundness.push_back({term.label, term.bits()});
  }
  out.total_bits = TotalBits(terms);
  return out;
}

}  // namespace voizk
