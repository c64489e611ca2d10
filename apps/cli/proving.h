// From a challenge and a recording to a proof: what `prove`, `login` and `login --server` share.
#ifndef VOIZK_CLI_PROVING_H_
#define VOIZK_CLI_PROVING_H_

#include <optional>
#include <string>
#include <vector>

#include "common.h"
#include "passphrase.h"
#include "recordings.h"
#include "trusted_bundle.h"
#include "voizk/challenge.h"

namespace voizk::cli {

struct ProvingOptions {
  std::string credential;  // --credential; empty: the only one for the challenge's party
  std::string store;       // --store
  RecordingOptions recording;
  PassphraseSource passphrase;
  bool show_phrase = false;                         // before the recording is taken
  bool answer = false;                              // make the body of a service's login too
  std::optional<std::vector<std::string>> allowed;  // ids of credentials that the asker knows
};

struct Proven {
  LoginProof proof;
  std::string answer;      // with `answer`, unless refused
  std::string credential;  // its id, unless the recording was refused before it was opened
};

/// Checks the challenge's time and which credential is meant, takes the recording, opens the
/// credential and proves.  kChallengeExpired; kNotFound: no such credential, or none that is
/// `allowed`; a refusal is a value.
Result<Proven> ProveChallenge(const ProvingOptions& options, const Context& context,
                              const TrustedBundle& bundle, const std::string& store,
                              const Challenge& challenge);

}  // namespace voizk::cli

#endif  // VOIZK_CLI_PROVING_H_
