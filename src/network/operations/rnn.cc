#include "network/operations/rnn.h"

#include <utility>

#include "relation/builder/steps.h"
#include "relation/builder/view_arithmetic.h"

namespace voizk::op {

Rnn Rnn::Read(AttributeReader& attributes) {
  Attributes a;
  a.weights = RecurrentWeights::Read(attributes);
  a.table = GateTable::Read(attributes, "table");
  return Rnn(std::move(a));
}

Result<Shape> Rnn::OutputShape(std::span<const Shape> inputs) const {
  VOIZK_RETURN_IF_ERROR(a_.table.Check());
  return a_.weights.OutputShape(inputs, 1, 1, kind());
}

Value Rnn::Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const {
  const RecurrentViews v(a_.weights, name, inputs[0], b, 1);
  const auto h0 = InitialState(b, name, inputs, 1);
  const size_t first_step = b.relation().steps.size();
  const Interval range = a_.table.Range();
  const TensorId h = b.AddTensor(name, v.shape(), range.lo, range.hi);
  ActivateInto(b, name, views::Add(v.InputShare(0, 1), v.StateShare(0, 1, h, h0)), a_.table, h);
  b.AddStep(steps::Recurrence(name, b.TakeSteps(first_step), a_.weights.reverse));
  return ValueOf(b, h);
}

}  // namespace voizk::op
