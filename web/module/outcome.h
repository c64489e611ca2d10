// What a call into the WebAssembly module gives: one structure in its memory, which the JavaScript
// side reads word by word (web/package/src/engine.ts has the same offsets) and then gives back.
#ifndef VOIZK_WEB_MODULE_OUTCOME_H_
#define VOIZK_WEB_MODULE_OUTCOME_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "voizk/login.h"
#include "voizk/result.h"

namespace voizk::wasm {

/// Bytes of the module's memory that the outcome owns.
struct Bytes {
  uint8_t* data = nullptr;
  size_t size = 0;
};

/// Seven words and three pairs; every field is 4 bytes in WebAssembly's memory.
struct Outcome {
  uint32_t failed = 0;     // 1: code and text say how
  uint32_t code = 0;       // of ErrorCode, in its order
  uint32_t refusal = 0;    // of Refusal, in its order; 0: none
  uint32_t bucket = 0;     // of a proof, in 10 ms frames
  void* handle = nullptr;  // a bundle or a credential; the caller owns it
  Bytes text;              // what went wrong, for people; UTF-8
  Bytes first, second;     // results, as each function says
};

/// An outcome on the heap, or null where there is no memory even for that.
Outcome* MakeOutcome() noexcept;
Outcome* Failure(const Error& error) noexcept;

/// Copies into the outcome.  std::bad_alloc.
Bytes Copy(std::span<const uint8_t> bytes);
Bytes Copy(std::string_view text);

}  // namespace voizk::wasm

#endif  // VOIZK_WEB_MODULE_OUTCOME_H_
