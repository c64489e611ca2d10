// Runs the integer model: from the secret inputs to every tensor of a relation.  Inference and
// witness are the same execution; inference just forgets what nobody asked for.
#ifndef VOIZK_RELATION_EXECUTION_EXECUTOR_H_
#define VOIZK_RELATION_EXECUTION_EXECUTOR_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secure.h"
#include "base/threads.h"
#include "relation/core/relation.h"
#include "relation/execution/checker.h"
#include "relation/execution/hints.h"
#include "relation/execution/recurrence.h"
#include "relation/execution/row_finder.h"
#include "relation/execution/view_evaluator.h"

namespace voizk {

/// A relation made ready to run: tables indexed, weights packed.  Immutable after Make, so several
/// threads may execute at once (each with a pool of its own).  The relation must outlive it and
/// must come from Builder::Finish (or have passed Certify).
class Executor {
 public:
  /// Errors: kInvalidArgument, kLimitExceeded (a convolution's shape), kInternal (a step refers to
  /// a tensor or table that does not exist).
  static Result<Executor> Make(const Relation& relation, HintRegistry hints = {});

  /// Every tensor, multiplicities included.  `pool` may be null.  Errors:
  ///  kRefused          a range check or table lookup fails; the text says what to change and
  ///                    holds no secret value
  ///  kInvalidArgument  an input is missing or has the wrong number of cells; a hint is missing
  ///  kInternal         a step contradicts the relation
  Result<Witness> Execute(const Inputs& inputs, ThreadPool* pool) const;

  /// The named tensors only (of several with one name, the last), with the same refusals from
  /// steps; multiplicities are not computed, so a lookup that no step feeds (Builder::Range on one
  /// limb) is not checked here.
  Result<std::map<std::string, std::vector<int32_t>>> Infer(const Inputs& inputs,
                                                            const std::vector<std::string>& names,
                                                            ThreadPool* pool) const;

  /// Multiply-accumulates of the convolutions, each counted once.
  uint64_t Multiplications() const { return evaluator_.Multiplications(); }

 private:
  explicit Executor(const Relation& relation) : relation_(&relation), evaluator_(relation) {}
  Status CheckStep(const Step& step) const;
  Status PrepareSteps();
  Status RunSteps(const Inputs& inputs, ViewEvaluator::Session& session, Witness& witness) const;
  Status ReadInput(const Step& step, const Inputs& inputs, Witness& witness) const;
  Status CountRows(ViewEvaluator::Session& session, Witness& witness) const;

  const Relation* relation_;
  HintRegistry hints_;
  ViewEvaluator evaluator_;
  std::vector<RowFinder> tables_;
  std::vector<Recurrence> recurrences_;  // by kRecurrence step
  std::vector<std::vector<bool>> wide_;  // by step and view: values may exceed 32 bits
};

/// Executor::Make and Execute in one call.
Result<Witness> Execute(const Relation& relation, const Inputs& inputs, ThreadPool* pool,
                        const HintRegistry& hints = {});

/// Erases a witness at the end of a scope.
using WitnessEraser = ScopeEraser<Witness>;

}  // namespace voizk

#endif  // VOIZK_RELATION_EXECUTION_EXECUTOR_H_
