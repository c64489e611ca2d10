// voizk login --server: a challenge asked for, answered and judged in one command.
#ifndef VOIZK_CLI_SERVER_LOGIN_H_
#define VOIZK_CLI_SERVER_LOGIN_H_

#include "common.h"
#include "proving.h"
#include "server_options.h"

namespace voizk::cli {

/// Returns the exit code: 0 accepted; 1 the server rejects the answer; 2 it cannot be asked, or its
/// verdict did not arrive; 3 refused here, nothing was sent but the wish to log in.
int LogInAtServer(const ServerOptions& server, const ProvingOptions& proving,
                  const Context& context);

}  // namespace voizk::cli

#endif  // VOIZK_CLI_SERVER_LOGIN_H_
