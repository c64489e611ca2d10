// libcurl, opened when the first request is made: with what it needs it is some thirty libraries,
// which take longer to bring into a process than most commands run, and most send nothing.
#ifndef VOIZK_CLIENT_CURL_LIBRARY_H_
#define VOIZK_CLIENT_CURL_LIBRARY_H_

#define CURL_DISABLE_TYPECHECK  // its macros take the place of functions by name
#include <curl/curl.h>

#include "base/result.h"

namespace voizk {

// The functions that are used.
// clang-format off: one a line
#define VOIZK_CURL_FUNCTIONS(X) \
  X(curl_easy_cleanup)          \
  X(curl_easy_getinfo)          \
  X(curl_easy_init)             \
  X(curl_easy_perform)          \
  X(curl_easy_setopt)           \
  X(curl_easy_strerror)         \
  X(curl_free)                  \
  X(curl_global_init)           \
  X(curl_slist_append)          \
  X(curl_slist_free_all)        \
  X(curl_url)                   \
  X(curl_url_cleanup)           \
  X(curl_url_get)               \
  X(curl_url_set)
// clang-format on

/// Each function under its own name.
struct CurlLibrary {
#define VOIZK_MEMBER(name) decltype(&::name) name = nullptr;
  VOIZK_CURL_FUNCTIONS(VOIZK_MEMBER)
#undef VOIZK_MEMBER
};

/// Opens the library, once; any thread, any number of times.  kUnsupported: it is not installed or
/// lacks a function.
Status OpenCurlLibrary();
/// After OpenCurlLibrary has succeeded.
const CurlLibrary& Curl();

}  // namespace voizk

#endif  // VOIZK_CLIENT_CURL_LIBRARY_H_
