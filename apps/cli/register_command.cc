// voizk register: enrolment at a relying party's service in one command: options, credential,
// device key, registration.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "common.h"
#include "enrolling.h"
#include "interrupt.h"
#include "proven_enrolment.h"
#include "server_options.h"
#include "service_bodies.h"
#include "trusted_bundle.h"
#include "user_folder.h"
#include "voizk/enrolment.h"

namespace voizk::cli {
namespace register_command {
namespace {

struct Options {
  ServerOptions server;
  EnrollingOptions enrolling;
  std::string replace;
};

struct Heard {
  SecretCredential credential;
  std::vector<uint8_t> proof;  // of the enrolment, where the server asks for one
};

struct Outcome {
  PublicCredential credential;
  Finished finished;
  size_t proof_bytes = 0;
};

/// Whether the credential to replace is there, before anybody speaks.
Status CheckReplaced(const Options& options, const std::string& store,
                     const std::string& relying_party) {
  if (options.replace.empty()) return {};
  return CheckReplaceable(store, options.replace, relying_party);
}

/// The phrases, for whoever makes the files while they are read.
Status TellPhrases(const Challenge& challenge, size_t count) {
  VOIZK_ASSIGN_OR_RETURN(const auto phrases, EnrolmentPhrases(challenge, count));
  for (size_t i = 0; i < count; ++i) {
    WriteErr(fmt::format("({}/{}) {} asks you to say:   {}\n", i + 1, count,
                         challenge.relying_party, Spaced(phrases[i])));
  }
  return {};
}

Result<Heard> ListenAndProve(const EnrollingOptions& options, const Context& context,
                             const TrustedBundle& bundle, const RegistrationBegun& begun) {
  const Challenge& challenge = *begun.challenge;
  VOIZK_RETURN_IF_ERROR(CheckChallengeTime(challenge, SystemUnixSeconds()));
  if (begun.recordings > kMaxEnrolPhrases) {
    return Error{ErrorCode::kUnsupported,
                 fmt::format("the server asks for more recordings ({}) than an enrolment can have",
                             begun.recordings)};
  }
  const size_t files = options.files.size();
  if (files > 0 && (files < begun.recordings || files > kMaxEnrolPhrases)) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("the server asks for a proof of {} to {} recordings of fresh phrases, "
                             "not {}",
                             begun.recordings, kMaxEnrolPhrases, files)};
  }
  if (files > 0) VOIZK_RETURN_IF_ERROR(TellPhrases(challenge, files));
  VOIZK_ASSIGN_OR_RETURN(
      EnrolmentProof proof,
      EnrolWithProof(context, bundle, challenge, options.files,
                     std::max(begun.recordings, static_cast<size_t>(options.utterances)),
                     options.recording));
  // Nothing is kept that the server would not take any more.
  VOIZK_RETURN_IF_ERROR(CheckChallengeTime(challenge, SystemUnixSeconds()));
  Heard heard{.credential = std::move(proof.credential), .proof = std::move(proof.bytes)};
  heard.credential.label = options.label;
  heard.credential.created_unix_s = SystemUnixSeconds();
  return heard;
}

Result<Heard> Listen(const EnrollingOptions& options, const Context& context,
                     const TrustedBundle& bundle, const RegistrationBegun& begun) {
  if (begun.challenge) return ListenAndProve(options, context, bundle, begun);
  Heard heard;
  VOIZK_ASSIGN_OR_RETURN(heard.credential,
                         MakeCredential(options, context, bundle, begun.relying_party));
  return heard;
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
  VOIZK_ASSIGN_OR_RETURN(const Heard heard, Listen(options.enrolling, context, bundle, begun));
  const SecretCredential& credential = heard.credential;
  Outcome outcome{
      .credential = credential.Public(), .finished = {}, .proof_bytes = heard.proof.size()};
  const auto publish = [&](const PublicCredential& pub) -> Status {
    VOIZK_ASSIGN_OR_RETURN(const std::string body,
                           RegistrationBody(store, credential, Hex(begun.id), heard.proof));
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
  Print(context,
        {{"credential", credential.Id()},
         {"relying_party", credential.relying_party},
         {"account", options.server.account},
         {"commitment", Hex(credential.commitment)},
         {"bundle", Hex(credential.bundle_digest)},
         {"device_key", "ed25519"},
         {"enrolment_proven", outcome->proof_bytes > 0},
         {"proof_bytes", outcome->proof_bytes},
         {"replaced", options.replace}},
        fmt::format(
            "registered as {} at {} for account {}{}; sent: commitment, device key{}, no audio",
            credential.Id(), credential.relying_party, options.server.account,
            options.replace.empty() ? "" : fmt::format(" in place of {}", options.replace),
            outcome->proof_bytes == 0 ? ""
                                      : fmt::format(" and a proof of the enrolment ({})",
                                                    HumanBytes(outcome->proof_bytes))));
  return kExitOk;
}

}  // namespace
}  // namespace register_command

void AddRegister(CLI::App* app, Context* context) {
  auto options = std::make_shared<register_command::Options>();
  CLI::App* command = app->add_subcommand(
      "register", "Enrol a voice at a relying party's service, with a proof if it asks for one");
  AddServerOptions(command, &options->server, true);
  AddEnrollingOptions(command, &options->enrolling);
  command->add_option("--replace", options->replace,
                      "Re-enrol: in place of this credential, which is revoked there and deleted "
                      "here");
  command->callback(
      [options, context] { context->exit_code = register_command::Run(*options, *context); });
}

}  // namespace voizk::cli
