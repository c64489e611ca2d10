// Exit codes of every command (README).
#ifndef VOIZK_CLI_EXIT_CODE_H_
#define VOIZK_CLI_EXIT_CODE_H_

namespace voizk::cli {

enum ExitCode : int {
  kExitOk = 0,
  kExitRejected = 1,  // verify: the proof, or an expired or used challenge
  kExitUsage = 2,     // usage, unreadable or damaged files, devices, memory, SIGTERM, SIGHUP
  kExitRefused = 3,   // prove, login, enrol: the recording is refused locally
};

}  // namespace voizk::cli

#endif  // VOIZK_CLI_EXIT_CODE_H_
