// What the head of a request tells of the page that a browser shows.
#ifndef VOIZK_SERVICE_DEMO_BROWSER_H_
#define VOIZK_SERVICE_DEMO_BROWSER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "service/http/http.h"

namespace voizk {

/// "127.x.x.x", "[::1]" or "localhost" with this port, which may be left out where it is the
/// scheme's own.  No name of another page's choosing is among them, wherever it points.
bool IsThisMachine(std::string_view host, uint16_t port, bool tls);

/// Its Origin is that of its Host, or it has none (then it is of no browser's script).
bool IsOwnOrigin(const HttpRequest& head, bool tls);

/// Cookies know no ports: another program's page on this machine could set one of the same name.
/// Over TLS the name is one that only a page of this host can set.
std::string CookieName(uint16_t port, bool tls);

/// Of "a=b; voizk_rp_8731=<64 digits>"; empty where there is none, nothing where there are two.
std::optional<std::string> CookieIn(std::string_view cookies, std::string_view name);

/// The value of Set-Cookie: for no script, sent to no other site's page.
std::string CookieLine(uint16_t port, bool tls, const std::string& value, int64_t seconds);

}  // namespace voizk

#endif  // VOIZK_SERVICE_DEMO_BROWSER_H_
