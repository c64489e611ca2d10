// From utterances to a credential that is not stored yet: what `enrol` and `register` share.
#ifndef VOIZK_CLI_ENROLLING_H_
#define VOIZK_CLI_ENROLLING_H_

#include <string>
#include <vector>

#include "common.h"
#include "passphrase.h"
#include "recordings.h"
#include "trusted_bundle.h"
#include "voizk/credential.h"

namespace voizk::cli {

struct EnrollingOptions {
  std::string label;
  std::vector<std::string> files;  // empty: from the microphone
  RecordingOptions recording;
  int utterances = 4;
  PassphraseSource passphrase;
  std::string store;  // --store
};

/// Adds files, --utterances, --label, --store and those of recordings and passphrases.
void AddEnrollingOptions(CLI::App* command, EnrollingOptions* options);

/// What is read: the recordings and the file of the passphrase.
std::vector<std::string> InputsOf(const EnrollingOptions& options);

/// kNotFound, kInvalidArgument: the passphrase, before anybody speaks.
Result<SecureVector<char>> TakeNewPassphrase(const EnrollingOptions& options);

/// Takes the utterances and makes the credential of them.  kRefused: the text says what to change.
Result<SecretCredential> MakeCredential(const EnrollingOptions& options, const Context& context,
                                        const TrustedBundle& bundle,
                                        const std::string& relying_party);

}  // namespace voizk::cli

#endif  // VOIZK_CLI_ENROLLING_H_
