#include "client/http_client.h"

#include <algorithm>
#include <array>
#include <memory>
#include <span>

#include "client/curl_library.h"

namespace voizk {
namespace {

constexpr size_t kMaxTokenBytes = 4096;

struct CleanUpHandle {
  void operator()(CURL* handle) const { Curl().curl_easy_cleanup(handle); }
};
struct FreeList {
  void operator()(curl_slist* list) const { Curl().curl_slist_free_all(list); }
};

/// What the callbacks fill.
struct Incoming {
  const HttpClientOptions* options;
  std::string body;
  size_t head_bytes = 0;
  bool too_much = false;
};

// Called by C: nothing may be thrown.  A return value other than the size ends the transfer.
size_t TakeBody(char* data, size_t size, size_t count, void* user) noexcept {
  auto* const in = static_cast<Incoming*>(user);
  const size_t bytes = size * count;  // size is 1
  if (bytes > in->options->max_answer_bytes - in->body.size()) {
    in->too_much = true;
    return 0;
  }
  try {
    in->body.append(data, bytes);
  } catch (...) {
    return 0;
  }
  return bytes;
}

size_t TakeHead(char*, size_t size, size_t count, void* user) noexcept {
  auto* const in = static_cast<Incoming*>(user);
  const size_t bytes = size * count;
  if (bytes > in->options->max_head_bytes - in->head_bytes) {
    in->too_much = true;
    return 0;
  }
  in->head_bytes += bytes;
  return bytes;
}

/// A token is a word; what ends a line would begin another header.
Status CheckToken(std::span<const char> token) {
  const bool visible = std::ranges::all_of(token, [](char c) { return c > ' ' && c < '\x7f'; });
  if (token.size() <= kMaxTokenBytes && visible) return {};
  return {ErrorCode::kInvalidArgument,
          "the token: one line of at most 4096 visible ASCII characters"};
}

class Request {
 public:
  Request() : handle_(Curl().curl_easy_init()) {}
  bool ok() const { return handle_ != nullptr && ok_; }
  CURL* handle() const { return handle_.get(); }

  template <typename Value>
  void Set(CURLoption option, Value value) {
    ok_ = ok_ && handle_ && Curl().curl_easy_setopt(handle_.get(), option, value) == CURLE_OK;
  }
  void AddHeader(const char* line) {
    curl_slist* const longer = Curl().curl_slist_append(headers_.get(), line);
    ok_ = ok_ && longer != nullptr;
    if (longer == nullptr) return;
    (void)headers_.release();
    headers_.reset(longer);
  }
  void SetHeaders() { Set(CURLOPT_HTTPHEADER, headers_.get()); }

 private:
  std::unique_ptr<CURL, CleanUpHandle> handle_;
  std::unique_ptr<curl_slist, FreeList> headers_;
  bool ok_ = true;
};

void SetBounds(const ServerUrl& server, const HttpClientOptions& options, Incoming* in,
               Request* request) {
  request->Set(CURLOPT_NOSIGNAL, 1L);
  request->Set(CURLOPT_PROTOCOLS_STR, server.tls ? "https" : "http");
  request->Set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  request->Set(CURLOPT_HTTP09_ALLOWED, 0L);
  request->Set(CURLOPT_FOLLOWLOCATION, 0L);
  request->Set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  request->Set(CURLOPT_PATH_AS_IS, 1L);
  if (!server.tls) request->Set(CURLOPT_NOPROXY, "*");
  request->Set(CURLOPT_SSL_VERIFYPEER, 1L);
  request->Set(CURLOPT_SSL_VERIFYHOST, 2L);
  request->Set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!options.ca_file.empty()) {
    request->Set(CURLOPT_CAINFO, options.ca_file.c_str());
    request->Set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  }
  request->Set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_time.count()));
  request->Set(CURLOPT_TIMEOUT_MS, static_cast<long>(options.total_time.count()));
  request->Set(CURLOPT_WRITEFUNCTION, &TakeBody);
  request->Set(CURLOPT_WRITEDATA, in);
  request->Set(CURLOPT_HEADERFUNCTION, &TakeHead);
  request->Set(CURLOPT_HEADERDATA, in);
}

/// `why`: libcurl's own words, which may hold those of the server and of the resolver.
Status ErrorOf(CURLcode code, const Incoming& in, const char* why) {
  if (in.too_much) return {ErrorCode::kLimitExceeded, "the server answers more than an answer has"};
  const std::string text = why[0] != '\0' ? why : Curl().curl_easy_strerror(code);
  switch (code) {
    case CURLE_OUT_OF_MEMORY:
    case CURLE_WRITE_ERROR:
      return {ErrorCode::kOutOfMemory, "out of memory"};
    case CURLE_SSL_CACERT_BADFILE:
      return {ErrorCode::kInvalidArgument, text};
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_BAD_CONTENT_ENCODING:
      return {ErrorCode::kMalformed, "the server does not speak HTTP: " + text};
    default:
      return {ErrorCode::kIo, text};
  }
}

}  // namespace

Posted PostJson(const ServerUrl& server, const HttpClientOptions& options, const std::string& path,
                const std::string& json) {
  Posted posted;
  posted.reached = false;
  posted.status = OpenCurlLibrary();
  if (posted.status.ok()) posted.status = CheckToken(options.token);
  if (!posted.status.ok()) return posted;
  Request request;
  Incoming in{.options = &options, .body = {}};
  std::array<char, CURL_ERROR_SIZE> why{};
  request.Set(CURLOPT_ERRORBUFFER, why.data());
  request.Set(CURLOPT_URL, (server.text + path).c_str());
  SetBounds(server, options, &in, &request);
  request.Set(CURLOPT_POST, 1L);
  request.Set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(json.size()));
  request.Set(CURLOPT_POSTFIELDS, json.data());
  for (const char* const line : {"Content-Type: application/json", "Accept: application/json",
                                 "Expect:", "User-Agent: voizk"}) {
    request.AddHeader(line);
  }
  if (!options.token.empty()) {
    SecureVector<char> line;
    for (const char c : std::string_view("Authorization: Bearer ")) line.push_back(c);
    line.insert(line.end(), options.token.begin(), options.token.end());
    line.push_back('\0');
    request.AddHeader(line.data());
  }
  request.SetHeaders();
  if (!request.ok()) {
    posted.status = {ErrorCode::kOutOfMemory, "libcurl has no memory, or cannot be set up"};
    return posted;
  }
  const CURLcode code = Curl().curl_easy_perform(request.handle());
  curl_off_t sent = 0;
  Curl().curl_easy_getinfo(request.handle(), CURLINFO_SIZE_UPLOAD_T, &sent);
  posted.reached = sent >= static_cast<curl_off_t>(json.size());
  long status = 0;
  Curl().curl_easy_getinfo(request.handle(), CURLINFO_RESPONSE_CODE, &status);
  if (code != CURLE_OK) {
    posted.status = ErrorOf(code, in, why.data());
  } else if (status >= 300 && status < 400) {
    posted.status = {ErrorCode::kUnsupported,
                     "the server sends us elsewhere, and nobody is followed: name the right one"};
  } else if (status < 200 || status > 599) {
    posted.status = {ErrorCode::kMalformed, "the server's answer has no status that HTTP knows"};
  }
  posted.answer = {static_cast<int>(status), std::move(in.body)};
  return posted;
}

}  // namespace voizk
