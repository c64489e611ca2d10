// voizk enrol: several utterances to a template, sealed under a passphrase, and its commitment.
#include <fmt/format.h>
#include <unistd.h>

#include <memory>
#include <optional>

#include "common.h"
#include "enrolling.h"
#include "interrupt.h"
#include "proven_enrolment.h"
#include "service_bodies.h"
#include "trusted_bundle.h"
#include "user_folder.h"

namespace voizk::cli {
namespace enrol_command {
namespace {

struct Options {
  std::string relying_party;
  EnrollingOptions enrolling;
  std::string out;
  std::string replace;
  std::string registration;
  std::string challenge;  // with a proof, which these two name
  std::string proof;
};

struct Heard {
  SecretCredential credential;
  std::vector<uint8_t> proof;  // with --challenge, and then
  LoginStats stats;
};

/// What may be told.
struct Enrolled {
  PublicCredential pub;
  std::vector<uint8_t> proof;
  LoginStats stats;
};

Result<Challenge> ReadChallenge(const Options& options) {
  VOIZK_ASSIGN_OR_RETURN(const auto bytes, ReadFile(options.challenge, 4096));
  VOIZK_ASSIGN_OR_RETURN(Challenge challenge, Naming(options.challenge, ParseChallenge(bytes)));
  VOIZK_RETURN_IF_ERROR(CheckChallengeTime(challenge, SystemUnixSeconds()));
  if (challenge.relying_party == options.relying_party) return challenge;
  return {ErrorCode::kInvalidArgument, "--challenge is another relying party's than --rp"};
}

Result<Heard> Listen(const Options& options, const Context& context, const TrustedBundle& bundle,
                     const std::optional<Challenge>& challenge) {
  Heard heard;
  if (challenge) {
    VOIZK_ASSIGN_OR_RETURN(EnrolmentProof proof,
                           EnrolWithProof(context, bundle, *challenge, options.enrolling.files,
                                          static_cast<size_t>(options.enrolling.utterances),
                                          options.enrolling.recording));
    // Nothing is kept that the relying party would not take any more.
    VOIZK_RETURN_IF_ERROR(CheckChallengeTime(*challenge, SystemUnixSeconds()));
    return Heard{std::move(proof.credential), std::move(proof.bytes), proof.stats};
  }
  VOIZK_ASSIGN_OR_RETURN(heard.credential,
                         MakeCredential(options.enrolling, context, bundle, options.relying_party));
  return heard;
}

/// What can be known before anybody speaks: four recordings are not to be lost to a mistyped name.
Status CheckBefore(const Options& options, const std::string& store) {
  VOIZK_RETURN_IF_ERROR(CheckRelyingParty(options.relying_party));
  if (!options.registration.empty()) {
    VOIZK_RETURN_IF_ERROR(ParseRegistration(options.registration).status());
  }
  if (!options.replace.empty()) {
    VOIZK_RETURN_IF_ERROR(CheckReplaceable(store, options.replace, options.relying_party));
  }
  return {};
}

/// Writes the public part, or a service's body with it.
Status Publish(const Options& options, const std::string& store, const SecretCredential& credential,
               const PublicCredential& pub) {
  if (options.out.empty()) return {};
  if (!options.registration.empty()) {
    VOIZK_ASSIGN_OR_RETURN(const std::string body,
                           RegistrationBody(store, credential, options.registration, {}));
    return WriteFile(options.out, body);
  }
  VOIZK_ASSIGN_OR_RETURN(const std::string json, PublicCredentialToJson(pub));
  return WriteFile(options.out, json);
}

Result<Enrolled> Enrol(const Options& options, const Context& context) {
  VOIZK_ASSIGN_OR_RETURN(const std::string store, CredentialFolder(options.enrolling.store));
  FilePlan plan{.inputs = InputsOf(options.enrolling),
                .folders = {store},
                .outputs = {options.out, options.proof}};
  plan.inputs.push_back(options.challenge);
  VOIZK_RETURN_IF_ERROR(CheckFiles(context, plan));
  VOIZK_RETURN_IF_ERROR(CheckBefore(options, store));
  std::optional<Challenge> challenge;
  if (!options.challenge.empty()) {
    VOIZK_ASSIGN_OR_RETURN(challenge, ReadChallenge(options));
  }
  VOIZK_ASSIGN_OR_RETURN(const TrustedBundle bundle, LoadTrustedBundle(context));
  VOIZK_ASSIGN_OR_RETURN(const auto passphrase, TakeNewPassphrase(options.enrolling));
  VOIZK_ASSIGN_OR_RETURN(Heard heard, Listen(options, context, bundle, challenge));
  SecretCredential& credential = heard.credential;
  credential.label = options.enrolling.label;
  credential.created_unix_s = SystemUnixSeconds();
  bool proof_written = false;
  const auto publish = [&](const PublicCredential& pub) -> Status {
    if (!options.proof.empty()) {
      VOIZK_RETURN_IF_ERROR(WriteFile(options.proof, heard.proof, ReadableBy::kOwner));
      proof_written = options.proof != "-";
    }
    return Publish(options, store, credential, pub);
  };
  const Unbroken whole;  // a credential is not kept without its public part
  const Notice notice(context, "sealing the credential");
  const Status stored =
      options.replace.empty()
          ? StoreCredential(store, credential, passphrase, publish)
          : ReplaceCredential(store, options.replace, credential, passphrase, publish);
  if (!stored.ok()) {
    // A proof without its credential is of no use.
    if (proof_written) (void)unlink(options.proof.c_str());
    return stored.error();
  }
  return Enrolled{credential.Public(), std::move(heard.proof), heard.stats};
}

int Run(const Options& options, const Context& context) {
  const auto enrolled = Enrol(options, context);
  if (!enrolled.ok()) return ReportError(context, enrolled.error());
  const PublicCredential& pub = enrolled->pub;
  nlohmann::ordered_json fields = {{"credential", pub.Id()},
                                   {"relying_party", pub.relying_party},
                                   {"commitment", Hex(pub.commitment)},
                                   {"bundle", Hex(pub.bundle_digest)},
                                   {"public", options.out},
                                   {"replaced", options.replace}};
  std::string text =
      fmt::format("enrolled as {} at {}{}; commitment {}", pub.Id(), pub.relying_party,
                  options.replace.empty() ? "" : fmt::format(" in place of {}", options.replace),
                  Hex(pub.commitment));
  if (!options.proof.empty()) {
    const LoginStats& stats = enrolled->stats;
    fields["proof"] = {{"file", options.proof},
                       {"bytes", enrolled->proof.size()},
                       {"bucket", stats.bucket},
                       {"cells", stats.cells},
                       {"lookups", stats.lookups},
                       {"seconds_relation", stats.seconds_relation},
                       {"seconds_witness", stats.seconds_witness},
                       {"seconds_prove", stats.seconds_prove},
                       {"peak_memory_bytes", PeakMemoryBytes()}};
    text += fmt::format("\nproof written to {} ({}); proving took {:.2f} s on {} threads",
                        options.proof, HumanBytes(enrolled->proof.size()), stats.seconds_prove,
                        context.Threads());
  }
  PrintBeside(context, options.out, fields, text);
  return kExitOk;
}

}  // namespace
}  // namespace enrol_command

void AddEnrol(CLI::App* app, Context* context) {
  auto options = std::make_shared<enrol_command::Options>();
  CLI::App* command = app->add_subcommand("enrol", "Enrol a voice at a relying party");
  command->add_option("--rp", options->relying_party, "Relying party, e.g. bank.example")
      ->required();
  AddEnrollingOptions(command, &options->enrolling);
  command->add_option("--out", options->out, "Write the public part (JSON) for the relying party");
  CLI::Option* replace =
      command->add_option("--replace", options->replace,
                          "Re-enrol: delete this credential of the same party afterwards");
  CLI::Option* registration =
      command
          ->add_option(
              "--registration", options->registration,
              "Registration that a service began (voizk serve): make a device key, and write "
              "the body that finishes it to --out")
          ->needs("--out");
  CLI::Option* challenge =
      command->add_option("--challenge", options->challenge,
                          "Enrol with a proof: say the phrases of this challenge (voizk challenge "
                          "--enrolment), one recording each");
  CLI::Option* proof =
      command->add_option("--proof", options->proof, "Proof of the enrolment to write");
  challenge->needs(proof)->excludes(replace)->excludes(registration);
  proof->needs(challenge);
  command->callback(
      [options, context] { context->exit_code = enrol_command::Run(*options, *context); });
}

}  // namespace voizk::cli
