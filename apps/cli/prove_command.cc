// voizk prove and voizk login: from a recording and a challenge to a proof.  login also shows the
// phrase and records it.
#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include "common.h"
#include "passphrase_options.h"
#include "proven_enrolment.h"
#include "recordings.h"
#include "service_bodies.h"
#include "trusted_bundle.h"
#include "user_folder.h"
#include "voizk/challenge.h"

namespace voizk::cli {
namespace {

struct Options {
  std::string challenge;
  std::string credential;
  std::string store;
  std::string out;
  bool answer = false;  // what `out` holds: a service's body, else the proof
  RecordingOptions recording;
  PassphraseSource passphrase;
};

/// Of the credential named by --credential, or of the only one for the challenge's relying party.
Result<std::string> IdOf(const Options& options, const std::string& store,
                         const Challenge& challenge) {
  if (options.credential.empty()) return OnlyCredential(store, challenge.relying_party);
  VOIZK_RETURN_IF_ERROR(FindCredential(store, options.credential).status());
  return options.credential;
}

/// Opens the credential; whoever mistypes the passphrase on the terminal is asked again, so that
/// the recording is not lost.
Result<SecretCredential> Open(const Options& options, const Context& context,
                              const std::string& store, const std::string& id,
                              std::optional<SecureVector<char>> passphrase) {
  const bool asked = !passphrase.has_value();
  for (int attempt = 1;; ++attempt) {
    if (asked) {
      VOIZK_ASSIGN_OR_RETURN(passphrase,
                             ReadPassphrase(options.passphrase, PassphrasePrompt::kOnce));
    }
    auto credential = [&] {
      const Notice notice(context, "opening the credential");
      return LoadCredential(store, id, *passphrase);
    }();
    if (credential.ok() || !asked || attempt == kPassphraseAttempts ||
        credential.error().code != ErrorCode::kWrongPassphrase) {
      return credential;
    }
    WriteErr("That is not the passphrase; again:\n");
  }
}

/// What is written.
struct Proven {
  LoginProof proof;
  std::string answer;  // with --answer
};

Result<Proven> Work(const Options& options, const Context& context, bool interactive) {
  VOIZK_ASSIGN_OR_RETURN(const std::string store, CredentialFolder(options.store));
  VOIZK_RETURN_IF_ERROR(CheckFiles(
      context, {.inputs = {options.challenge, options.recording.file, options.passphrase.file},
                .folders = {store},
                .outputs = {options.out}}));
  VOIZK_ASSIGN_OR_RETURN(const TrustedBundle bundle, LoadTrustedBundle(context));
  VOIZK_ASSIGN_OR_RETURN(const auto bytes, ReadFile(options.challenge, 4096));
  VOIZK_ASSIGN_OR_RETURN(const Challenge challenge,
                         Naming(options.challenge, ParseChallenge(bytes)));
  VOIZK_RETURN_IF_ERROR(CheckChallengeTime(challenge, SystemUnixSeconds()));
  VOIZK_ASSIGN_OR_RETURN(const std::string id, IdOf(options, store, challenge));
  // A file or descriptor that cannot be read shall not cost a recording; the credential itself is
  // opened late, so that the template lies in memory for a short time.
  std::optional<SecureVector<char>> passphrase;
  if (!options.passphrase.file.empty() || options.passphrase.descriptor >= 0) {
    VOIZK_ASSIGN_OR_RETURN(passphrase, ReadPassphrase(options.passphrase, PassphrasePrompt::kOnce));
  }
  if (interactive) {
    WriteErr(fmt::format("{} asks you to say:   {}\n", challenge.relying_party,
                         Spaced(challenge.digits)));
  }
  VOIZK_ASSIGN_OR_RETURN(const PcmBuffer pcm, GetRecording(context, *bundle, options.recording));
  if (const Refusal refusal = QuickRefusal(pcm); refusal != Refusal::kNone) {
    Proven refused;
    refused.proof.refusal = refusal;
    return refused;
  }
  VOIZK_ASSIGN_OR_RETURN(const SecretCredential credential,
                         Open(options, context, store, id, std::move(passphrase)));
  Proven proven;
  VOIZK_ASSIGN_OR_RETURN(proven.proof,
                         ProveLogin(bundle, credential, challenge, pcm.samples, context.Work()));
  if (options.answer && proven.proof.refusal == Refusal::kNone) {
    VOIZK_ASSIGN_OR_RETURN(proven.answer,
                           AnswerBody(store, credential, challenge, proven.proof.bytes));
  }
  return proven;
}

int Run(const Options& options, const Context& context, bool interactive) {
  const auto begin = std::chrono::steady_clock::now();
  const auto proven = Work(options, context, interactive);
  if (!proven.ok()) {
    // An expired challenge is a fault of the caller's file here, not of a proof.
    const int code = ReportError(context, proven.error());
    return code == kExitRejected ? kExitUsage : code;
  }
  const LoginProof* const proof = &proven->proof;
  if (proof->refusal != Refusal::kNone) return ReportRefusal(context, proof->refusal);
  const Status written = options.answer ? WriteFile(options.out, proven->answer, ReadableBy::kOwner)
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

void Add(CLI::App* app, Context* context, const char* name, const char* text, bool interactive) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app->add_subcommand(name, text);
  command->add_option("--challenge", options->challenge, "The relying party's challenge")
      ->required();
  command->add_option("--credential", options->credential,
                      "Credential (default: the only one for that relying party)");
  command->add_option("--store", options->store, kStoreHelp);
  command->add_option("--out", options->out, "Proof file to write, - for standard output")
      ->required();
  command->add_flag("--answer", options->answer,
                    "Write the body that answers a service's login (voizk serve): credential, "
                    "proof, device key's signature");
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
