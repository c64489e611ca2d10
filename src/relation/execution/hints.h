// Hints: how an honest prover finds values that no other step computes (StepKind::kCustom), such as
// an alignment.  A hint proves nothing; the relation's constraints do.  The caller passes the
// registry in; there is none of the process.
#ifndef VOIZK_RELATION_EXECUTION_HINTS_H_
#define VOIZK_RELATION_EXECUTION_HINTS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secure.h"

namespace voizk {

/// What a hint sees and fills.
struct HintCall {
  std::span<const SecureVector<int64_t>> views;  // the step's views, row-major, exact
  std::span<const int64_t> params;
  std::span<const std::span<int32_t>> outputs;  // sized by the tensors' shapes, zero before
};

/// Returns kRefused (with a text for the user that holds no secret value) if the inputs do not
/// satisfy the statement.
using Hint = std::function<Status(const HintCall&)>;

/// By the step's name.
using HintRegistry = std::map<std::string, Hint, std::less<>>;

}  // namespace voizk

#endif  // VOIZK_RELATION_EXECUTION_HINTS_H_
