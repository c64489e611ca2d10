#include "service/page/page.h"

#include <array>

namespace voizk {
namespace {

using Header = std::pair<const char*, const char*>;
constexpr std::array<Header, 7> kHeaders = {{
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; "
     "connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; "
     "frame-ancestors 'none'"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Embedder-Policy", "require-corp"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Permissions-Policy", "microphone=(self), camera=(), geolocation=()"},
    {"Referrer-Policy", "no-referrer"},
    {"Vary", "Accept-Encoding"},
}};
constexpr const char* kForEver = "public, max-age=31536000, immutable";
constexpr const char* kAskAgain = "no-cache";  // kept, and asked about each time

/// One of a list such as "gzip, br;q=0.5"; what has a weight counts as not accepted, since the
/// plain form is right for everybody.
bool Accepts(std::string_view list, std::string_view coding) {
  while (!list.empty()) {
    std::string_view item = list.substr(0, list.find(','));
    list.remove_prefix(item.size() < list.size() ? item.size() + 1 : list.size());
    while (item.starts_with(' ')) item.remove_prefix(1);
    if (item.starts_with(coding) && item.find(';') == std::string_view::npos) return true;
  }
  return false;
}

}  // namespace

std::optional<HttpResponse> Page::Admit(const HttpRequest& head, size_t* max_body) {
  const StaticFile* const file = files_.Find(head.path);
  if (file == nullptr || (head.method != "GET" && head.method != "HEAD")) {
    return next_->Admit(head, max_body);
  }
  HttpResponse response{.status = 200, .content_type = {}, .body = {}, .headers = {}};
  for (const auto& [name, value] : kHeaders) response.headers.emplace_back(name, value);
  response.headers.emplace_back("Cache-Control", file->named ? kForEver : kAskAgain);
  response.headers.emplace_back("ETag", file->etag);
  if (head.if_none_match.find(file->etag) != std::string::npos) {
    response.status = 304;
    return response;
  }
  response.content_type = file->content_type;
  response.lasting_body = file->bytes;
  if (!file->gzipped.empty() && Accepts(head.accept_encoding, "gzip")) {
    response.headers.emplace_back("Content-Encoding", "gzip");
    response.lasting_body = file->gzipped;
  }
  return response;
}

}  // namespace voizk
