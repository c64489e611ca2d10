#include "enrolling.h"

#include <fmt/format.h>

#include <utility>

#include "passphrase_options.h"
#include "user_folder.h"

namespace voizk::cli {
namespace {

constexpr int kMaxRefusedInARow = 3;

Result<std::vector<PcmBuffer>> Collect(const EnrollingOptions& options, const Context& context,
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

}  // namespace

void AddEnrollingOptions(CLI::App* command, EnrollingOptions* options) {
  command->add_option("files", options->files,
                      "Recordings of 5 s and more (default: from the microphone)");
  command->add_option("--utterances", options->utterances, "Recordings to take")
      ->check(CLI::Range(1, 20))
      ->capture_default_str();
  AddRecordingOptions(command, &options->recording, false);
  command->add_option("--label", options->label, "A name for your own eyes (credentials show)");
  command->add_option("--store", options->store, kStoreHelp);
  AddPassphraseOptions(command, &options->passphrase);
}

std::vector<std::string> InputsOf(const EnrollingOptions& options) {
  std::vector<std::string> inputs = options.files;
  inputs.push_back(options.passphrase.file);
  return inputs;
}

Result<SecureVector<char>> TakeNewPassphrase(const EnrollingOptions& options) {
  VOIZK_ASSIGN_OR_RETURN(auto passphrase,
                         ReadPassphrase(options.passphrase, PassphrasePrompt::kTwice));
  VOIZK_RETURN_IF_ERROR(CheckNewPassphrase(passphrase));
  return passphrase;
}

Result<SecretCredential> MakeCredential(const EnrollingOptions& options, const Context& context,
                                        const TrustedBundle& bundle,
                                        const std::string& relying_party) {
  VOIZK_ASSIGN_OR_RETURN(const std::vector<PcmBuffer> recordings,
                         Collect(options, context, *bundle));
  std::vector<std::span<const int16_t>> utterances;
  utterances.reserve(recordings.size());
  for (const PcmBuffer& pcm : recordings) utterances.emplace_back(pcm.samples);
  VOIZK_ASSIGN_OR_RETURN(SecretCredential credential,
                         Enrol(bundle, relying_party, utterances, context.Work()));
  credential.label = options.label;
  credential.created_unix_s = SystemUnixSeconds();
  return credential;
}

}  // namespace voizk::cli
