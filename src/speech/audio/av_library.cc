#include "speech/audio/av_library.h"

#include <dlfcn.h>

#include <string>

namespace voizk {
namespace {

struct Opened {
  AvLibrary functions;
  std::string missing;  // why one cannot be used; empty: all can
};

// Never closed: FFmpeg keeps state of its own.
void* OpenLibrary(const std::string& name, Opened* out) {
  void* const library = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr && out->missing.empty()) {
    const char* const why = dlerror();
    out->missing = why == nullptr ? name : why;
  }
  return library;
}

template <typename Function>
void Find(void* library, const char* name, Function* function, Opened* out) {
  *function = library == nullptr ? nullptr : reinterpret_cast<Function>(dlsym(library, name));
  if (*function == nullptr && out->missing.empty()) out->missing = std::string("no ") + name;
}

Opened Open() {
  Opened out;
#define VOIZK_FIND(name) Find(library, #name, &out.functions.name, &out);
  void* library = OpenLibrary("libavutil.so." + std::to_string(LIBAVUTIL_VERSION_MAJOR), &out);
  VOIZK_AVUTIL_FUNCTIONS(VOIZK_FIND)
  library = OpenLibrary("libavcodec.so." + std::to_string(LIBAVCODEC_VERSION_MAJOR), &out);
  VOIZK_AVCODEC_FUNCTIONS(VOIZK_FIND)
  library = OpenLibrary("libavformat.so." + std::to_string(LIBAVFORMAT_VERSION_MAJOR), &out);
  VOIZK_AVFORMAT_FUNCTIONS(VOIZK_FIND)
#undef VOIZK_FIND
  return out;
}

const Opened& Libraries() {
  static const Opened opened = Open();
  return opened;
}

}  // namespace

Status OpenAvLibrary() {
  const std::string& missing = Libraries().missing;
  if (missing.empty()) return {};
  return {ErrorCode::kUnsupported, "FFmpeg, which decodes recordings, cannot be used: " + missing};
}

const AvLibrary& Av() { return Libraries().functions; }

}  // namespace voizk
