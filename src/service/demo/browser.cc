#include "service/demo/browser.h"

#include <arpa/inet.h>
#include <strings.h>

#include <string>

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

}  // namespace voizk
