// CheckInvariant: an always-on assertion for invariants of our own code whose violation would leak
// a secret or break soundness (a pad used twice, a plan that does not fit the run).  Never used on
// values that come from outside; those give a Status.
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
