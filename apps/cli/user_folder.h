// Where the user's own files lie: $VOIZK_HOME, or ~/.local/share/voizk.
#ifndef VOIZK_CLI_USER_FOLDER_H_
#define VOIZK_CLI_USER_FOLDER_H_

#include <string>

#include "voizk/result.h"

namespace voizk::cli {

/// A folder of that name among the user's own; not made here.  kInvalidArgument: neither VOIZK_HOME
/// nor HOME is set (a credential must not land wherever the program was started).
Result<std::string> UserFolder(const std::string& name);

/// `given` (--store), or UserFolder("credentials").
Result<std::string> CredentialFolder(const std::string& given);

/// Help text of --store.
inline constexpr char kStoreHelp[] =
    "Credential folder (default: $VOIZK_HOME/credentials or ~/.local/share/voizk/credentials)";

}  // namespace voizk::cli

#endif  // VOIZK_CLI_USER_FOLDER_H_
