// Whom `register` and `login --server` speak to, and as whom.
#ifndef VOIZK_CLI_SERVER_OPTIONS_H_
#define VOIZK_CLI_SERVER_OPTIONS_H_

#include <string>

#include "client/service_client.h"
#include "common.h"

namespace voizk::cli {

struct ServerOptions {
  std::string url;  // --server
  std::string account;
  std::string relying_party;  // --rp: the only one that the server may speak for
  std::string token_file;
  std::string ca_file;
  bool insecure_http = false;
};

/// Adds --server, --account, --rp, --token-file, --ca-file, --insecure-http; `required`: --server
/// has to be there.
void AddServerOptions(CLI::App* command, ServerOptions* options, bool required);

/// The server, and the token of --token-file (mode 0600), or of the variable VOIZK_TOKEN, which is
/// overwritten.  Nothing is sent.  kInvalidArgument, kNotFound, kIo, kUnsupported.
Result<ServiceClient> OpenServer(const ServerOptions& options);

/// That the server may speak for this party, and works with this bundle.  kInvalidArgument,
/// kUnsupported.
Status CheckServerSays(const ServerOptions& options, const ServerUrl& server,
                       const std::string& relying_party, const BundleDigest& wanted,
                       const Bundle& bundle);

}  // namespace voizk::cli

#endif  // VOIZK_CLI_SERVER_OPTIONS_H_
