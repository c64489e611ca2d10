// CheckInvariant: the one way in which our code ends the process.  The rule, for all of src:
//   * What comes from outside (files, proofs, audio, arguments of the public interface) is never
//     asserted; it gives a Status or a Result.
//   * What our own code promises itself (lengths of operands, a pad that is used once, a plan that
//     fits the run) is checked by CheckInvariant, in every build: a violation would leak a secret,
//     break soundness or write past a buffer, and a release build is where that happens.
//   * assert, which release builds leave out, is not used (tools/check-dependencies looks).  A
//   check
//     too dear for a release build belongs into a test.
#ifndef VOIZK_BASE_CHECK_H_
#define VOIZK_BASE_CHECK_H_

#include <cstdio>
#include <cstdlib>

namespace voizk {

/// Ends the process with `what` on stderr unless `holds`.  `what` must not contain secrets.
inline void CheckInvariant(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "voizk: broken invariant: %s\n", what);
  std::abort();
}

}  // namespace voizk

#endif  // VOIZK_BASE_CHECK_H_
