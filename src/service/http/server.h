// An HTTP/1.1 server by libmicrohttpd: one thread with epoll holds all connections, so that an idle
// or slow one costs a few kilobytes and no thread; whole requests go to worker threads.
//
// Bounds, all of them before anything is parsed: a head of kMaxHeadBytes (431), a body of what the
// handler admits for that path (413), kMaxBodiesBytes that came of all bodies together (what a head
// declares takes nothing) and max_waiting requests that wait for a worker (503), max_connections
// (the next is closed), request_time for a head, for a body and for taking an answer (closed).  A
// request with a Transfer-Encoding (411), with two lengths or two of any header that decides (400)
// is refused: two readers must not see two requests.
#ifndef VOIZK_SERVICE_HTTP_SERVER_H_
#define VOIZK_SERVICE_HTTP_SERVER_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "service/http/http.h"
#include "voizk/secure.h"

namespace voizk {

inline constexpr size_t kMaxHeadBytes = 16 << 10;
inline constexpr size_t kMaxBodiesBytes = size_t{64} << 20;

struct HttpOptions {
  std::string listen = "127.0.0.1:8080";  // an address by numbers and a port; "[::1]:8080"; port 0
                                          // takes a free one
  std::string certificate_pem;            // contents; both or neither
  SecureVector<char> key_pem;
  size_t workers = 2;
  size_t max_waiting = 256;
  unsigned max_connections = 12'000;
  unsigned connections_per_address = 0;  // 0: no limit (a proxy has one address)
  std::chrono::milliseconds idle_time{30'000};
  std::chrono::milliseconds request_time{60'000};
};

class HttpServer {
 public:
  /// `handler` lives longer.  kInvalidArgument: options; kIo: it cannot listen there.
  static Result<std::unique_ptr<HttpServer>> Start(const HttpOptions& options,
                                                   HttpHandler* handler);
  /// Stop(0).
  ~HttpServer();

  uint16_t port() const;

  /// Takes no new connections, answers 503 to new requests, and waits until what was begun is
  /// answered or `patience` has passed; then ends.  What a worker has begun it finishes in any
  /// case.
  void Stop(std::chrono::milliseconds patience);

  struct Figures {
    size_t connections = 0;
    size_t in_flight = 0;  // requests whose head was read
    size_t waiting = 0;    // for a worker
    size_t body_bytes = 0;
    uint64_t cut = 0;  // connections closed because they were too slow
  };
  Figures figures() const;

 private:
  struct State;
  explicit HttpServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace voizk

#endif  // VOIZK_SERVICE_HTTP_SERVER_H_
