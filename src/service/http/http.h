// Requests and answers as values, and who answers them.
#ifndef VOIZK_SERVICE_HTTP_HTTP_H_
#define VOIZK_SERVICE_HTTP_HTTP_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace voizk {

struct HttpRequest {
  std::string method = {};  // as sent: "GET"
  std::string path = {};    // as sent, percent signs included, without the query
  std::map<std::string, std::string> query =
      {};                          // names and values as sent; a name twice is refused
  std::string authorization = {};  // the headers of these names, or empty
  std::string content_type = {};
  std::string host = {};
  std::string origin = {};
  std::string forwarded_for = {};
  std::string cookie = {};
  std::string if_none_match = {};
  std::string accept_encoding = {};
  std::string fetch_dest = {};  // Sec-Fetch-Dest: what a browser asks for, "document", "image"
  std::string peer =
      {};             // address of the other end of the connection, "192.0.2.1" or "2001:db8::1"
  uint16_t port = 0;  // that it came to
  std::string body = {};
};

struct HttpResponse {
  int status = 200;
  std::string content_type = {};
  std::string body = {};
  std::vector<std::pair<std::string, std::string>> headers = {};  // Cache-Control: no-store if none
  /// Sent instead of `body`, without a copy, where it is not empty: bytes that live as long as the
  /// handler.  A large file that many ask for at once takes no memory.
  std::string_view lasting_body = {};
};

/// Thread-safe.
class HttpHandler {
 public:
  virtual ~HttpHandler() = default;
  /// A request whose head was read and whose body was not: an answer refuses it, otherwise it has
  /// at most *max_body bytes.  Runs on the thread of all connections: must be quick.
  virtual std::optional<HttpResponse> Admit(const HttpRequest& head, size_t* max_body) = 0;
  /// The whole request, on a worker thread, which may take its time.
  virtual HttpResponse Handle(const HttpRequest& request) = 0;
  /// An answer that the server itself gives (413, 503, ..), in the handler's style.
  virtual HttpResponse Refusal(int status, const std::string& detail) = 0;
};

}  // namespace voizk

#endif  // VOIZK_SERVICE_HTTP_HTTP_H_
