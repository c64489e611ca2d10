// voizk enrol: several utterances to a template, sealed under a passphrase, and its commitment.
#include <fmt/format.h>

#include <memory>

#include "common.h"
#include "interrupt.h"
#include "passphrase_options.h"
#include "recordings.h"
#include "service_bodies.h"
#include "trusted_bundle.h"
#include "user_folder.h"

namespace voizk::cli {
namespace {

constexpr int kMaxRefusedInARow = 3;

struct Options {
  std::string relying_party;
  std::string label;
  std::vector<std::string> files;
  RecordingOptions recording;
  int utterances = 4;
  PassphraseSource passphrase;
  std::string store;
  std::string out;
  std::string replace;
  std::string registration;
};

Result<std::vector<PcmBuffer>> Collect(const Options& options, const Context& context,
                                       const Bundle& bundle) {
  std::vector<PcmBuffer> recordings;
  RecordingOptions one = options.recording;
  one.one_bucket = false;  // an utterance may be longer than a login
  for (const std::string& file : options.files) {
    one.file = file;
    VOIZK_ASSIGN_OR_RETURN(PcmBuffer pcm, GetRecording(context, bundle, one));
    if (const Refusal refusal = QuickRefusal(pcm); refusal != Refusal::kNone) {
      return Error{ErrorCode::kRefused, fmt::format("{}: {}", file, RefusalText(refusal))};
    }
    recordings.push_back(std::move(pcm));
  }
  const size_t wanted = options.files.empty() ? static_cast<size_t>(options.utterances) : 0;
  one.trailing_silence_s = 1.5;  // free speech has pauses
  for (int refused = 0; recordings.size() < wanted;) {
    WriteErr(fmt::format("({}/{}) Speak freely for about six seconds, then pause.\n",
                         recordings.size() + 1, wanted));
    VOIZK_ASSIGN_OR_RETURN(PcmBuffer pcm, GetRecording(context, bundle, one));
    if (const Refusal refusal = QuickRefusal(pcm); refusal != Refusal::kNone) {
      if (++refused == kMaxRefusedInARow) return Error{ErrorCode::kRefused, RefusalText(refusal)};
      WriteErr(fmt::format("{} Again:\n", RefusalText(refusal)));
      continue;
    }
    refused = 0;
    recordings.push_back(std::move(pcm));
  }
  return recordings;
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

Result<PublicCredential> Enrol(const Options& options, const Context& context) {
  VOIZK_ASSIGN_OR_RETURN(const std::string store, CredentialFolder(options.store));
  FilePlan plan{.inputs = options.files, .folders = {store}, .outputs = {options.out}};
  plan.inputs.push_back(options.passphrase.file);
  VOIZK_RETURN_IF_ERROR(CheckFiles(context, plan));
  VOIZK_RETURN_IF_ERROR(CheckBefore(options, store));
  VOIZK_ASSIGN_OR_RETURN(const TrustedBundle bundle, LoadTrustedBundle(context));
  VOIZK_ASSIGN_OR_RETURN(const auto passphrase,
                         ReadPassphrase(options.passphrase, PassphrasePrompt::kTwice));
  VOIZK_RETURN_IF_ERROR(CheckNewPassphrase(passphrase));
  VOIZK_ASSIGN_OR_RETURN(const std::vector<PcmBuffer> recordings,
                         Collect(options, context, *bundle));
  std::vector<std::span<const int16_t>> utterances;
  utterances.reserve(recordings.size());
  for (const PcmBuffer& pcm : recordings) utterances.emplace_back(pcm.samples);
  VOIZK_ASSIGN_OR_RETURN(SecretCredential credential,
                         Enrol(bundle, options.relying_party, utterances, context.Work()));
  credential.label = options.label;
  credential.created_unix_s = SystemUnixSeconds();
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
  command->add_option("files", options->files,
                      "Recordings of 5 s and more (default: from the microphone)");
  command->add_option("--utterances", options->utterances, "Recordings to take")
      ->check(CLI::Range(1, 20))
      ->capture_default_str();
  AddRecordingOptions(command, &options->recording, false);
  command->add_option("--label", options->label, "A name for your own eyes (credentials show)");
  command->add_option("--store", options->store, kStoreHelp);
  command->add_option("--out", options->out, "Write the public part (JSON) for the relying party");
  command->add_option("--replace", options->replace,
                      "Re-enrol: delete this credential of the same party afterwards");
  command
      ->add_option("--registration", options->registration,
                   "Registration that a service began (voizk serve): make a device key, and write "
                   "the body that finishes it to --out")
      ->needs("--out");
  AddPassphraseOptions(command, &options->passphrase);
  command->callback([options, context] { context->exit_code = Run(*options, *context); });
}

}  // namespace voizk::cli
