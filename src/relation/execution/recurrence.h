// Steps through time (StepKind::kRecurrence): the body's views are evaluated index by index of
// dimension 0, so that a state may read what it was before.  What reads complete tensors only, the
// input's share of a gate above all, is evaluated for all indices at once.
#ifndef VOIZK_RELATION_EXECUTION_RECURRENCE_H_
#define VOIZK_RELATION_EXECUTION_RECURRENCE_H_

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "relation/core/relation.h"
#include "relation/execution/checker.h"
#include "relation/execution/convolution.h"
#include "relation/execution/hints.h"
#include "relation/execution/row_finder.h"
#include "relation/execution/view_evaluator.h"

namespace voizk {

/// One recurrence made ready: convolutions packed, views taken apart.  Immutable after Make.
class Recurrence {
 public:
  /// The relation outlives it, and every reference of the step is within it.  kInternal: the body
  /// is none (lengths that differ, a convolution of the state with more than one tap, an input, a
  /// recurrence, a value beyond 32 bits); kInvalidArgument, kLimitExceeded: a convolution's shape.
  static Result<Recurrence> Make(const Relation& relation, const Step& step,
                                 ViewEvaluator& evaluator);

  /// Fills every output of the body.  Errors as RunStep; kInternal: a tensor from outside the body
  /// is not complete.
  Status Run(ViewEvaluator::Session& session, std::span<const RowFinder> tables,
             const HintRegistry& hints, Witness& witness) const;

 private:
  /// Terms that read outputs of the body, one index at a time.
  struct OwnMap {
    TensorId tensor = 0;
    int32_t coeff = 1;
    IndexMap map;              // the time's source is a constant, set anew for each index
    size_t source = SIZE_MAX;  // which one that is; SIZE_MAX: none
    int64_t stride = 0, offset = 0;
    int64_t begin = 0, end = 0;  // indices at which it contributes
  };
  struct OwnConv {
    TensorId tensor = 0;
    int32_t coeff = 1;
    int64_t stride = 1, pad = 0;
    Convolution convolution;  // of one row
  };
  struct RowView {
    View given;  // of complete tensors, and constants
    std::vector<OwnMap> maps;
    std::vector<OwnConv> convolutions;
    Shape row;
  };
  struct RowStep {
    Step step;  // its outputs are places in tensors_
    std::vector<RowView> views;
  };

  explicit Recurrence(const Relation& relation) : relation_(&relation) {}
  Status Prepare(const Step& step, ViewEvaluator& evaluator);
  Result<RowView> Split(const View& v) const;
  size_t PlaceOf(TensorId t) const;  // in ids_, or their number
  void AddOwn(const RowView& v, int64_t t, const Witness& witness, std::span<int32_t> row) const;

  const Relation* relation_;
  bool reverse_ = false;
  uint32_t length_ = 0;
  std::vector<RowStep> steps_;
  std::vector<TensorId> ids_;    // outputs of the body
  std::vector<Tensor> tensors_;  // each at one index
};

}  // namespace voizk

#endif  // VOIZK_RELATION_EXECUTION_RECURRENCE_H_
