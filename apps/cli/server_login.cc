#include "server_login.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "trusted_bundle.h"
#include "user_folder.h"

namespace voizk::cli {
namespace {

struct Answered {
  Proven proven;
  Finished finished;  // unless refused here
  std::string relying_party;
};

Result<Answered> Answer(const ServerOptions& options, ProvingOptions proving,
                        const Context& context) {
  VOIZK_ASSIGN_OR_RETURN(const std::string store, CredentialFolder(proving.store));
  VOIZK_RETURN_IF_ERROR(
      CheckFiles(context, {.inputs = {proving.recording.file, proving.passphrase.file,
                                      options.token_file, options.ca_file},
                           .folders = {store}}));
  VOIZK_ASSIGN_OR_RETURN(const TrustedBundle bundle, LoadTrustedBundle(context));
  VOIZK_ASSIGN_OR_RETURN(const ServiceClient client, OpenServer(options));
  VOIZK_ASSIGN_OR_RETURN(const LoginBegun begun, client.BeginLogin(options.account));
  VOIZK_RETURN_IF_ERROR(CheckServerSays(options, client.server(), begun.challenge.relying_party,
                                        begun.bundle_digest, *bundle));
  proving.allowed = begun.credentials;
  proving.answer = true;
  Answered answered;
  answered.relying_party = begun.challenge.relying_party;
  VOIZK_ASSIGN_OR_RETURN(answered.proven,
                         ProveChallenge(proving, context, bundle, store, begun.challenge));
  if (answered.proven.proof.refusal != Refusal::kNone) return answered;
  answered.finished =
      client.FinishLogin(begun.challenge, answered.proven.answer, answered.proven.credential);
  return answered;
}

}  // namespace

int LogInAtServer(const ServerOptions& server, const ProvingOptions& proving,
                  const Context& context) {
  const auto begin = std::chrono::steady_clock::now();
  const auto answered = Answer(server, proving, context);
  if (!answered.ok()) {
    const int code = ReportError(context, answered.error());
    return code == kExitRejected ? kExitUsage : code;  // a challenge from a clock far from ours
  }
  const LoginProof& proof = answered->proven.proof;
  if (proof.refusal != Refusal::kNone) return ReportRefusal(context, proof.refusal);
  const Finished& finished = answered->finished;
  if (finished.kind == Finished::Kind::kUnknown) {
    return ReportError(context, {ErrorCode::kIo,
                                 "the answer was sent, and its verdict did not "
                                 "arrive: you may be logged in (" +
                                     finished.why.error().message + ")"});
  }
  if (finished.kind == Finished::Kind::kRefused && finished.type.empty()) {
    return ReportError(context, finished.why.error());
  }
  const bool accepted = finished.kind == Finished::Kind::kDone;
  const std::string why = accepted ? "" : Printable(finished.why.error().message);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  Print(context,
        {{"accepted", accepted},
         {"problem", finished.type},
         {"message", why},
         {"relying_party", answered->relying_party},
         {"account", server.account},
         {"credential", answered->proven.credential},
         {"bytes", proof.bytes.size()},
         {"seconds_prove", proof.stats.seconds_prove},
         {"seconds_total", seconds.count()}},
        accepted ? fmt::format("logged in at {} as {} ({} of proof sent, no audio; proving took "
                               "{:.2f} s)",
                               answered->relying_party, server.account,
                               HumanBytes(proof.bytes.size()), proof.stats.seconds_prove)
                 : fmt::format("rejected: {}", why));
  return accepted ? kExitOk : kExitRejected;
}

}  // namespace voizk::cli
