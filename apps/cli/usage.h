// Help, version, and what is said about a command line that cannot be understood.
#ifndef VOIZK_CLI_USAGE_H_
#define VOIZK_CLI_USAGE_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "common.h"

namespace voizk::cli {

/// The word of `known` that `word` was probably meant to be: at most two letters inserted, left
/// out, changed or swapped with their neighbour.  Empty: none.
std::string Nearest(const std::string& word, const std::vector<std::string>& known);

/// Gives every option, of all subcommands too, the checks that hold for each: numbers are finite,
/// texts are not empty (labels may be).
void CheckEveryValue(CLI::App* app);

/// Runs the command line: the command of `app` that it names, or help, or the version.  Returns the
/// exit code.
int RunCommandLine(CLI::App* app, Context* context, int argc, const char* const* argv);

}  // namespace voizk::cli

#endif  // VOIZK_CLI_USAGE_H_
