#include "network/operations/lstm.h"

#include <algorithm>
#include <array>
#include <utility>

#include "network/operations/limits.h"
#include "relation/builder/sources.h"
#include "relation/builder/steps.h"
#include "relation/builder/view_arithmetic.h"
#include "relation/gadgets/commit.h"
#include "relation/gadgets/scaled_product.h"
#include "relation/gadgets/table.h"

namespace voizk::op {

namespace {

constexpr uint32_t kLstmGates = 4;

int64_t Half(int shift) { return shift == 0 ? 0 : int64_t{1} << (shift - 1); }

/// v at inner index k, [T][H] to [T][H][2].
View AtInner(View v, uint32_t k) {
  v.shape.dims[static_cast<size_t>(v.shape.rank++)] = 2;
  for (Term& term : v.terms) {
    auto& map = std::get<IndexMap>(term.op);
    map.out_begin[2] = k;
    map.out_end[2] = k + 1;
  }
  return v;
}

/// The product of two numbers of these ranges.
Interval Corners(const Interval& x, const Interval& y) {
  const auto [lo, hi] = std::minmax({x.lo * y.lo, x.lo * y.hi, x.hi * y.lo, x.hi * y.hi});
  return {lo, hi};
}

}  // namespace

Lstm Lstm::Read(AttributeReader& attributes) {
  return ReadWith(RecurrentWeights::Read(attributes), attributes);
}

Lstm Lstm::ReadCommitted(AttributeReader& attributes) {
  return ReadWith(RecurrentWeights::ReadCommitted(attributes), attributes);
}

Lstm Lstm::ReadWith(RecurrentWeights weights, AttributeReader& attributes) {
  Attributes a;
  a.weights = std::move(weights);
  a.sigmoid = GateTable::Read(attributes, "sigmoid");
  a.tanh = GateTable::Read(attributes, "tanh");
  a.cell_tanh = GateTable::Read(attributes, "cell_tanh");
  a.cell_shift = static_cast<int>(attributes.Int("cell_shift", 0, kMaxRequantShift));
  a.hidden_shift = static_cast<int>(attributes.Int("hidden_shift", 0, kMaxRequantShift));
  a.cell_lo = static_cast<int32_t>(attributes.Int("cell_lo", INT16_MIN, INT16_MAX));
  a.cell_hi = static_cast<int32_t>(attributes.Int("cell_hi", INT16_MIN, INT16_MAX));
  a.with_cell = attributes.IntOr("with_cell", 0, 1, 0) == 1;
  return Lstm(std::move(a));
}

Result<Shape> Lstm::OutputShape(std::span<const Shape> inputs) const {
  for (const GateTable* table : {&a_.sigmoid, &a_.tanh, &a_.cell_tanh}) {
    VOIZK_RETURN_IF_ERROR(table->Check());
  }
  if (a_.cell_shift < 0 || a_.cell_shift > kMaxRequantShift || a_.hidden_shift < 0 ||
      a_.hidden_shift > kMaxRequantShift) {
    return {ErrorCode::kLimitExceeded, "lstm: a shift out of limits"};
  }
  if (a_.cell_lo > a_.cell_hi || a_.cell_lo < INT16_MIN || a_.cell_hi > INT16_MAX) {
    return {ErrorCode::kInvalidArgument, "lstm: the cell's clamp is no 16-bit range"};
  }
  VOIZK_ASSIGN_OR_RETURN(Shape out, a_.weights.OutputShape(inputs, kLstmGates, 2, kind()));
  if (a_.with_cell) out.dims[1] *= 2;
  return out;
}

Value Lstm::Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const {
  const RecurrentViews v(a_.weights, name, inputs[0], b, kLstmGates);
  const auto h0 = InitialState(b, name, inputs, 1), c0 = InitialState(b, name, inputs, 2);
  const size_t first_step = b.relation().steps.size();
  const Shape shape = v.shape();
  const int64_t half = Half(a_.hidden_shift);
  const Interval product = Corners(a_.sigmoid.Range(), a_.cell_tanh.Range());
  const TensorId c = b.AddTensor(name + " cell", shape, a_.cell_lo, a_.cell_hi);
  const TensorId h = b.AddTensor(name, shape, (product.lo + half) >> a_.hidden_shift,
                                 (product.hi + half) >> a_.hidden_shift);

  // A tensor for each gate, since inner dimensions are laid out in powers of two and 3H is none;
  // one table for the three.
  std::array<View, 3> accumulators;
  Interval range{0, 0};
  for (uint32_t k = 0; k < 3; ++k) {
    accumulators[k] = b.Checked(v.Accumulator(k, h, h0), name);
    const Interval bound = b.Bound(accumulators[k]);
    range = {std::min(range.lo, bound.lo), std::max(range.hi, bound.hi)};
  }
  constexpr const char* kNames[] = {" input gate", " forget gate", " output gate"};
  std::array<GateArgument, 3> arguments;
  for (size_t k = 0; k < 3; ++k) {
    arguments[k] = ArgumentOf(b, name + kNames[k], accumulators[k], a_.sigmoid, range);
  }
  if (arguments[0].clamped) range = b.Bound(arguments[0].view);
  const auto sigmoid = gadgets::FunctionTable(b, name + " sigmoid", range, arguments[0].shift,
                                              [this](int64_t k) { return a_.sigmoid.At(k); });
  if (!sigmoid) return inputs[0];
  std::array<View, 3> gates;
  for (size_t k = 0; k < 3; ++k) {
    gates[k] = b.Identity(
        gadgets::LookupValue(b, name + kNames[k], arguments[k].view, arguments[k].shift, *sigmoid));
  }
  const TensorId g = Activate(b, name + " candidate", v.Accumulator(3, h, h0), a_.tanh);

  // f c' + i g: one product whose summed dimension is 2.
  const View left = views::Add(AtInner(gates[1], 0), AtInner(gates[0], 1));
  const View right = views::Add(AtInner(v.Before(c, c0), 0), AtInner(b.Identity(g), 1));
  const TensorId sum = gadgets::Mul(b, name + " cell sum", left, right, shape);
  const View rounded = views::Offset(b.Identity(sum), static_cast<int32_t>(Half(a_.cell_shift)));
  const auto clamp =
      gadgets::FunctionTable(b, name + " cell", b.Bound(rounded), a_.cell_shift, [this](int64_t k) {
        return static_cast<int32_t>(std::clamp<int64_t>(k, a_.cell_lo, a_.cell_hi));
      });
  if (!clamp) return inputs[0];
  gadgets::LookupInto(b, name + " cell", rounded, a_.cell_shift, *clamp, c);

  const View squashed = b.Identity(Activate(b, name + " cell tanh", b.Identity(c), a_.cell_tanh));
  if (a_.hidden_shift == 0) {
    b.AddStep(steps::Product(name, gates[2], squashed, h));
    b.AddProduct({gates[2], squashed, b.Identity(h)});
  } else {
    gadgets::ProductShiftInto(b, name, gates[2], squashed, a_.hidden_shift,
                              views::Constant(shape, static_cast<int32_t>(half)), h);
  }
  b.AddStep(steps::Recurrence(name, b.TakeSteps(first_step), a_.weights.reverse));
  if (!a_.with_cell) return ValueOf(b, h);
  View both = b.Identity(h);
  both.shape.dims[1] *= 2;
  const auto beyond = -static_cast<int32_t>(a_.weights.hidden);
  both.terms.push_back({c, 1, IndexMap{{From(0), From(1, 1, beyond)}, {}, {}}});
  return ValueOf(b.Checked(std::move(both), name));
}

}  // namespace voizk::op
