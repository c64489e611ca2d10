// voizk verify and voizk inspect: the relying party's side.  Everything that decides comes from its
// own files; the proof only proves.
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <chrono>
#include <memory>

#include "common.h"
#include "voizk/enrolment.h"
#include "voizk/verify.h"

namespace voizk::cli {
namespace verify_command {
namespace {

constexpr size_t kMaxProofBytes = 64 << 20;     // a login proof is below 1 MB
constexpr size_t kMaxRelationBytes = 64 << 20;  // a login's relation is 1.2 MB

struct Options {
  std::string proof;
  std::string challenge;
  std::string credential;
  std::string state;
  std::string relation;
  std::string relation_digest;
  std::vector<uint32_t> buckets;
  size_t enrolment = 0;  // least phrases of one; 0: a login
};

Result<LoginPolicy> MakePolicy(const Options& options, const Context& context) {
  std::vector<std::string> inputs{options.challenge, options.credential, options.proof};
  if (!options.relation.empty()) inputs.push_back(options.relation);
  VOIZK_RETURN_IF_ERROR(CheckFiles(context, {.inputs = std::move(inputs)}));
  VOIZK_ASSIGN_OR_RETURN(Bundle bundle, context.LoadBundle());
  VOIZK_ASSIGN_OR_RETURN(const auto challenge_bytes, ReadFile(options.challenge, 4096));
  VOIZK_ASSIGN_OR_RETURN(Challenge challenge,
                         Naming(options.challenge, ParseChallenge(challenge_bytes)));
  VOIZK_ASSIGN_OR_RETURN(const auto credential_bytes, ReadFile(options.credential, 4096));
  VOIZK_ASSIGN_OR_RETURN(PublicCredential credential,
                         Naming(options.credential, ParsePublicCredential(credential_bytes)));
  return LoginPolicy{.bundle = std::move(bundle),
                     .credential = std::move(credential),
                     .challenge = std::move(challenge),
                     .allowed_buckets = options.buckets,
                     .clock = SystemUnixSeconds};
}

Result<std::array<uint8_t, 32>> ParseDigest(const std::string& hex) {
  std::array<uint8_t, 32> digest{};
  size_t read = 0;
  for (; read < digest.size() && hex.size() == 2 * digest.size(); ++read) {
    const char* const begin = hex.data() + 2 * read;
    if (std::from_chars(begin, begin + 2, digest[read], 16).ptr != begin + 2) break;
  }
  if (read == digest.size()) return digest;
  return Error{ErrorCode::kInvalidArgument, "--relation-digest: 64 hexadecimal digits"};
}

Result<LoginVerifier> MakeVerifier(const Options& options, const Bundle& bundle) {
  if (options.relation.empty()) return LoginVerifier(bundle, 0);
  if (options.buckets.size() != 1) {
    return {ErrorCode::kInvalidArgument, "--relation is of one bucket: name it with --bucket"};
  }
  PublishedRelation relation;
  VOIZK_ASSIGN_OR_RETURN(relation.digest, ParseDigest(options.relation_digest));
  VOIZK_ASSIGN_OR_RETURN(relation.bytes, ReadFile(options.relation, kMaxRelationBytes));
  return Naming(options.relation,
                LoginVerifier::WithRelation(bundle, options.buckets.front(), relation));
}

Result<Inspection> InspectFiles(const Options& options, const LoginPolicy& policy,
                                std::span<const uint8_t> proof) {
  if (options.relation.empty()) return InspectLogin(policy, proof);
  VOIZK_ASSIGN_OR_RETURN(const auto relation, ReadFile(options.relation, kMaxRelationBytes));
  return InspectLogin(policy, proof, relation);
}

/// The error with the file that it is about.
Error Named(const Options& options, Error error) {
  const bool proof =
      error.code == ErrorCode::kProofMalformed || error.code == ErrorCode::kProofRejected;
  const bool relation = !options.relation.empty() && (error.code == ErrorCode::kMalformed ||
                                                      error.code == ErrorCode::kInvalidArgument);
  if (proof || relation) {
    error.message = (proof ? options.proof : options.relation) + ": " + error.message;
  }
  return error;
}

Status VerifyAs(const Options& options, const LoginPolicy& policy, std::span<const uint8_t> proof) {
  if (options.enrolment > 0) {
    return VerifyEnrolmentOnce({.bundle = policy.bundle,
                                .credential = policy.credential,
                                .challenge = policy.challenge,
                                .least_phrases = options.enrolment,
                                .allowed_buckets = policy.allowed_buckets,
                                .clock = policy.clock},
                               proof, options.state);
  }
  VOIZK_ASSIGN_OR_RETURN(const LoginVerifier verifier, MakeVerifier(options, policy.bundle));
  return verifier.VerifyOnce(policy, proof, options.state);
}

int Verify(const Options& options, const Context& context) {
  const auto policy = MakePolicy(options, context);
  if (!policy.ok()) return ReportError(context, policy.error());
  const auto proof = ReadFile(options.proof, kMaxProofBytes);
  if (!proof.ok()) return ReportError(context, proof.error());
  const auto begin = std::chrono::steady_clock::now();
  const Status status = VerifyAs(options, *policy, *proof);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  if (!status.ok()) {
    Error error = status.error();
    const bool of_file = error.code == ErrorCode::kProofMalformed ||
                         (error.Failed(Check::kPublicInput) && !options.relation.empty());
    return ReportError(context, of_file ? Named(options, std::move(error)) : error);
  }
  nlohmann::ordered_json fields = {{"accepted", true},
                                   {"relying_party", policy->credential.relying_party},
                                   {"credential", policy->credential.Id()},
                                   {"phrase", PhraseText(policy->challenge)},
                                   {"seconds", seconds.count()},
                                   {"peak_memory_bytes", PeakMemoryBytes()}};
  std::string what = "credential";
  if (options.enrolment > 0) {
    const auto choice = ReadEnrolmentChoice(*proof);
    if (!choice.ok()) return ReportError(context, choice.error());
    fields["enrolment"] = {{"recordings", choice->phrases}, {"bucket", choice->bucket}};
    what =
        fmt::format("enrolment by {} recordings (bucket {}) of", choice->phrases, choice->bucket);
  }
  Print(context, fields,
        fmt::format("accepted: {} {} at {}, verified in {:.1f} ms", what, policy->credential.Id(),
                    policy->credential.relying_party, seconds.count() * 1e3));
  return kExitOk;
}

int Inspect(const Options& options, const Context& context) {
  const auto policy = MakePolicy(options, context);
  if (!policy.ok()) return ReportError(context, policy.error());
  const auto proof = ReadFile(options.proof, kMaxProofBytes);
  if (!proof.ok()) return ReportError(context, proof.error());
  const auto inspection = InspectFiles(options, *policy, *proof);
  if (!inspection.ok()) return ReportError(context, Named(options, inspection.error()));
  nlohmann::ordered_json values, parts, terms;
  std::string text =
      fmt::format("format {}, extension degree {}, bucket {} frames (not verified)\n",
                  inspection->format_version, inspection->extension_degree, inspection->bucket);
  text += "\npublic values\n";
  for (const auto& [name, value] : inspection->public_values) {
    values[name] = value;
    const bool date = name == "expires";
    text += fmt::format("  {:<20} {}{}\n", name, value,
                        date ? " = " + UtcDate(policy->challenge.expires_unix_s) : "");
  }
  text += "\nparts, bytes\n";
  for (const auto& [part, bytes] : inspection->parts) {
    parts[part] = bytes;
    text += fmt::format("  {:<34} {:>9}\n", part, bytes);
  }
  text += fmt::format("  {:<34} {:>9}\n\nsoundness, bits\n", "total", proof->size());
  for (const SoundnessLine& term : inspection->soundness) {
    terms[term.label] = term.bits;
    text += fmt::format("  {:<50} {:>7.2f}\n", term.label, term.bits);
  }
  text += fmt::format("  {:<50} {:>7.2f}", "sum", inspection->total_bits);
  Print(context,
        {{"format_version", inspection->format_version},
         {"extension_degree", inspection->extension_degree},
         {"bucket", inspection->bucket},
         {"public_values", values},
         {"parts", parts},
         {"bytes", proof->size()},
         {"soundness", terms},
         {"soundness_bits", inspection->total_bits}},
        text);
  return kExitOk;
}

std::shared_ptr<Options> AddCommon(CLI::App* command) {
  auto options = std::make_shared<Options>();
  command->add_option("--proof", options->proof, "Proof file")->required();
  command->add_option("--challenge", options->challenge, "The challenge as issued")->required();
  command->add_option("--credential", options->credential, "Public credential as stored (JSON)")
      ->required();
  command->add_option("--bucket", options->buckets, "Allowed length buckets (default: all)");
  return options;
}

}  // namespace
}  // namespace verify_command

void AddVerify(CLI::App* app, Context* context) {
  CLI::App* command = app->add_subcommand("verify", "Check a proof, once (relying party)");
  const auto options = verify_command::AddCommon(command);
  command
      ->add_option("--state", options->state,
                   "Folder that remembers used challenges (voizk state init)")
      ->required();
  CLI::Option* relation =
      command->add_option("--relation", options->relation,
                          "Check against the relation in this file (voizk relation) of the one "
                          "--bucket, instead of building it from the bundle");
  relation->needs(command
                      ->add_option("--relation-digest", options->relation_digest,
                                   "The digest that it must have, from where you trust it")
                      ->needs(relation));
  command
      ->add_option("--enrolment", options->enrolment,
                   "The proof is of an enrolment (voizk enrol --challenge) with so many recordings "
                   "at least")
      ->check(CLI::Range(size_t{2}, kMaxEnrolPhrases))
      ->excludes(relation);
  command->callback(
      [options, context] { context->exit_code = verify_command::Verify(*options, *context); });
}

void AddInspect(CLI::App* app, Context* context) {
  CLI::App* command =
      app->add_subcommand("inspect", "A proof's parts by size, public values, soundness table");
  const auto options = verify_command::AddCommon(command);
  command->add_option("--relation", options->relation,
                      "Show sizes and soundness of the relation in this file (voizk relation)");
  command->callback(
      [options, context] { context->exit_code = verify_command::Inspect(*options, *context); });
}

}  // namespace voizk::cli
