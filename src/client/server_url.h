// The address of a service as its user gives it: what may be spoken to, and whose name may be
// believed there.
#ifndef VOIZK_CLIENT_SERVER_URL_H_
#define VOIZK_CLIENT_SERVER_URL_H_

#include <string>
#include <string_view>

#include "base/result.h"

namespace voizk {

struct ServerUrl {
  std::string text;  // without a '/' at the end: what paths are appended to
  std::string host;  // lower case, as the certificate has to name it; no port, no brackets
  bool tls = true;
};

/// `https://HOST[:PORT][/PREFIX]`; `http://` for loopback (127.0.0.0/8, ::1, localhost), for other
/// hosts only with `insecure_http`: what is sent opens an account for whoever reads it.  No user
/// name, query or fragment.  kInvalidArgument; kUnsupported: there is no libcurl.
Result<ServerUrl> ParseServerUrl(const std::string& text, bool insecure_http);

/// Whether a server may speak for this relying party: the host is the party's name, which has to
/// have a dot; so a server cannot collect what is meant for another.  WebAuthn lets a host speak
/// for a domain above it, too, which takes a list of public suffixes, as evil.co.uk would else
/// speak for co.uk.  `wanted`: the name that the user gave, which then is the only one, at any
/// host; empty: none.  kInvalidArgument.
Status CheckPartyAtServer(const ServerUrl& server, std::string_view relying_party,
                          std::string_view wanted);

}  // namespace voizk

#endif  // VOIZK_CLIENT_SERVER_URL_H_
