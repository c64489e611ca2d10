#include "server_options.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <span>
#include <utility>

namespace voizk::cli {
namespace {

constexpr char kTokenVariable[] = "VOIZK_TOKEN";
constexpr size_t kMaxTokenFileBytes = 8192;

/// The first line of the file, or the variable; empty where there is neither.
Result<SecureVector<char>> TakeToken(const std::string& file) {
  SecureVector<char> token;
  if (!file.empty()) {
    struct stat info {};
    if (file != "-" && stat(file.c_str(), &info) == 0 && S_ISREG(info.st_mode) &&
        (info.st_mode & 077) != 0) {
      return Error{ErrorCode::kInvalidArgument, file + ": others may read it: chmod 600 " + file};
    }
    VOIZK_ASSIGN_OR_RETURN(const SecureVector<uint8_t> bytes,
                           ReadSecretFile(file, kMaxTokenFileBytes));
    const auto end = std::ranges::find_if(bytes, [](uint8_t c) { return c == '\n' || c == '\r'; });
    token.assign(bytes.begin(), end);
    if (token.empty()) return Error{ErrorCode::kInvalidArgument, file + ": no token in it"};
    return token;
  }
  char* const value = std::getenv(kTokenVariable);
  if (value == nullptr) return token;
  const std::span<char> text(value, std::strlen(value));
  token.assign(text.begin(), text.end());
  Zeroise(text);
  unsetenv(kTokenVariable);
  return token;
}

}  // namespace

void AddServerOptions(CLI::App* command, ServerOptions* options, bool required) {
  CLI::Option* server =
      command->add_option("--server", options->url,
                          "Address of the relying party's service: https://HOST[:PORT][/PREFIX]");
  if (required) server->required();
  CLI::Option* account = command->add_option("--account", options->account, "Your account there");
  if (required) {
    account->required();
  } else {
    account->needs(server);
    server->needs(account);
  }
  const auto add = [&](const char* name, std::string* value, const char* help) {
    command->add_option(name, *value, help)->needs(server);
  };
  add("--rp", &options->relying_party,
      "Relying party that the server speaks for (default: its host)");
  add("--token-file", &options->token_file,
      "Token that the server knows you by, first line of this file, mode 0600 (default: the "
      "variable VOIZK_TOKEN, or none)");
  add("--ca-file", &options->ca_file, "Certificates (PEM) to trust in place of the system's");
  command
      ->add_flag("--insecure-http", options->insecure_http,
                 "Allow http:// without TLS to other hosts than this one")
      ->needs(server);
}

Result<ServiceClient> OpenServer(const ServerOptions& options) {
  if (!options.relying_party.empty()) {
    VOIZK_RETURN_IF_ERROR(CheckRelyingParty(options.relying_party));
  }
  VOIZK_ASSIGN_OR_RETURN(ServerUrl server, ParseServerUrl(options.url, options.insecure_http));
  HttpClientOptions http;
  http.ca_file = options.ca_file;
  VOIZK_ASSIGN_OR_RETURN(http.token, TakeToken(options.token_file));
  return ServiceClient(std::move(server), std::move(http));
}

Status CheckServerSays(const ServerOptions& options, const ServerUrl& server,
                       const std::string& relying_party, const BundleDigest& wanted,
                       const Bundle& bundle) {
  VOIZK_RETURN_IF_ERROR(CheckPartyAtServer(server, relying_party, options.relying_party));
  if (wanted == bundle.digest()) return {};
  return {ErrorCode::kUnsupported, "the server works with another bundle, " + Hex(wanted) +
                                       ": --bundle FOLDER --trust-bundle, if you trust it"};
}

}  // namespace voizk::cli
