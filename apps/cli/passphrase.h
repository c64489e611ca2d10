// Where a passphrase comes from: the terminal, a file or an open descriptor.  It stays in memory
// that is zeroed afterwards and passes no stdio buffer.
#ifndef VOIZK_APPS_CLI_PASSPHRASE_H_
#define VOIZK_APPS_CLI_PASSPHRASE_H_

#include <string>

#include "voizk/result.h"
#include "voizk/secure.h"

namespace voizk {

struct PassphraseSource {
  std::string file{};   // not empty: the first line of this file; "-": of standard input
  int descriptor = -1;  // >= 0: the first line of this descriptor; what follows is left unread
  // neither: asked for on the controlling terminal, without echo
};

enum class PassphrasePrompt {
  kOnce,   // to open something
  kTwice,  // to choose a new one: asked again, both must agree
};

/// How often the terminal asks: what is empty, too long or typed differently twice is asked for
/// again.
constexpr int kPassphraseAttempts = 3;

/// The passphrase: 1 .. 1024 bytes, without the line's end (LF or CR LF), otherwise as it is.
/// kInvalidArgument: empty, longer, two that differ, both sources at once, no terminal to ask on.
/// kNotFound, kIo: the file or descriptor cannot be read, or the terminal was interrupted.
/// SIGINT, SIGTERM, SIGHUP, SIGQUIT and SIGTSTP act as usual, after echo was turned on again and at
/// whatever moment and in whatever thread they come; whoever returns from SIGTSTP is asked again.
Result<SecureVector<char>> ReadPassphrase(const PassphraseSource& source, PassphrasePrompt prompt);

}  // namespace voizk

#endif  // VOIZK_APPS_CLI_PASSPHRASE_H_
