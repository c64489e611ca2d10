// A listening socket from its address in numbers.
#ifndef VOIZK_SERVICE_HTTP_LISTEN_H_
#define VOIZK_SERVICE_HTTP_LISTEN_H_

#include <cstdint>
#include <string>

#include "base/result.h"

struct sockaddr;

namespace voizk {

struct Listening {
  int fd = -1;
  uint16_t port = 0;
};
/// "127.0.0.1:8080", "[::]:8080".  kInvalidArgument, kIo.
Result<Listening> Listen(const std::string& where);

/// "192.0.2.1", "2001:db8::1"; an IPv4 address inside IPv6 as IPv4; "" for other families.
std::string AddressText(const sockaddr* address);

}  // namespace voizk

#endif  // VOIZK_SERVICE_HTTP_LISTEN_H_
