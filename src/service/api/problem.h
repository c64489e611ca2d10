// Errors as RFC 9457 problem details.  `type` is for programs and never changes, `detail` for
// people.
#ifndef VOIZK_SERVICE_API_PROBLEM_H_
#define VOIZK_SERVICE_API_PROBLEM_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "service/http/http.h"
#include "service/storage/storage.h"

namespace voizk {

struct Problem {
  int status = 500;
  std::string_view type;  // "challenge-used"; told as urn:voizk:problem:challenge-used
  std::string detail;
  int64_t retry_after_s = 0;  // 0: not told
};

HttpResponse ProblemResponse(const Problem& problem);

/// What a denial of the storage is told as.  Complaints of the database are not told.
Problem ProblemOf(const Refused& refused);

/// What a failed verification is told as; blameless: it was no fault of the proof.
struct Verdict {
  Problem problem;
  bool blameless = false;
};

Verdict VerdictOf(const Error& error);

}  // namespace voizk

#endif  // VOIZK_SERVICE_API_PROBLEM_H_
