// Serves the page's files, and hands every other request on.
#ifndef VOIZK_SERVICE_PAGE_PAGE_H_
#define VOIZK_SERVICE_PAGE_PAGE_H_

#include <utility>

#include "service/http/http.h"
#include "service/page/static_files.h"

namespace voizk {

/// Thread-safe.  A file of the page goes before a route of its name.  It is answered from memory on
/// the thread of all connections, without a copy.
///
/// Every file comes with a Content-Security-Policy that lets run what this service serves and
/// nothing else (no inline script or style; WebAssembly may be compiled), with the three headers
/// that isolate the page from others (COOP, COEP, CORP), and may be framed by nobody.
class Page final : public HttpHandler {
 public:
  /// `next` lives longer.
  Page(StaticFiles files, HttpHandler* next) : files_(std::move(files)), next_(next) {}

  std::optional<HttpResponse> Admit(const HttpRequest& head, size_t* max_body) override;
  HttpResponse Handle(const HttpRequest& request) override { return next_->Handle(request); }
  HttpResponse Refusal(int status, const std::string& detail) override {
    return next_->Refusal(status, detail);
  }

 private:
  StaticFiles files_;
  HttpHandler* next_;
};

}  // namespace voizk

#endif  // VOIZK_SERVICE_PAGE_PAGE_H_
