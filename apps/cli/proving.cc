#include "proving.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "proven_enrolment.h"
#include "service_bodies.h"
#include "user_folder.h"
#include "voizk/challenge.h"

namespace voizk::cli {
namespace {

/// Opens the credential; whoever mistypes the passphrase on the terminal is asked again, so that
/// the recording is not lost.
Result<SecretCredential> Open(const ProvingOptions& options, const Context& context,
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

/// Of the credential named by --credential, or of the only one for the challenge's relying party.
Result<std::string> IdOf(const ProvingOptions& options, const std::string& store,
                         const Challenge& challenge) {
  if (options.credential.empty()) return OnlyCredential(store, challenge.relying_party);
  VOIZK_RETURN_IF_ERROR(FindCredential(store, options.credential).status());
  return options.credential;
}

}  // namespace

Result<Proven> ProveChallenge(const ProvingOptions& options, const Context& context,
                              const TrustedBundle& bundle, const std::string& store,
                              const Challenge& challenge) {
  VOIZK_RETURN_IF_ERROR(CheckChallengeTime(challenge, SystemUnixSeconds()));
  VOIZK_ASSIGN_OR_RETURN(const std::string id, IdOf(options, store, challenge));
  if (options.allowed && std::ranges::find(*options.allowed, id) == options.allowed->end()) {
    return Error{ErrorCode::kNotFound,
                 fmt::format("the credential {} is not registered there", id)};
  }
  // A file or descriptor that cannot be read shall not cost a recording; the credential itself is
  // opened late, so that the template lies in memory for a short time.
  std::optional<SecureVector<char>> passphrase;
  if (!options.passphrase.file.empty() || options.passphrase.descriptor >= 0) {
    VOIZK_ASSIGN_OR_RETURN(passphrase, ReadPassphrase(options.passphrase, PassphrasePrompt::kOnce));
  }
  if (options.show_phrase) {
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
  proven.credential = id;
  VOIZK_ASSIGN_OR_RETURN(proven.proof,
                         ProveLogin(bundle, credential, challenge, pcm.samples, context.Work()));
  if (options.answer && proven.proof.refusal == Refusal::kNone) {
    VOIZK_ASSIGN_OR_RETURN(proven.answer,
                           AnswerBody(store, credential, challenge, proven.proof.bytes));
  }
  return proven;
}

}  // namespace voizk::cli
