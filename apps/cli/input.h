// Opening what a user named for reading, so that nothing waits for ever.
#ifndef VOIZK_CLI_INPUT_H_
#define VOIZK_CLI_INPUT_H_

#include <chrono>
#include <string>

#include "voizk/result.h"

namespace voizk::cli {

/// How long a named pipe may stay without anybody who opens it for writing.
constexpr std::chrono::milliseconds kPipePatience{10'000};

/// Opens `path` for reading; the caller closes the descriptor.  kNotFound; kIo, also for a named
/// pipe that nobody opens for writing within `patience`.
Result<int> OpenInput(const std::string& path, std::chrono::milliseconds patience = kPipePatience);

}  // namespace voizk::cli

#endif  // VOIZK_CLI_INPUT_H_
