// What the head of a request tells of the page that a browser shows.
#ifndef VOIZK_SERVICE_DEMO_BROWSER_H_
#define VOIZK_SERVICE_DEMO_BROWSER_H_

#include <cstdint>
#include <string_view>

#include "service/http/http.h"

namespace voizk {

/// "127.x.x.x", "[::1]" or "localhost" with this port, which may be left out where it is the
/// scheme's own.  No name of another page's choosing is among them, wherever it points.
bool IsThisMachine(std::string_view host, uint16_t port, bool tls);

/// Its Origin is that of its Host, or it has none (then it is of no browser's script).
bool IsOwnOrigin(const HttpRequest& head, bool tls);

}  // namespace voizk

#endif  // VOIZK_SERVICE_DEMO_BROWSER_H_
