// Runs a relation's steps in the plainest way: the test suite's honest prover.
#ifndef VOIZK_TESTS_RELATION_SUPPORT_REFERENCE_EXECUTOR_H_
#define VOIZK_TESTS_RELATION_SUPPORT_REFERENCE_EXECUTOR_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secure.h"
#include "relation/core/relation.h"
#include "relation/execution/checker.h"

namespace voizk {

/// The witness, multiplicities included; kRefused where a step refuses.  Custom steps are errors.
Result<Witness> RunSteps(const Relation& r, const Inputs& inputs);

}  // namespace voizk

#endif  // VOIZK_TESTS_RELATION_SUPPORT_REFERENCE_EXECUTOR_H_
