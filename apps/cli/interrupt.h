// Ctrl-C, a kill, a reader that went away, a file-size limit: what still happens before the end.
#ifndef VOIZK_CLI_INTERRUPT_H_
#define VOIZK_CLI_INTERRUPT_H_

namespace voizk::cli {

/// To be called first in main.  From then on, with `json`, an interrupted command prints an error
/// object unless standard output has been used.  SIGTERM and SIGHUP end with exit code 2; SIGINT
/// and SIGQUIT end by that signal, so that a shell's loop ends too.  What was ignored stays
/// ignored. SIGPIPE and SIGXFSZ are ignored: writing then fails, and the failure is reported.  An
/// exception that nobody catches ends with exit code 2 as well.
void WatchSignals(bool json);

/// In a child that answers its parent: signals act as in any program.
void RestoreSignals();

/// The command has said its outcome: a signal that comes while it gives its memory back no longer
/// changes the exit code.
void IgnoreSignals();

/// Standard output is used from now on.
void NoteOutput();

/// Prints the message of a command that cannot go on, as an error object with `json` unless
/// standard output has been used, without allocating memory; returns kExitUsage.  `error` and
/// `message` are plain ASCII.
int ReportPlainly(bool json, const char* error, const char* message);

/// While one lives, the first signal of those above waits for its end: what is being written
/// becomes whole or is taken away.  A second signal does not wait.
class Unbroken {
 public:
  Unbroken();
  ~Unbroken();
  /// A signal waits: long work ends early, keeps what it has, and lets the end come.
  static bool SignalWaits();
  Unbroken(const Unbroken&) = delete;
  Unbroken& operator=(const Unbroken&) = delete;
};

}  // namespace voizk::cli

#endif  // VOIZK_CLI_INTERRUPT_H_
