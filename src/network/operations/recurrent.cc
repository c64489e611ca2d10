#include "network/operations/recurrent.h"

#include <algorithm>
#include <utility>

#include "network/operations/limits.h"
#include "network/operations/reading.h"
#include "relation/builder/sources.h"
#include "relation/builder/view_arithmetic.h"
#include "relation/core/structure.h"
#include "relation/gadgets/clamp.h"
#include "relation/gadgets/commit.h"
#include "relation/gadgets/table.h"

namespace voizk::op {

GateTable GateTable::Read(AttributeReader& attributes, const std::string& name) {
  GateTable table;
  table.shift = static_cast<int>(attributes.Int(name + "_shift", 0, kMaxRequantShift));
  table.first = static_cast<int32_t>(attributes.Int(name + "_first", INT32_MIN, INT32_MAX));
  table.values = attributes.Tensor(name, "int16", 1).values;
  return table;
}

Status GateTable::Check() const {
  const bool narrow = std::all_of(values.begin(), values.end(),
                                  [](int32_t v) { return v >= INT16_MIN && v <= INT16_MAX; });
  if (shift < 0 || shift > kMaxRequantShift || values.size() > size_t{1} << 16) {
    return {ErrorCode::kLimitExceeded, "a table's shift or length is out of limits"};
  }
  if (values.empty() || !narrow) {
    return {ErrorCode::kInvalidArgument, "a table holds values of 16 bits, at least one"};
  }
  return {};
}

int32_t GateTable::At(int64_t h) const {
  const auto last = static_cast<int64_t>(values.size()) - 1;
  return values[static_cast<size_t>(std::clamp<int64_t>(h - first, 0, last))];
}

Interval GateTable::Range() const {
  const auto [lo, hi] = std::minmax_element(values.begin(), values.end());
  return {*lo, *hi};
}

RecurrentWeights RecurrentWeights::Read(AttributeReader& attributes) {
  RecurrentWeights w;
  w.input_weight = attributes.Tensor("input_weight", "int16", 2).values;
  TensorData state = attributes.Tensor("state_weight", "int16", 2);
  w.hidden = state.Dim(1);
  w.state_weight = std::move(state.values);
  w.bias = attributes.Tensor("bias", "int32", 1).values;
  w.reverse = attributes.IntOr("reverse", 0, 1, 0) == 1;
  return w;
}

RecurrentWeights RecurrentWeights::ReadCommitted(AttributeReader& attributes) {
  RecurrentWeights w;
  w.hidden = attributes.Size("hidden", kMaxHidden);
  const auto weight_bits = static_cast<int>(attributes.Int("weight_bits", 4, kMaxWeightBits));
  const auto bias_bits = static_cast<int>(attributes.Int("bias_bits", 0, kMaxBiasBits));
  w.committed = {.weight_bits = weight_bits, .bias_bits = bias_bits};
  w.reverse = attributes.IntOr("reverse", 0, 1, 0) == 1;
  return w;
}

Result<Shape> RecurrentWeights::OutputShape(std::span<const Shape> inputs, uint32_t gates,
                                            size_t states, std::string_view kind) const {
  const std::string name(kind);
  const Shape& x = inputs[0];
  if (inputs.size() != 1 && inputs.size() != 1 + states) {
    return {ErrorCode::kInvalidArgument, name + ": a signal, and all initial states or none"};
  }
  if (hidden > kMaxHidden || (x.rank == 2 && x.dims[1] > kMaxChannels)) {
    return {ErrorCode::kLimitExceeded, name + ": too many channels"};
  }
  const uint64_t rows = uint64_t{gates} * hidden;
  const uint64_t columns = x.rank == 2 ? x.dims[1] : 0;
  bool fits = direct() ? columns == rows : input_weight.size() == rows * columns;
  fits = fits && state_weight.size() == rows * hidden && (bias.empty() || bias.size() == rows);
  if (committed) {
    if (rows * (columns + hidden) > kMaxLatticeAddresses ||
        !IsValidShape(MakeShape({x.dims[0], hidden, x.dims[1] + hidden}))) {
      return {ErrorCode::kLimitExceeded, name + ": too many weights or products"};
    }
    fits = input_weight.empty() && state_weight.empty() && bias.empty() &&
           AreBits(committed->weight_bits, 4, kMaxWeightBits) &&
           AreBits(committed->bias_bits, 0, kMaxBiasBits);
  }
  if (x.rank != 2 || hidden == 0 || !fits) {
    return {ErrorCode::kInvalidArgument, name + ": weights and input do not match"};
  }
  for (const Shape& s : inputs.subspan(1)) {
    if (s.rank > 2 || s.Cells() != hidden || s.dims[static_cast<size_t>(s.rank - 1)] != hidden) {
      return {ErrorCode::kInvalidArgument, name + ": an initial state is no [1][H]"};
    }
  }
  return MakeShape({x.dims[0], hidden});
}

RecurrentViews::RecurrentViews(const RecurrentWeights& weights, const std::string& name, Value& x,
                               Builder& b, uint32_t gates)
    : weights_(weights), name_(name), x_(x), b_(b), length_(x.view.shape.dims[0]) {
  // Here, before the steps of the recurrence begin: what cannot be read through is committed.
  if (weights.direct()) {
    ReadThrough(b, name, x, x.view.shape, {IdentityMap(x.view.shape.rank)});
  } else {
    TensorOf(b, name + " input", x);
  }
  if (weights.committed && x.view.shape.rank == 2) {
    const uint32_t rows = gates * weights.hidden;
    matrix_.emplace(b, name, rows, x.view.shape.dims[1] + weights.hidden,
                    weights.committed->weight_bits);
    bias_.emplace(b, name, rows, weights.committed->bias_bits);
  }
}

View RecurrentViews::Accumulator(uint32_t gate, TensorId state,
                                 const std::optional<TensorId>& initial) const {
  if (matrix_) return CommittedAccumulator(gate, state, initial);
  return views::Add(InputShare(gate, 1), StateShare(gate, 1, state, initial));
}

// The input and, behind it, the state do not depend on the unit, the weights not on the index: what
// the sum-check of products keeps is one row (docs/protocol.md, step 3).
View RecurrentViews::CommittedAccumulator(uint32_t gate, TensorId state,
                                          const std::optional<TensorId>& initial) const {
  const uint32_t channels = x_.view.shape.dims[1], row = channels + weights_.hidden;
  const Shape all = MakeShape({length_, weights_.hidden, row});
  const auto read = [&](TensorId t, int32_t time, int32_t place, uint32_t begin, uint32_t end) {
    return Term{t, 1,
                IndexMap{{From(0, 1, time), From(2, 1, place)}, {0, 0, begin, 0}, {0, 0, end, 0}}};
  };
  const auto behind = -static_cast<int32_t>(channels);
  View values;
  values.shape = all;
  values.terms.push_back(read(*x_.tensor, 0, 0, 0, channels));
  values.terms.push_back(read(state, weights_.reverse ? 1 : -1, behind, channels, row));
  if (initial) {
    const int32_t first = weights_.reverse ? static_cast<int32_t>(length_) - 1 : 0;
    values.terms.push_back(read(*initial, -first, behind, channels, row));
  }
  const uint32_t first = gate * weights_.hidden;
  const TensorId acc = gadgets::Mul(b_, name_ + " sum " + std::to_string(gate), values,
                                    matrix_->At(b_, all, 1, first, 2), shape());
  if (bias_->empty()) return b_.Identity(acc);
  return views::Add(b_.Identity(acc), bias_->At(b_, shape(), 1, first));
}

Shape RecurrentViews::shape(uint32_t gates) const {
  return MakeShape({length_, gates * weights_.hidden});
}

WeightsId RecurrentViews::Rows(const std::vector<int32_t>& values, uint32_t columns, uint32_t first,
                               uint32_t count) const {
  const size_t gate = size_t{weights_.hidden} * columns;
  const auto from = values.begin() + static_cast<std::ptrdiff_t>(first * gate);
  return b_.AddWeights(
      MakeShape({count * weights_.hidden, 1, columns}),
      std::vector<int32_t>(from, from + static_cast<std::ptrdiff_t>(count * gate)));
}

View RecurrentViews::Convolved(TensorId t, WeightsId w, int64_t pad, uint32_t outputs) const {
  Conv conv;
  conv.weights = w;
  conv.pad[0] = static_cast<int32_t>(pad);
  return {MakeShape({length_, outputs}), {{t, 1, conv}}, {}};
}

View RecurrentViews::InputShare(uint32_t first, uint32_t count, int32_t scale) const {
  const uint32_t outputs = count * weights_.hidden;
  View v;
  if (weights_.direct()) {
    const auto offset = static_cast<int32_t>(first * weights_.hidden);
    const IndexMap map{{From(0), From(1, 1, offset)}, {}, {}};
    v = views::Scale(ReadThrough(b_, name_, x_, MakeShape({length_, outputs}), {map}),
                     weights_.input_weight[0]);
  } else {
    v = Convolved(*x_.tensor, Rows(weights_.input_weight, x_.view.shape.dims[1], first, count), 0,
                  outputs);
  }
  if (!weights_.bias.empty()) {
    const auto from = weights_.bias.begin() + static_cast<std::ptrdiff_t>(first * weights_.hidden);
    v.constants.push_back(
        {2, std::vector<int32_t>(from, from + static_cast<std::ptrdiff_t>(outputs))});
  }
  return views::Scale(v, scale);
}

// The state tensor at index t - 1 is a convolution with one zero before (t + 1: one value left
// out), the initial state one that has a single index to read: the first, or in reverse the last.
View RecurrentViews::StateShare(uint32_t first, uint32_t count, TensorId state,
                                const std::optional<TensorId>& initial) const {
  const uint32_t outputs = count * weights_.hidden;
  const WeightsId w = Rows(weights_.state_weight, weights_.hidden, first, count);
  View v = Convolved(state, w, weights_.reverse ? -1 : 1, outputs);
  if (initial) {
    v = views::Add(std::move(v),
                   Convolved(*initial, w, weights_.reverse ? int64_t{length_} - 1 : 0, outputs));
  }
  return v;
}

View RecurrentViews::ShareOf(uint32_t gate, TensorId s) const {
  return Convolved(s, Rows(weights_.state_weight, weights_.hidden, gate, 1), 0, weights_.hidden);
}

View RecurrentViews::Before(TensorId state, const std::optional<TensorId>& initial) const {
  const auto read = [&](TensorId t, int32_t offset) {
    return View{shape(), {{t, 1, IndexMap{{From(0, 1, offset), From(1)}, {}, {}}}}, {}};
  };
  View v = read(state, weights_.reverse ? 1 : -1);
  if (!initial) return v;
  const int32_t first = weights_.reverse ? static_cast<int32_t>(length_) - 1 : 0;
  return views::Add(std::move(v), read(*initial, -first));
}

View RecurrentViews::Gate(TensorId gates, uint32_t k) const {
  const auto offset = static_cast<int32_t>(k * weights_.hidden);
  return {shape(), {{gates, 1, IndexMap{{From(0), From(1, 1, offset)}, {}, {}}}}, {}};
}

std::optional<TensorId> InitialState(Builder& b, const std::string& name, std::span<Value> inputs,
                                     size_t index) {
  if (index >= inputs.size()) return std::nullopt;
  Value& value = inputs[index];
  if (value.view.shape.rank == 2) return TensorOf(b, name + " initial state", value);
  // [H] as [1][H], which has a time to be read at.
  const TensorId t = TensorOf(b, name + " initial state", value);
  Value row = ValueOf(
      View{MakeShape({1, value.view.shape.dims[0]}), {{t, 1, IndexMap{{From(1)}, {}, {}}}}, {}});
  return TensorOf(b, name + " initial state", row);
}

Interval WithInitial(const Builder& b, Interval range, const std::optional<TensorId>& initial) {
  const Interval first =
      initial ? Interval{b.tensor(*initial).lo, b.tensor(*initial).hi} : Interval{0, 0};
  return {std::min(range.lo, first.lo), std::max(range.hi, first.hi)};
}

GateArgument ArgumentOf(Builder& b, const std::string& name, const View& v, const GateTable& table,
                        const Interval& range) {
  const int64_t rows = (range.hi >> table.shift) - (range.lo >> table.shift) + 1;
  const int64_t last = table.first + static_cast<int64_t>(table.values.size()) - 1;
  const auto worth = static_cast<int64_t>(kClampLookups * v.shape.Cells());
  if (rows <= std::max(kMaxGateRows, std::min(worth, kMostGateRows)) || last <= table.first)
    return {v, table.shift, false};
  return {b.Identity(gadgets::ShiftClamp(b, name + " index", v, table.shift, table.first, last)), 0,
          true};
}

void ActivateInto(Builder& b, const std::string& name, const View& v, const GateTable& table,
                  TensorId y) {
  if (!b.Accepts(v, name)) return;
  const GateArgument argument = ArgumentOf(b, name, v, table, b.Bound(v));
  const auto id = gadgets::FunctionTable(b, name, b.Bound(argument.view), argument.shift,
                                         [&](int64_t h) { return table.At(h); });
  if (id) gadgets::LookupInto(b, name, argument.view, argument.shift, *id, y);
}

TensorId Activate(Builder& b, const std::string& name, const View& v, const GateTable& table) {
  if (!b.Accepts(v, name)) return 0;
  const GateArgument argument = ArgumentOf(b, name, v, table, b.Bound(v));
  return gadgets::Requant(b, name, argument.view, argument.shift,
                          [&](int64_t h) { return table.At(h); });
}

}  // namespace voizk::op
