// One exported function: what it does, and what becomes of errors and exceptions.
#ifndef VOIZK_WEB_MODULE_CALL_H_
#define VOIZK_WEB_MODULE_CALL_H_

#include <memory>

#include "outcome.h"
#include "voizk/result.h"

namespace voizk::wasm {

/// Runs fn, which fills an outcome in or returns an error; what it throws is want of memory.
template <typename Fn>
Outcome* Call(const Fn& fn) {
  std::unique_ptr<Outcome, void (*)(Outcome*)> outcome(MakeOutcome(), [](Outcome* o) { delete o; });
  if (outcome == nullptr) return nullptr;
  Status status;
  try {
    status = fn(outcome.get());
  } catch (...) {
    status = Status(ErrorCode::kOutOfMemory, "out of memory");
  }
  return status.ok() ? outcome.release() : Failure(status.error());
}

}  // namespace voizk::wasm

#endif  // VOIZK_WEB_MODULE_CALL_H_
