#include "service/oidc/oidc_options.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <span>

#include "login/store/text.h"
#include "service/api/body.h"
#include "service/api/caller.h"

namespace voizk {
namespace {

using Json = nlohmann::json;

constexpr size_t kMostClients = 1000;
constexpr size_t kMostRedirects = 32;
constexpr size_t kMostText = 1024;
constexpr int kMostDepth = 5;  // the texts in redirect_uris

Error Bad(const std::string& problem) { return {ErrorCode::kMalformed, "OpenID: " + problem}; }

bool IsPlain(std::string_view text) {
  return !text.empty() && text.size() <= kMostText &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

/// Of "http://HOST..": is it this machine itself?
bool IsLoopback(std::string_view uri) {
  std::string_view host = uri.substr(std::string_view("http://").size());
  host = host.substr(0, host.find_first_of("/?"));
  for (const std::string_view name : {"127.0.0.1", "[::1]", "localhost"}) {
    if (host == name || (host.starts_with(name) && host[name.size()] == ':')) return true;
  }
  return false;
}

/// http://127.0.0.1 or http://[::1], a port or none, and what is behind it.
struct Loopback {
  std::string_view host, behind;  // both empty: another address
  bool operator==(const Loopback&) const = default;
};

Loopback SplitLoopback(std::string_view uri) {
  for (const std::string_view host : {"http://127.0.0.1", "http://[::1]"}) {
    if (!uri.starts_with(host)) continue;
    std::string_view behind = uri.substr(host.size());
    if (behind.starts_with(':')) {
      const std::string_view port = behind.substr(1, behind.find_first_of("/?") - 1);
      if (port.empty() || port.size() > 5 || port.find_first_not_of("0123456789") != port.npos) {
        return {};
      }
      behind.remove_prefix(1 + port.size());
    }
    if (behind.empty() || behind[0] == '/' || behind[0] == '?') return {host, behind};
  }
  return {};
}

/// A scheme of a program's own (RFC 8252, 7.1): a domain's name backwards.
bool IsOwnScheme(std::string_view scheme) {
  return scheme.find('.') != std::string_view::npos && std::ranges::all_of(scheme, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
                  c == '+';
         });
}

Status CheckNames(const Json& object, std::span<const std::string_view> names) {
  for (const auto& [name, value] : object.items()) {
    if (std::ranges::find(names, name) == names.end()) {
      return Bad(name + " is no setting (docs/oidc.md)");
    }
  }
  return {};
}

Status CheckUri(const std::string& name, const std::string& uri, bool own_schemes) {
  // A fragment is forbidden (RFC 6749, 3.1.2); a backslash or credentials are read in two ways.
  if (!IsPlain(uri) || uri.find_first_of("#\\\"<>^`{|}@") != std::string::npos) {
    return Bad(name + ": " + uri + " is no address that can be compared");
  }
  constexpr std::string_view kHttps = "https://";
  if (uri.starts_with(kHttps) && uri.size() > kHttps.size() && uri[kHttps.size()] != '/') return {};
  if (uri.starts_with("http://") && IsLoopback(uri)) return {};
  const size_t colon = uri.find(':');
  if (own_schemes && colon != std::string::npos && IsOwnScheme(uri.substr(0, colon))) return {};
  return Bad(name + ": " + uri + " is neither https:// nor of this machine");
}

Status ReadSeconds(const Json& json, const char* name, int64_t least, int64_t most,
                   int64_t* seconds) {
  const auto found = json.find(name);
  if (found == json.end()) return {};
  if (!found->is_number_integer() || found->get<int64_t>() < least ||
      found->get<int64_t>() > most) {
    return Bad(std::string(name) + " is " + std::to_string(least) + " to " + std::to_string(most));
  }
  *seconds = found->get<int64_t>();
  return {};
}

Status ReadAuth(const Json& json, const std::string& id, OidcClient* client) {
  VOIZK_ASSIGN_OR_RETURN(const std::string auth, TextOf(json, "auth", true));
  VOIZK_ASSIGN_OR_RETURN(const std::string digest, TextOf(json, "secret_sha256", false));
  if (auth == "none") {
    client->auth = ClientAuth::kNone;
    if (digest.empty()) return {};
    return Bad(id + " has a secret, and auth none");
  }
  if (auth != "client_secret_basic" && auth != "client_secret_post") {
    return Bad(id + ": auth is client_secret_basic, client_secret_post or none");
  }
  client->auth = auth == "client_secret_basic" ? ClientAuth::kBasic : ClientAuth::kPost;
  const auto bytes = FromHex32(digest);
  if (!bytes) return Bad(id + ": secret_sha256 is 64 hexadecimal digits");
  client->secret_digest = *bytes;
  return {};
}

Status ReadClient(const Json& json, OidcOptions* options) {
  constexpr std::array<std::string_view, 5> kNames = {"client_id", "name", "auth", "secret_sha256",
                                                      "redirect_uris"};
  if (!json.is_object()) return Bad("a client is an object");
  VOIZK_RETURN_IF_ERROR(CheckNames(json, kNames));
  VOIZK_ASSIGN_OR_RETURN(const std::string id, TextOf(json, "client_id", true));
  if (!IsPlain(id) || id.find(':') != std::string::npos) {
    return Bad("a client_id is visible ASCII without a colon");
  }
  OidcClient client;
  VOIZK_ASSIGN_OR_RETURN(client.name, TextOf(json, "name", true));
  if (client.name.empty() || client.name.size() > kMostText) return Bad(id + " has no name");
  VOIZK_RETURN_IF_ERROR(ReadAuth(json, id, &client));
  const auto uris = json.find("redirect_uris");
  if (uris == json.end() || !uris->is_array() || uris->empty() || uris->size() > kMostRedirects) {
    return Bad(id + " has no redirect_uris");
  }
  for (const Json& uri : *uris) {
    if (!uri.is_string()) return Bad(id + ": redirect_uris are texts");
    client.redirect_uris.push_back(uri.get<std::string>());
    VOIZK_RETURN_IF_ERROR(CheckUri(id, client.redirect_uris.back(), /*own_schemes=*/true));
  }
  if (!options->clients.emplace(id, std::move(client)).second) return Bad(id + " is there twice");
  return {};
}

/// Would browsers write host and port of the origin in the same way?
bool HasPlainHost(std::string_view origin) {
  std::string_view host = origin.substr(origin.find("://") + 3);
  const size_t colon = host.find(':', host.starts_with('[') ? host.find(']') : 0);
  if (colon != host.npos) {
    const std::string_view port = host.substr(colon + 1);
    if (port.empty() || port.size() > 5 || port[0] == '0' ||
        port.find_first_not_of("0123456789") != port.npos || (port.size() == 5 && port > "65535")) {
      return false;
    }
    host = host.substr(0, colon);
  }
  if (host.starts_with('[')) {
    if (!host.ends_with(']')) return false;
    const std::string address(host.substr(1, host.size() - 2));
    return NormalAddress(address) == address;
  }
  if (host.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-_") != host.npos) return false;
  const std::string_view last = host.substr(host.rfind('.') + 1);  // the whole, where there is none
  const bool numbers = !last.empty() && last[0] >= '0' && last[0] <= '9';
  return !numbers || NormalAddress(std::string(host)) == host;
}

Status ReadUris(const Json& json, OidcOptions* options) {
  VOIZK_ASSIGN_OR_RETURN(options->issuer, TextOf(json, "issuer", true));
  VOIZK_RETURN_IF_ERROR(CheckUri("issuer", options->issuer, /*own_schemes=*/false));
  if (OriginOf(options->issuer) != options->issuer || !HasPlainHost(options->issuer)) {
    return Bad(
        "the issuer is an origin as browsers write it: https://HOST or https://HOST:PORT, in"
        " lower case, without a path or the port that goes without saying");
  }
  VOIZK_ASSIGN_OR_RETURN(options->interaction_url, TextOf(json, "interaction_url", false));
  if (options->interaction_url.empty()) return {};
  VOIZK_RETURN_IF_ERROR(CheckUri("interaction_url", options->interaction_url, false));
  if (OriginOf(options->interaction_url) == options->issuer) return {};
  // The cookie is sent to no other host.
  return Bad("interaction_url lies under the issuer");
}

}  // namespace

bool MayRedirect(const OidcClient& client, std::string_view uri) {
  return std::ranges::any_of(client.redirect_uris, [&](const std::string& registered) {
    if (uri == registered) return true;
    const Loopback loopback = SplitLoopback(registered);
    return client.auth == ClientAuth::kNone && !loopback.host.empty() &&
           SplitLoopback(uri) == loopback;
  });
}

std::string OriginOf(std::string_view uri) {
  if (!uri.starts_with("https://") && !uri.starts_with("http://")) return {};
  const bool tls = uri.starts_with("https:");
  uri = uri.substr(0, uri.find_first_of("/?", uri.find("://") + 3));
  for (const std::string_view port : {tls ? ":443" : ":80", ":"}) {
    if (uri.ends_with(port)) uri.remove_suffix(port.size());
  }
  std::string origin(uri);
  for (char& c : origin) c = (c >= 'A' && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : c;
  return origin;
}

Result<OidcOptions> ParseOidcOptions(std::string_view text) {
  constexpr std::array<std::string_view, 8> kNames = {
      "issuer", "key_file", "interaction_url", "device_key_amr",
      "code_s", "token_s",  "interaction_s",   "clients"};
  const auto body = ParseBody(text, kNames, kMostDepth);
  if (!body.ok()) return Bad("in the file, " + body.error().message);
  const Json& json = *body;
  OidcOptions options;
  VOIZK_RETURN_IF_ERROR(ReadUris(json, &options));
  VOIZK_ASSIGN_OR_RETURN(options.key_file, TextOf(json, "key_file", true));
  if (json.contains("device_key_amr")) {
    VOIZK_ASSIGN_OR_RETURN(options.device_key_amr, TextOf(json, "device_key_amr", true));
  }
  if (options.device_key_amr != "swk" && options.device_key_amr != "hwk") {
    return Bad("device_key_amr is swk or hwk");
  }
  VOIZK_RETURN_IF_ERROR(ReadSeconds(json, "code_s", 10, 600, &options.code_s));
  VOIZK_RETURN_IF_ERROR(ReadSeconds(json, "token_s", 60, 3600, &options.token_s));
  VOIZK_RETURN_IF_ERROR(ReadSeconds(json, "interaction_s", 60, 3600, &options.interaction_s));
  const auto clients = json.find("clients");
  if (clients == json.end() || !clients->is_array() || clients->empty() ||
      clients->size() > kMostClients) {
    return Bad("there are no clients");
  }
  for (const Json& client : *clients) VOIZK_RETURN_IF_ERROR(ReadClient(client, &options));
  return options;
}

}  // namespace voizk
