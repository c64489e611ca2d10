// The options of every command that opens or makes a credential.
#ifndef VOIZK_CLI_PASSPHRASE_OPTIONS_H_
#define VOIZK_CLI_PASSPHRASE_OPTIONS_H_

#include <CLI/CLI.hpp>

#include "passphrase.h"

namespace voizk::cli {

/// Adds --passphrase-file and --passphrase-fd; without them the terminal is asked.
void AddPassphraseOptions(CLI::App* command, PassphraseSource* source);

}  // namespace voizk::cli

#endif  // VOIZK_CLI_PASSPHRASE_OPTIONS_H_
