// One step of an execution: from evaluated views to output tensors (relation.h, StepKind).
#ifndef VOIZK_RELATION_EXECUTION_STEPS_H_
#define VOIZK_RELATION_EXECUTION_STEPS_H_

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "base/secure.h"
#include "relation/core/relation.h"
#include "relation/execution/checker.h"
#include "relation/execution/hints.h"
#include "relation/execution/row_finder.h"

namespace voizk {

struct StepCall {
  std::span<const Tensor> tensors;  // the relation's, or those of one index of a recurrence
  const Step& step;
  std::span<const SecureVector<int64_t>> views;  // exact values
  const RowFinder* table = nullptr;              // UsesTable
  const HintRegistry& hints;
  Witness& witness;  // outputs are written here
};

inline bool UsesTable(StepKind kind) {
  return kind == StepKind::kRequant || kind == StepKind::kTable || kind == StepKind::kLeastShift;
}

/// Runs any step but kInput and kRecurrence.  kRefused: a value is in no row of the table, outside
/// the claimed range of its tensor, or outside the operation's domain; the text is the step's
/// refusal. kInternal: the step contradicts its relation (a fault of whoever built it).
Status RunStep(const StepCall& call);

/// The refusal of a step, never with a value in it.
Status Refuse(const Step& step);

}  // namespace voizk

#endif  // VOIZK_RELATION_EXECUTION_STEPS_H_
