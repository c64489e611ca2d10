// What the steps of one kind share: a tensor that is being filled, and the ways in which a step
// ends.
#ifndef VOIZK_RELATION_EXECUTION_STEP_OUTPUT_H_
#define VOIZK_RELATION_EXECUTION_STEP_OUTPUT_H_

#include <cstdint>
#include <initializer_list>
#include <span>

#include "relation/execution/steps.h"

namespace voizk {

using StepValues = SecureVector<int64_t>;

// The cells of one output tensor; remembers whether every value stayed in the claimed range.
class StepOutput {
 public:
  StepOutput(const StepCall& call, size_t k) {
    const TensorId id = call.step.outputs[k];
    const Tensor& tensor = call.tensors[id];
    lo_ = tensor.lo;
    hi_ = tensor.hi;
    call.witness[id].assign(tensor.shape.Cells(), 0);
    cells_ = call.witness[id];
  }
  size_t size() const { return cells_.size(); }
  std::span<int32_t> cells() { return cells_; }
  void Set(size_t i, int64_t v) {
    ok_ = ok_ && v >= lo_ && v <= hi_;
    cells_[i] = static_cast<int32_t>(v);
  }
  bool ok() const { return ok_; }

 private:
  std::span<int32_t> cells_;
  int64_t lo_ = 0, hi_ = 0;
  bool ok_ = true;
};

inline Status BrokenStep(const Step& step) {
  return {ErrorCode::kInternal, "step '" + step.name + "' does not fit its relation"};
}

inline Status DoneStep(const StepCall& call, std::initializer_list<const StepOutput*> outputs) {
  for (const StepOutput* output : outputs) {
    if (!output->ok()) return Refuse(call.step);
  }
  return {};
}

}  // namespace voizk

#endif  // VOIZK_RELATION_EXECUTION_STEP_OUTPUT_H_
