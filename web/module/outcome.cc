#include "outcome.h"

#include <emscripten.h>

#include <cstdlib>
#include <cstring>
#include <new>

#include "voizk/secure.h"

namespace voizk::wasm {

Bytes Copy(std::span<const uint8_t> bytes) {
  Bytes copy;
  if (bytes.empty()) return copy;
  copy.data = static_cast<uint8_t*>(std::malloc(bytes.size()));
  if (copy.data == nullptr) throw std::bad_alloc();
  std::memcpy(copy.data, bytes.data(), bytes.size());
  copy.size = bytes.size();
  return copy;
}

Bytes Copy(std::string_view text) {
  return Copy(std::span(reinterpret_cast<const uint8_t*>(text.data()), text.size()));
}

Outcome* MakeOutcome() noexcept { return new (std::nothrow) Outcome; }

Outcome* Failure(const Error& error) noexcept {
  Outcome* const outcome = MakeOutcome();
  if (outcome == nullptr) return nullptr;
  outcome->failed = 1;
  outcome->code = static_cast<uint32_t>(error.code);
  try {
    outcome->text = Copy(error.message);
  } catch (const std::bad_alloc&) {  // the code says enough
  }
  return outcome;
}

namespace {

void Free(const Bytes& bytes) {
  if (bytes.data != nullptr) SecureZero(bytes.data, bytes.size);
  std::free(bytes.data);
}

}  // namespace

extern "C" {

/// Room for what JavaScript passes; null where there is none.
EMSCRIPTEN_KEEPALIVE void* voizk_take(size_t size) { return std::malloc(size > 0 ? size : 1); }
/// Gives it back, overwritten.
EMSCRIPTEN_KEEPALIVE void voizk_give(void* data, size_t size) {
  if (data != nullptr) SecureZero(data, size);
  std::free(data);
}
/// Gives an outcome back with all that it owns but the handle, overwritten.
EMSCRIPTEN_KEEPALIVE void voizk_outcome_free(Outcome* outcome) {
  if (outcome == nullptr) return;
  Free(outcome->text);
  Free(outcome->first);
  Free(outcome->second);
  delete outcome;
}

}  // extern "C"

}  // namespace voizk::wasm
