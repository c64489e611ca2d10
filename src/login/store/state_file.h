// The file "voizk-state" of a relying party's state folder: the times that its memory of used
// nonces depends on (docs/formats.md).  Whoever writes it holds the folder's lock.
#ifndef VOIZK_LOGIN_STORE_STATE_FILE_H_
#define VOIZK_LOGIN_STORE_STATE_FILE_H_

#include <cstdint>
#include <string>

#include "base/files.h"
#include "base/result.h"

namespace voizk {

/// Unix seconds, 0 .. 2^53 - 1.  None of them ever decreases.
struct StateTimes {
  int64_t created = 0;        // nothing issued before is accepted
  int64_t high_water = 0;     // the latest time any verifier has accepted at
  int64_t prune_horizon = 0;  // entries that expired by then may be gone
};

/// kNotFound: no state here; kInvalidArgument: the folder is not private; kMalformed, kUnsupported,
/// kIo.
Result<StateTimes> ReadState(const std::string& folder);

/// Atomically and durably.  kIo; kInvalidArgument: exists and kRefuse.
Status WriteState(const std::string& folder, const StateTimes& times, IfExists if_exists);

}  // namespace voizk

#endif  // VOIZK_LOGIN_STORE_STATE_FILE_H_
