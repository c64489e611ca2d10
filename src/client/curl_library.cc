#include "client/curl_library.h"

#include <dlfcn.h>

#include <string>

namespace voizk {
namespace {

constexpr const char* kName = "libcurl.so.4";  // its interface since 2006

struct Opened {
  CurlLibrary functions;
  std::string missing;  // why it cannot be used; empty: it can
};

template <typename Function>
void Find(void* library, const char* name, Function* function, Opened* out) {
  *function = reinterpret_cast<Function>(dlsym(library, name));
  if (*function == nullptr && out->missing.empty()) out->missing = std::string("no ") + name;
}

// Never closed: it and what it stands on keep state of their own.
Opened Open() {
  Opened out;
  void* const library = dlopen(kName, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* const why = dlerror();
    out.missing = why == nullptr ? kName : why;
    return out;
  }
#define VOIZK_FIND(name) Find(library, #name, &out.functions.name, &out);
  VOIZK_CURL_FUNCTIONS(VOIZK_FIND)
#undef VOIZK_FIND
  if (out.missing.empty() && out.functions.curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    out.missing = "it does not start";
  }
  return out;
}

const Opened& Library() {
  static const Opened opened = Open();
  return opened;
}

}  // namespace

Status OpenCurlLibrary() {
  const std::string& missing = Library().missing;
  if (missing.empty()) return {};
  return {ErrorCode::kUnsupported, "libcurl, which speaks to servers, cannot be used: " + missing};
}

const CurlLibrary& Curl() { return Library().functions; }

}  // namespace voizk
