// What the two halves of the C interface share.
#ifndef VOIZK_LOGIN_RELYING_PARTY_C_SUPPORT_H_
#define VOIZK_LOGIN_RELYING_PARTY_C_SUPPORT_H_

#include <span>
#include <utility>

#include "base/exceptions.h"
#include "voizk/bundle.h"
#include "voizk/result.h"
#include "voizk/voizk.h"

struct voizk_bundle {
  voizk::Bundle bundle;
};

namespace voizk {

voizk_status CStatus(const Error& error);
inline voizk_status CStatus(const Status& status) {
  return status.ok() ? VOIZK_OK : CStatus(status.error());
}

/// Copies into memory that voizk_free gives back.
voizk_status CopyOut(std::span<const uint8_t> bytes, voizk_bytes* out);

/// Runs fn; what it throws (memory, as a rule) becomes VOIZK_OUT_OF_MEMORY or VOIZK_INTERNAL.
template <typename Fn>
voizk_status Guarded(Fn&& fn) {
  try {
    return std::forward<Fn>(fn)();
  } catch (...) {
    return CStatus(ErrorOfException());
  }
}

}  // namespace voizk

#endif  // VOIZK_LOGIN_RELYING_PARTY_C_SUPPORT_H_
