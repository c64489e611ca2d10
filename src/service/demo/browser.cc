#include "service/demo/browser.h"

#include <arpa/inet.h>
#include <strings.h>

#include <algorithm>

namespace voizk {
namespace {

constexpr uint16_t kHttpPort = 80;
constexpr uint16_t kHttpsPort = 443;

bool IsLoopback(const std::string& name) {
  if (name == "[::1]" || strcasecmp(name.c_str(), "localhost") == 0) return true;
  in_addr address{};
  return name.starts_with("127.") && inet_pton(AF_INET, name.c_str(), &address) == 1;
}

}  // namespace

bool IsThisMachine(std::string_view host, uint16_t port, bool tls) {
  const std::string colon_port = std::string(":").append(std::to_string(port));
  if (host.ends_with(colon_port)) {
    host.remove_suffix(colon_port.size());
  } else if (port != (tls ? kHttpsPort : kHttpPort)) {
    return false;
  }
  return IsLoopback(std::string(host));
}

bool IsOwnOrigin(const HttpRequest& head, bool tls) {
  return head.origin.empty() || head.origin == (tls ? "https://" : "http://") + head.host;
}

std::string CookieName(uint16_t port, bool tls) {
  return std::string(tls ? "__Host-voizk_rp_" : "voizk_rp_").append(std::to_string(port));
}

std::optional<std::string> CookieIn(std::string_view cookies, std::string_view name) {
  std::optional<std::string> value;
  while (!cookies.empty()) {
    std::string_view cookie = cookies.substr(0, cookies.find(';'));
    cookies.remove_prefix(std::min(cookies.size(), cookie.size() + 1));
    while (cookie.starts_with(' ')) cookie.remove_prefix(1);
    if (!cookie.starts_with(name)) continue;
    cookie.remove_prefix(name.size());
    if (!cookie.starts_with('=')) continue;
    if (value) return std::nullopt;
    value = cookie.substr(1);
  }
  return value.value_or("");
}

std::string CookieLine(uint16_t port, bool tls, const std::string& value, int64_t seconds) {
  // What begins with __Host- wants exactly "/".
  return CookieName(port, tls) + "=" + value + (tls ? "; Path=/; Secure" : "; Path=/rp") +
         "; HttpOnly; SameSite=Strict; Max-Age=" + std::to_string(seconds);
}

}  // namespace voizk
