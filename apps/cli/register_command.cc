// voizk register: enrolment at a relying party's service in one command: options, credential,
// device key, registration.
#include <fmt/format.h>

#include <memory>

#include "common.h"
#include "enrolling.h"
#include "interrupt.h"
#include "server_options.h"
#include "service_bodies.h"
#include "trusted_bundle.h"
#include "user_folder.h"

namespace voizk::cli {
namespace register_command {
namespace {

struct Options {
  ServerOptions server;
  EnrollingOptions enrolling;
  std::string replace;
};

struct Outcome {
  PublicCredential credential;
  Finished finished;
};

/// Whether the credential to replace is there, before anybody speaks.
Status CheckReplaced(const Options& options, const std::string& store,
                     const std::string& relying_party) {
  if (options.replace.empty()) return {};
  return CheckReplaceable(store, options.replace, relying_party);
}

Result<Outcome> Register(const Options& options, const Context& context) {
  VOIZK_ASSIGN_OR_RETURN(const std::string store, CredentialFolder(options.enrolling.store));
  FilePlan plan{.inputs = InputsOf(options.enrolling), .folders = {store}};
  plan.inputs.push_back(options.server.token_file);
  plan.inputs.push_back(options.server.ca_file);
  VOIZK_RETURN_IF_ERROR(CheckFiles(context, plan));
  VOIZK_ASSIGN_OR_RETURN(const TrustedBundle bundle, LoadTrustedBundle(context));
  VOIZK_ASSIGN_OR_RETURN(const ServiceClient client, OpenServer(options.server));
  VOIZK_ASSIGN_OR_RETURN(const auto passphrase, TakeNewPassphrase(options.enrolling));
  VOIZK_ASSIGN_OR_RETURN(const RegistrationBegun begun,
                         client.BeginRegistration(options.server.account, options.replace));
  VOIZK_RETURN_IF_ERROR(CheckServerSays(options.server, client.server(), begun.relying_party,
                                        begun.bundle_digest, *bundle));
  if (!begun.ed25519) {
    return Error{ErrorCode::kUnsupported, "the server takes no device key of ours (ed25519)"};
  }
  VOIZK_RETURN_IF_ERROR(CheckReplaced(options, store, begun.relying_party));
  VOIZK_ASSIGN_OR_RETURN(const SecretCredential credential,
                         MakeCredential(options.enrolling, context, bundle, begun.relying_party));
  Outcome outcome{.credential = credential.Public(), .finished = {}};
  const auto publish = [&](const PublicCredential& pub) -> Status {
    VOIZK_ASSIGN_OR_RETURN(const std::string body,
                           RegistrationBody(store, credential, Hex(begun.id)));
    outcome.finished = client.FinishRegistration(begun.id, body, pub.Id());
    // What the server may know stays here; what it refused goes.
    if (outcome.finished.kind == Finished::Kind::kRefused) return outcome.finished.why;
    return {};
  };
  const Unbroken whole;  // the credential is kept, or neither here nor there
  const Notice notice(context, "sealing the credential and sending its commitment");
  VOIZK_RETURN_IF_ERROR(StoreCredential(store, credential, passphrase, publish));
  if (outcome.finished.kind == Finished::Kind::kDone && !options.replace.empty()) {
    VOIZK_RETURN_IF_ERROR(DeleteCredential(store, options.replace));
  }
  return outcome;
}

int Run(const Options& options, const Context& context) {
  const auto outcome = Register(options, context);
  if (!outcome.ok()) {
    const int code = ReportError(context, outcome.error());
    return code == kExitRejected ? kExitUsage : code;
  }
  const PublicCredential& credential = outcome->credential;
  if (outcome->finished.kind == Finished::Kind::kUnknown) {
    return ReportError(
        context, {ErrorCode::kIo,
                  fmt::format("the commitment was sent, and no answer arrived ({}); credential {} "
                              "is kept: if logging in with it fails, delete it and register again",
                              outcome->finished.why.error().message, credential.Id())});
  }
  Print(
      context,
      {{"credential", credential.Id()},
       {"relying_party", credential.relying_party},
       {"account", options.server.account},
       {"commitment", Hex(credential.commitment)},
       {"bundle", Hex(credential.bundle_digest)},
       {"device_key", "ed25519"},
       {"replaced", options.replace}},
      fmt::format("registered as {} at {} for account {}{}; sent: commitment and device key, no "
                  "audio",
                  credential.Id(), credential.relying_party, options.server.account,
                  options.replace.empty() ? "" : fmt::format(" in place of {}", options.replace)));
  return kExitOk;
}

}  // namespace
}  // namespace register_command

void AddRegister(CLI::App* app, Context* context) {
  auto options = std::make_shared<register_command::Options>();
  CLI::App* command = app->add_subcommand(
      "register", "Enrol a voice at a relying party's service (enrolment is not proven)");
  AddServerOptions(command, &options->server, true);
  AddEnrollingOptions(command, &options->enrolling);
  command->add_option("--replace", options->replace,
                      "Re-enrol: in place of this credential, which is revoked there and deleted "
                      "here");
  command->callback(
      [options, context] { context->exit_code = register_command::Run(*options, *context); });
}

}  // namespace voizk::cli
