// One POST of JSON over HTTP by libcurl, with everything that a server could do to its client
// bounded.
#ifndef VOIZK_CLIENT_HTTP_CLIENT_H_
#define VOIZK_CLIENT_HTTP_CLIENT_H_

#include <chrono>
#include <string>

#include "base/result.h"
#include "client/server_url.h"
#include "voizk/secure.h"

namespace voizk {

struct HttpClientOptions {
  std::string ca_file;       // PEM of the certificates to trust; empty: the system's
  SecureVector<char> token;  // Authorization: Bearer; empty: none.  libcurl's copies are not zeroed
  size_t max_answer_bytes = 64 << 10;  // of the body
  size_t max_head_bytes = 16 << 10;    // of all heads together, interim ones too
  std::chrono::milliseconds connect_time{10'000};
  std::chrono::milliseconds total_time{60'000};  // a proof of 300 kB at 5 kB/s
};

struct HttpAnswer {
  int status = 0;  // 200 .. 599
  std::string body;
};

/// What became of a request.
struct Posted {
  Status status;        // the answer's arrival, not what it says
  HttpAnswer answer;    // if that is ok
  bool reached = true;  // false: the server cannot have got all of the request
};

/// POST of `json` to server.text + path, which begins with '/'.  TLS 1.2 and newer, certificate and
/// name checked; no redirect is followed, no cookie kept, nothing decompressed, no password file
/// read; proxies of the environment are used for https only, where they see nothing.
/// kIo: no connection, no trust in it, or it ended too early or took too long; kLimitExceeded: more
/// than the bounds; kMalformed: no HTTP; kUnsupported: a redirect, or there is no libcurl;
/// kInvalidArgument: the token or the file of certificates.
Posted PostJson(const ServerUrl& server, const HttpClientOptions& options, const std::string& path,
                const std::string& json);

}  // namespace voizk

#endif  // VOIZK_CLIENT_HTTP_CLIENT_H_
