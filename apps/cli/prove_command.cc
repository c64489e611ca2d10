// voizk prove and voizk login: from a recording and a challenge to a proof.  login also shows the
// phrase and records it.
#include <fmt/format.h>

#include <chrono>
#include <memory>

#include "common.h"
#include "passphrase_options.h"
#include "recordings.h"
#include "voizk/challenge.h"

namespace voizk::cli {
namespace {

struct Options {
  std::string challenge;
  std::string credential;
  std::string store;
  std::string out;
  RecordingOptions recording;
  PassphraseSource passphrase;
};

/// The credential named by --credential, or the only one for the challenge's relying party.
Result<SecretCredential> Open(const Options& options, const Challenge& challenge) {
  std::string id = options.credential;
  if (id.empty()) {
    VOIZK_ASSIGN_OR_RETURN(const auto stored, ListCredentials(options.store));
    for (const StoredCredential& entry : stored) {
      if (!entry.credential.ok()) continue;
      const PublicCredential& credential = entry.credential.value();
      if (credential.relying_party != challenge.relying_party) continue;
      if (!id.empty()) {
        return Error{ErrorCode::kInvalidArgument,
                     "several credentials for this relying party: name one with --credential"};
      }
      id = credential.Id();
    }
    if (id.empty()) {
      return Error{ErrorCode::kNotFound,
                   fmt::format("no credential for {}", challenge.relying_party)};
    }
  }
  VOIZK_ASSIGN_OR_RETURN(const auto passphrase,
                         ReadPassphrase(options.passphrase, PassphrasePrompt::kOnce));
  return LoadCredential(options.store, id, passphrase);
}

Result<LoginProof> Work(const Options& options, const Context& context, bool interactive) {
  VOIZK_ASSIGN_OR_RETURN(const Bundle bundle, context.LoadBundle());
  VOIZK_ASSIGN_OR_RETURN(const auto bytes, ReadFile(options.challenge, 4096));
  VOIZK_ASSIGN_OR_RETURN(const Challenge challenge, ParseChallenge(bytes));
  VOIZK_RETURN_IF_ERROR(CheckChallengeTime(challenge, NowUnixSeconds()));
  VOIZK_ASSIGN_OR_RETURN(const SecretCredential credential, Open(options, challenge));
  if (interactive) {
    std::string spaced;
    for (const char c : PhraseText(challenge)) spaced += fmt::format("{} ", c);
    fmt::print(stderr, "{} asks you to say:   {}\n", challenge.relying_party, spaced);
  }
  VOIZK_ASSIGN_OR_RETURN(const PcmBuffer pcm, GetRecording(context, bundle, options.recording));
  if (const Refusal refusal = QuickRefusal(pcm); refusal != Refusal::kNone) {
    LoginProof refused;
    refused.refusal = refusal;
    return refused;
  }
  return ProveLogin(bundle, credential, challenge, pcm.samples, context.Work());
}

int Run(const Options& options, const Context& context, bool interactive) {
  const auto begin = std::chrono::steady_clock::now();
  const auto proof = Work(options, context, interactive);
  if (!proof.ok()) {
    // An expired challenge is a fault of the caller's file here, not of a proof.
    const int code = ReportError(context, proof.error());
    return code == kExitRejected ? kExitUsage : code;
  }
  if (proof->refusal != Refusal::kNone) return ReportRefusal(context, proof->refusal);
  if (const Status status = WriteFile(options.out, proof->bytes); !status.ok()) {
    return ReportError(context, status.error());
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  const LoginStats& stats = proof->stats;
  Print(context,
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

void Add(CLI::App* app, Context* context, const char* name, const char* text, bool interactive) {
  auto options = std::make_shared<Options>();
  options->store = DataFolder("credentials");
  CLI::App* command = app->add_subcommand(name, text);
  command->add_option("--challenge", options->challenge, "The relying party's challenge")
      ->required();
  command->add_option("--credential", options->credential,
                      "Credential (default: the only one for that relying party)");
  command->add_option("--store", options->store, "Credential folder")->capture_default_str();
  command->add_option("--out", options->out, "Proof file to write")->required();
  AddRecordingOptions(command, &options->recording, true);
  AddPassphraseOptions(command, &options->passphrase);
  command->callback([options, context, interactive] {
    if (!interactive && options->recording.file.empty()) {
      context->exit_code = ReportError(
          *context, {ErrorCode::kInvalidArgument, "prove needs --audio (login records)"});
      return;
    }
    context->exit_code = Run(*options, *context, interactive);
  });
}

}  // namespace

void AddLogin(CLI::App* app, Context* context) {
  Add(app, context, "login", "Show the phrase, record it, check it, prove it", true);
}

void AddProve(CLI::App* app, Context* context) {
  Add(app, context, "prove", "Prove a recorded phrase", false);
}

}  // namespace voizk::cli
