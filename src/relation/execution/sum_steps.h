// Steps that sum over inner dimensions, and the spreading of a tensor (relation.h, StepKind).
#ifndef VOIZK_RELATION_EXECUTION_SUM_STEPS_H_
#define VOIZK_RELATION_EXECUTION_SUM_STEPS_H_

#include "base/result.h"
#include "relation/execution/steps.h"

namespace voizk {

// Errors as RunStep, which has checked the numbers of views, outputs and parameters.
Status RunProduct(const StepCall& call);
Status RunProductShift(const StepCall& call);
Status RunMatMul(const StepCall& call);
Status RunSpread(const StepCall& call);
Status RunLeastShift(const StepCall& call);

}  // namespace voizk

#endif  // VOIZK_RELATION_EXECUTION_SUM_STEPS_H_
