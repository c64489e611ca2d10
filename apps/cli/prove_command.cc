// voizk prove and voizk login: from a recording and a challenge to a proof.  login also shows the
// phrase and records it; with --server it asks the challenge there and answers it there.
#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <utility>

#include "common.h"
#include "passphrase_options.h"
#include "proving.h"
#include "server_login.h"
#include "server_options.h"
#include "trusted_bundle.h"
#include "user_folder.h"
#include "voizk/challenge.h"

namespace voizk::cli {
namespace prove_command {
namespace {

struct Options {
  std::string challenge;
  std::string out;  // the proof, or with proving.answer a service's body
  ProvingOptions proving;
  ServerOptions server;  // login only
};

Result<Proven> Work(const Options& options, const Context& context) {
  const ProvingOptions& proving = options.proving;
  VOIZK_ASSIGN_OR_RETURN(const std::string store, CredentialFolder(proving.store));
  VOIZK_RETURN_IF_ERROR(CheckFiles(
      context, {.inputs = {options.challenge, proving.recording.file, proving.passphrase.file},
                .folders = {store},
                .outputs = {options.out}}));
  VOIZK_ASSIGN_OR_RETURN(const TrustedBundle bundle, LoadTrustedBundle(context));
  VOIZK_ASSIGN_OR_RETURN(const auto bytes, ReadFile(options.challenge, 4096));
  VOIZK_ASSIGN_OR_RETURN(const Challenge challenge,
                         Naming(options.challenge, ParseChallenge(bytes)));
  return ProveChallenge(proving, context, bundle, store, challenge);
}

int Run(const Options& options, const Context& context) {
  const auto begin = std::chrono::steady_clock::now();
  const auto proven = Work(options, context);
  if (!proven.ok()) {
    // An expired challenge is a fault of the caller's file here, not of a proof.
    const int code = ReportError(context, proven.error());
    return code == kExitRejected ? kExitUsage : code;
  }
  const LoginProof* const proof = &proven->proof;
  if (proof->refusal != Refusal::kNone) return ReportRefusal(context, proof->refusal);
  const Status written = options.proving.answer
                             ? WriteFile(options.out, proven->answer, ReadableBy::kOwner)
                             : WriteFile(options.out, proof->bytes, ReadableBy::kOwner);
  if (!written.ok()) return ReportError(context, written.error());
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  const LoginStats& stats = proof->stats;
  PrintBeside(
      context, options.out,
      {{"proof", options.out},
       {"bytes", proof->bytes.size()},
       {"bucket", stats.bucket},
       {"cells", stats.cells},
       {"lookups", stats.lookups},
       {"seconds_witness", stats.seconds_witness},
       {"seconds_relation", stats.seconds_relation},
       {"seconds_prove", stats.seconds_prove},
       {"seconds_total", seconds.count()},
       {"threads", context.Threads()},
       {"peak_memory_bytes", PeakMemoryBytes()}},
      fmt::format("proof written to {} ({}); proving took {:.2f} s on {} threads, peak memory {}",
                  options.out, HumanBytes(proof->bytes.size()), stats.seconds_prove,
                  context.Threads(), HumanBytes(PeakMemoryBytes())));
  return kExitOk;
}

/// Names what is missing, or stands beside --server.
Status CheckUse(const Options& options, bool login) {
  if (!options.server.url.empty()) {
    if (options.challenge.empty() && options.out.empty() && !options.proving.answer) return {};
    return {ErrorCode::kInvalidArgument,
            "--server asks for the challenge and sends the answer itself: no --challenge, --out or "
            "--answer"};
  }
  if (options.challenge.empty()) {
    return {ErrorCode::kInvalidArgument,
            login ? "--challenge is required, or --server" : "--challenge is required"};
  }
  if (options.out.empty()) return {ErrorCode::kInvalidArgument, "--out is required"};
  if (!login && options.proving.recording.file.empty()) {
    return {ErrorCode::kInvalidArgument, "prove needs --audio (login records)"};
  }
  return {};
}

void Add(CLI::App* app, Context* context, const char* name, const char* text, bool login) {
  auto options = std::make_shared<Options>();
  ProvingOptions& proving = options->proving;
  proving.show_phrase = login;
  CLI::App* command = app->add_subcommand(name, text);
  command->add_option("--challenge", options->challenge, "The relying party's challenge");
  command->add_option("--credential", proving.credential,
                      "Credential (default: the only one for that relying party)");
  command->add_option("--store", proving.store, kStoreHelp);
  command->add_option("--out", options->out, "Proof file to write, - for standard output");
  command->add_flag("--answer", proving.answer,
                    "Write the body that answers a service's login (voizk serve): credential, "
                    "proof, device key's signature");
  if (login) AddServerOptions(command, &options->server, false);
  AddRecordingOptions(command, &proving.recording, true);
  AddPassphraseOptions(command, &proving.passphrase);
  command->callback([options, context, login] {
    if (const Status use = CheckUse(*options, login); !use.ok()) {
      context->exit_code = ReportError(*context, use.error());
    } else if (!options->server.url.empty()) {
      context->exit_code = LogInAtServer(options->server, options->proving, *context);
    } else {
      context->exit_code = Run(*options, *context);
    }
  });
}

}  // namespace
}  // namespace prove_command

void AddLogin(CLI::App* app, Context* context) {
  prove_command::Add(app, context, "login",
                     "Show the phrase, record it, check it, prove it; at a server: log in", true);
}

void AddProve(CLI::App* app, Context* context) {
  prove_command::Add(app, context, "prove", "Prove a recorded phrase", false);
}

}  // namespace voizk::cli
