// voizk enrol: several utterances to a template, sealed under a passphrase, and its commitment.
#include <fmt/format.h>

#include <memory>

#include "common.h"
#include "enrolling.h"
#include "interrupt.h"
#include "service_bodies.h"
#include "trusted_bundle.h"
#include "user_folder.h"

namespace voizk::cli {
namespace {

struct Options {
  std::string relying_party;
  EnrollingOptions enrolling;
  std::string out;
  std::string replace;
  std::string registration;
};

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

Result<PublicCredential> Enrol(const Options& options, const Context& context) {
  VOIZK_ASSIGN_OR_RETURN(const std::string store, CredentialFolder(options.enrolling.store));
  VOIZK_RETURN_IF_ERROR(CheckFiles(
      context,
      {.inputs = InputsOf(options.enrolling), .folders = {store}, .outputs = {options.out}}));
  VOIZK_RETURN_IF_ERROR(CheckBefore(options, store));
  VOIZK_ASSIGN_OR_RETURN(const TrustedBundle bundle, LoadTrustedBundle(context));
  VOIZK_ASSIGN_OR_RETURN(const auto passphrase, TakeNewPassphrase(options.enrolling));
  VOIZK_ASSIGN_OR_RETURN(const SecretCredential credential,
                         MakeCredential(options.enrolling, context, bundle, options.relying_party));
  const auto publish = [&](const PublicCredential& pub) -> Status {
    if (options.out.empty()) return {};
    if (!options.registration.empty()) {
      VOIZK_ASSIGN_OR_RETURN(const std::string body,
                             RegistrationBody(store, credential, options.registration));
      return WriteFile(options.out, body);
    }
    VOIZK_ASSIGN_OR_RETURN(const std::string json, PublicCredentialToJson(pub));
    return WriteFile(options.out, json);
  };
  const Unbroken whole;  // a credential is not kept without its public part
  const Notice notice(context, "sealing the credential");
  VOIZK_RETURN_IF_ERROR(
      options.replace.empty()
          ? StoreCredential(store, credential, passphrase, publish)
          : ReplaceCredential(store, options.replace, credential, passphrase, publish));
  return credential.Public();
}

int Run(const Options& options, const Context& context) {
  const auto enrolled = Enrol(options, context);
  if (!enrolled.ok()) return ReportError(context, enrolled.error());
  PrintBeside(
      context, options.out,
      {{"credential", enrolled->Id()},
       {"relying_party", enrolled->relying_party},
       {"commitment", Hex(enrolled->commitment)},
       {"bundle", Hex(enrolled->bundle_digest)},
       {"public", options.out},
       {"replaced", options.replace}},
      fmt::format("enrolled as {} at {}{}; commitment {}", enrolled->Id(), enrolled->relying_party,
                  options.replace.empty() ? "" : fmt::format(" in place of {}", options.replace),
                  Hex(enrolled->commitment)));
  return kExitOk;
}

}  // namespace

void AddEnrol(CLI::App* app, Context* context) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app->add_subcommand("enrol", "Enrol a voice at a relying party (enrolment is not proven)");
  command->add_option("--rp", options->relying_party, "Relying party, e.g. bank.example")
      ->required();
  AddEnrollingOptions(command, &options->enrolling);
  command->add_option("--out", options->out, "Write the public part (JSON) for the relying party");
  command->add_option("--replace", options->replace,
                      "Re-enrol: delete this credential of the same party afterwards");
  command
      ->add_option("--registration", options->registration,
                   "Registration that a service began (voizk serve): make a device key, and write "
                   "the body that finishes it to --out")
      ->needs("--out");
  command->callback([options, context] { context->exit_code = Run(*options, *context); });
}

}  // namespace voizk::cli
