#include "client/server_url.h"

#include <arpa/inet.h>

#include <algorithm>
#include <memory>

#include "client/curl_library.h"
#include "login/store/text.h"

namespace voizk {
namespace {

constexpr size_t kMaxUrlBytes = 1024;

struct CleanUp {
  void operator()(CURLU* url) const { Curl().curl_url_cleanup(url); }
};
using Parsed = std::unique_ptr<CURLU, CleanUp>;

/// Empty where the address has no such part.
std::string Part(const Parsed& url, CURLUPart part) {
  char* text = nullptr;
  if (Curl().curl_url_get(url.get(), part, &text, 0) != CURLUE_OK || text == nullptr) return {};
  std::string copy = text;
  Curl().curl_free(text);
  return copy;
}

std::string LowerCase(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return text;
}

/// libcurl has written the numbers of an address out by now (127.1 is 127.0.0.1), and resolves
/// localhost to loopback itself.
bool IsLoopback(const std::string& host) {
  in_addr v4{};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  in6_addr v6{};
  if (inet_pton(AF_INET6, host.c_str(), &v6) == 1) return IN6_IS_ADDR_LOOPBACK(&v6);
  return host == "localhost";
}

Status Wrong(const std::string& what) { return {ErrorCode::kInvalidArgument, "--server: " + what}; }

}  // namespace

Result<ServerUrl> ParseServerUrl(const std::string& text, bool insecure_http) {
  VOIZK_RETURN_IF_ERROR(OpenCurlLibrary());
  const bool visible = std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
  if (text.size() > kMaxUrlBytes || !visible) {
    return Wrong(
        "an address of at most 1024 visible ASCII characters (a name of other letters in "
        "its form xn--..)");
  }
  const Parsed url(Curl().curl_url());
  if (!url) return {ErrorCode::kOutOfMemory, "out of memory"};
  if (Curl().curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) {
    return Wrong("no address of the form https://HOST[:PORT][/PREFIX]");
  }
  for (const CURLUPart part : {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_OPTIONS,
                               CURLUPART_QUERY, CURLUPART_FRAGMENT, CURLUPART_ZONEID}) {
    if (!Part(url, part).empty()) return Wrong("no user name, query or fragment, please");
  }
  ServerUrl server;
  const std::string scheme = Part(url, CURLUPART_SCHEME);
  server.tls = scheme == "https";
  if (!server.tls && scheme != "http") return Wrong("https:// only");
  const std::string host = LowerCase(Part(url, CURLUPART_HOST));  // an IPv6 address in brackets
  server.host = host.starts_with('[') ? host.substr(1, host.size() - 2) : host;
  if (server.host.ends_with('.')) return Wrong("no dot at the end of the name, please");
  if (!server.tls && !insecure_http && !IsLoopback(server.host)) {
    return Wrong(
        "http:// without TLS for loopback only, or with --insecure-http: what is sent "
        "opens the account for whoever reads it");
  }
  server.text = scheme + "://" + host;
  if (const std::string port = Part(url, CURLUPART_PORT); !port.empty()) server.text += ":" + port;
  server.text += Part(url, CURLUPART_PATH);
  while (server.text.ends_with('/')) server.text.pop_back();
  return server;
}

Status CheckPartyAtServer(const ServerUrl& server, std::string_view relying_party,
                          std::string_view wanted) {
  if (!IsVisibleUtf8(relying_party)) {
    return {ErrorCode::kMalformed, "the relying party's name cannot be shown"};
  }
  const std::string name(relying_party);
  if (!wanted.empty()) {
    if (relying_party == wanted) return {};
    return {ErrorCode::kInvalidArgument,
            "the server speaks for " + name + ", not for what --rp says"};
  }
  const bool dotted = relying_party.find('.') != std::string_view::npos;
  if (dotted && server.host == name) return {};
  return {ErrorCode::kInvalidArgument, "the server " + server.host + " says that it speaks for " +
                                           name +
                                           ", which is not its own name; "
                                           "if you know that it does: --rp " +
                                           name};
}

}  // namespace voizk
