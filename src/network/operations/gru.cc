#include "network/operations/gru.h"

#include <algorithm>
#include <utility>

#include "network/operations/limits.h"
#include "relation/builder/steps.h"
#include "relation/builder/view_arithmetic.h"
#include "relation/gadgets/commit.h"
#include "relation/gadgets/range.h"
#include "relation/gadgets/scaled_product.h"

namespace voizk::op {

namespace {

constexpr uint32_t kGruGates = 3;
constexpr int kMaxGateBits = 15;

}  // namespace

Gru Gru::Read(AttributeReader& attributes) {
  Attributes a;
  a.weights = RecurrentWeights::Read(attributes);
  a.sigmoid = GateTable::Read(attributes, "sigmoid");
  a.tanh = GateTable::Read(attributes, "tanh");
  a.gate_bits = static_cast<int>(attributes.Int("gate_bits", 1, kMaxGateBits));
  a.reset_after = attributes.Int("reset_after", 0, 1) == 1;
  a.state_shift = static_cast<int>(attributes.IntOr("state_shift", 0, kMaxRequantShift, 0));
  a.candidate_scale =
      static_cast<int32_t>(attributes.IntOr("candidate_scale", 1, kMaxMultiplier, 1));
  if (attributes.Has("state_bias")) {
    a.state_bias = attributes.Tensor("state_bias", "int32", 1).values;
  }
  return Gru(std::move(a));
}

Result<Shape> Gru::OutputShape(std::span<const Shape> inputs) const {
  VOIZK_RETURN_IF_ERROR(a_.sigmoid.Check());
  VOIZK_RETURN_IF_ERROR(a_.tanh.Check());
  if (a_.gate_bits < 1 || a_.gate_bits > kMaxGateBits || a_.state_shift < 0 ||
      a_.state_shift > kMaxRequantShift || a_.candidate_scale < 1 ||
      a_.candidate_scale > kMaxMultiplier) {
    return {ErrorCode::kLimitExceeded, "gru: a shift or scale out of limits"};
  }
  const Interval gate = a_.sigmoid.Range();
  if (gate.lo < 0 || gate.hi > int64_t{1} << a_.gate_bits) {
    return {ErrorCode::kInvalidArgument, "gru: a gate's values leave [0, 2^gate_bits]"};
  }
  if (!a_.state_bias.empty() && (!a_.reset_after || a_.state_bias.size() != a_.weights.hidden)) {
    return {ErrorCode::kInvalidArgument, "gru: the state's bias does not fit"};
  }
  return a_.weights.OutputShape(inputs, kGruGates, 1, kind());
}

View Gru::Candidate(const std::string& name, const RecurrentViews& v, const View& reset, TensorId h,
                    const std::optional<TensorId>& h0, Builder& b) const {
  if (!a_.reset_after) {
    const TensorId s = gadgets::ProductShift(b, name + " reset state", reset, v.Before(h, h0),
                                             a_.gate_bits, v.shape());
    return views::Add(v.InputShare(2, 1), v.ShareOf(2, s));
  }
  View share = v.StateShare(2, 1, h, h0);
  if (!a_.state_bias.empty()) share.constants.push_back({2, a_.state_bias});
  if (a_.state_shift > 0) {
    share = b.Identity(gadgets::FloorShift(b, name + " state share", share, a_.state_shift));
  }
  const TensorId part = gadgets::Mul(b, name + " reset share", reset, share, v.shape());
  return views::Add(v.InputShare(2, 1, a_.candidate_scale), b.Identity(part));
}

Value Gru::Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const {
  const RecurrentViews v(a_.weights, name, inputs[0], b, kGruGates);
  const auto h0 = InitialState(b, name, inputs, 1);
  const size_t first_step = b.relation().steps.size();
  const Interval range = WithInitial(b, a_.tanh.Range(), h0);
  const TensorId h = b.AddTensor(name, v.shape(), range.lo, range.hi);

  const TensorId gates = Activate(
      b, name + " gates", views::Add(v.InputShare(0, 2), v.StateShare(0, 2, h, h0)), a_.sigmoid);
  const TensorId n =
      Activate(b, name + " candidate", Candidate(name, v, v.Gate(gates, 1), h, h0, b), a_.tanh);
  // z h' + (ONE - z) n = z (h' - n) + ONE n
  const View candidate = b.Identity(n);
  const View addend = views::Offset(views::Scale(candidate, int32_t{1} << a_.gate_bits),
                                    int32_t{1} << (a_.gate_bits - 1));
  gadgets::ProductShiftInto(b, name, v.Gate(gates, 0), views::Sub(v.Before(h, h0), candidate),
                            a_.gate_bits, addend, h);
  b.AddStep(steps::Recurrence(name, b.TakeSteps(first_step), a_.weights.reverse));
  return ValueOf(b, h);
}

}  // namespace voizk::op
