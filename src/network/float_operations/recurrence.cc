// LSTM, GRU and RNN: forward, reverse and both, layout 0 ([time][batch][features]).
#include <algorithm>
#include <cmath>

#include "network/float_operations/product_kernel.h"
#include "network/float_operations/table.h"

namespace voizk {

namespace {

using float_op::AddProduct;

float Sigmoid(float x) { return 1.0f / (1.0f + std::exp(-x)); }
float Tanh(float x) { return std::tanh(x); }
float Relu(float x) { return x < 0 ? 0.0f : x; }
float Softsign(float x) { return x / (1.0f + std::fabs(x)); }

using Activation = float (*)(float);

Activation FindActivation(std::string name) {
  std::ranges::transform(name, name.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  if (name == "sigmoid") return Sigmoid;
  if (name == "tanh") return Tanh;
  if (name == "relu") return Relu;
  if (name == "softsign") return Softsign;
  return nullptr;
}

// What the three have in common: G gates of H values, of which inputs and weights speak.
struct Recurrence {
  int64_t time, batch, features, hidden, gates, directions;
  bool reverse;  // the first direction
  float clip;    // 0: none
  std::vector<Activation> activations;

  int64_t width() const { return gates * hidden; }
};

Status CheckDims(const OpContext& c, size_t i, const Dims& dims) {
  const FloatTensor* t = c.Optional(i);
  if (!t || t->dims() == dims) return {};
  return c.Malformed("input " + std::to_string(i) + " is " + ToString(t->dims()) + ", not " +
                     ToString(dims));
}

Status ReadActivations(const OpContext& c, const std::vector<std::string>& defaults,
                       Recurrence& r) {
  std::vector<std::string> all;
  for (int64_t d = 0; d < r.directions; ++d) {
    all.insert(all.end(), defaults.begin(), defaults.end());
  }
  const size_t count = all.size();
  VOIZK_ASSIGN_OR_RETURN(all, StringsAttribute(c.node(), "activations", all));
  if (all.size() != count) return c.Malformed("the number of activations does not fit");
  for (const std::string& name : all) {
    r.activations.push_back(FindActivation(name));
    if (!r.activations.back()) return c.Unsupported("activation " + name);
  }
  return {};
}

// Inputs: X, W, R, then optional B, sequence_lens, initial_h.
Result<Recurrence> ReadRecurrence(const OpContext& c, int64_t gates, int64_t biases,
                                  const std::vector<std::string>& activations) {
  const Dims& x = c.In(0).dims();
  const Dims& recurrent = c.In(2).dims();
  if (x.size() != 3 || recurrent.size() != 3) return c.Malformed("X or R is not of rank 3");
  VOIZK_ASSIGN_OR_RETURN(const std::string direction, c.String("direction", "forward"));
  if (direction != "forward" && direction != "reverse" && direction != "bidirectional") {
    return c.Malformed("direction is " + direction);
  }
  VOIZK_ASSIGN_OR_RETURN(const int64_t layout, c.Int("layout", 0));
  if (layout != 0) return c.Unsupported("layout is not 0");
  VOIZK_ASSIGN_OR_RETURN(const float clip, c.Real("clip", 0.0f));
  VOIZK_ASSIGN_OR_RETURN(const int64_t hidden, c.Int("hidden_size", recurrent[2]));
  if (hidden != recurrent[2]) return c.Malformed("hidden_size does not fit R");
  Recurrence r{
      x[0], x[1], x[2], hidden, gates, direction == "bidirectional" ? 2 : 1, direction == "reverse",
      clip, {}};
  VOIZK_RETURN_IF_ERROR(ReadActivations(c, activations, r));
  VOIZK_RETURN_IF_ERROR(CheckDims(c, 1, {r.directions, r.width(), r.features}));
  VOIZK_RETURN_IF_ERROR(CheckDims(c, 2, {r.directions, r.width(), r.hidden}));
  VOIZK_RETURN_IF_ERROR(CheckDims(c, 3, {r.directions, biases * r.hidden}));
  VOIZK_RETURN_IF_ERROR(CheckDims(c, 5, {r.directions, r.batch, r.hidden}));
  if (const FloatTensor* lengths = c.Optional(4)) {
    for (const int64_t n : lengths->ints()) {
      if (n != r.time) return c.Unsupported("sequence_lens other than the number of steps");
    }
  }
  return r;
}

// [time][batch][width] = X W' + Wb (+ Rb for the gates before `summed`).
Result<FloatTensor> InputGates(const OpContext& c, const Recurrence& r, int64_t d, int64_t summed) {
  VOIZK_ASSIGN_OR_RETURN(FloatTensor z, c.New(FloatType::kFloat, {r.time, r.batch, r.width()}));
  const int64_t rows = r.time * r.batch;
  VOIZK_RETURN_IF_ERROR(c.ChargeProduct(rows, r.width(), r.features + r.hidden));
  if (const FloatTensor* bias = c.Optional(3)) {
    const float* b = bias->floats().data() + d * 2 * r.width();
    for (int64_t i = 0; i < rows; ++i) {
      for (int64_t j = 0; j < r.width(); ++j) {
        z.floats()[static_cast<size_t>(i * r.width() + j)] =
            b[j] + (j < summed * r.hidden ? b[r.width() + j] : 0.0f);
      }
    }
  }
  const float* w = c.In(1).floats().data() + d * r.width() * r.features;
  if (c.shapes_only()) return z;
  AddProduct(c, rows, r.width(), r.features, {c.In(0).floats().data(), r.features, 1},
             {w, 1, r.features}, z.floats().data(), r.width());
  return z;
}

float Clipped(const Recurrence& r, float x) {
  return r.clip > 0 ? std::clamp(x, -r.clip, r.clip) : x;
}

// gates += h R' for the gates from `first` on, `count` of them.
void AddRecurrent(const OpContext& c, const Recurrence& r, int64_t d, int64_t first, int64_t count,
                  const float* h, float* gates) {
  const float* w = c.In(2).floats().data() + (d * r.width() + first * r.hidden) * r.hidden;
  AddProduct(r.batch, count * r.hidden, r.hidden, {h, r.hidden, 1}, {w, 1, r.hidden},
             gates + first * r.hidden, r.width());
}

using State = std::vector<float>;  // [batch][hidden]

State InitialState(const OpContext& c, const Recurrence& r, size_t input, int64_t d) {
  const auto n = static_cast<size_t>(r.batch * r.hidden);
  const FloatTensor* given = c.Optional(input);
  if (!given) return State(n, 0.0f);
  const auto begin = given->floats().begin() + d * static_cast<int64_t>(n);
  return {begin, begin + static_cast<int64_t>(n)};
}

// Goes through time in the direction's order; Step(gates of one step, h) makes the next h.
template <typename Step>
Status RunDirection(const OpContext& c, const Recurrence& r, int64_t d, FloatTensor& gates,
                    State& h, FloatTensor& y, Step step) {
  const bool backwards = r.reverse || d == 1;
  const int64_t n = r.batch * r.hidden;
  for (int64_t i = 0; i < r.time && !c.shapes_only(); ++i) {
    const int64_t t = backwards ? r.time - 1 - i : i;
    VOIZK_RETURN_IF_ERROR(c.Charge(static_cast<uint64_t>(n)));
    step(gates.floats().data() + t * r.batch * r.width(), h);
    std::ranges::copy(h, y.floats().begin() + (t * r.directions + d) * n);
  }
  return {};
}

// Y and the last states, of which the caller has filled in those of every direction.
FloatValues Outputs(FloatTensor y, FloatTensor h, FloatTensor* cell) {
  FloatValues out;
  out.push_back(ValueOf(std::move(y)));
  out.push_back(ValueOf(std::move(h)));
  if (cell) out.push_back(ValueOf(std::move(*cell)));
  return out;
}

// Gates in the order i, o, f, c.
struct LstmStep {
  const OpContext& c;
  const Recurrence& r;
  int64_t d;
  State& cell;

  void operator()(float* gates, State& h) const {
    AddRecurrent(c, r, d, 0, 4, h.data(), gates);
    const FloatTensor* peepholes = c.Optional(7);
    const float* p = peepholes ? peepholes->floats().data() + d * 3 * r.hidden : nullptr;
    const auto f = r.activations[static_cast<size_t>(d * 3)];
    const auto g = r.activations[static_cast<size_t>(d * 3 + 1)];
    const auto last = r.activations[static_cast<size_t>(d * 3 + 2)];
    const int64_t n = r.hidden;
    for (int64_t b = 0; b < r.batch; ++b) {
      const float* z = gates + b * r.width();
      for (int64_t j = 0; j < n; ++j) {
        float& state = cell[static_cast<size_t>(b * n + j)];
        const float in = f(Clipped(r, z[j] + (p ? p[j] * state : 0)));
        const float forget = f(Clipped(r, z[2 * n + j] + (p ? p[2 * n + j] * state : 0)));
        state = forget * state + in * g(Clipped(r, z[3 * n + j]));
        const float out = f(Clipped(r, z[n + j] + (p ? p[n + j] * state : 0)));
        h[static_cast<size_t>(b * n + j)] = out * last(state);
      }
    }
  }
};

Result<FloatValues> Lstm(OpContext& c) {
  VOIZK_ASSIGN_OR_RETURN(const Recurrence r, ReadRecurrence(c, 4, 8, {"Sigmoid", "Tanh", "Tanh"}));
  VOIZK_RETURN_IF_ERROR(CheckDims(c, 6, {r.directions, r.batch, r.hidden}));
  VOIZK_RETURN_IF_ERROR(CheckDims(c, 7, {r.directions, 3 * r.hidden}));
  VOIZK_ASSIGN_OR_RETURN(const int64_t coupled, c.Int("input_forget", 0));
  if (coupled != 0) return c.Unsupported("input_forget is not 0");
  const Dims states{r.directions, r.batch, r.hidden};
  VOIZK_ASSIGN_OR_RETURN(FloatTensor y,
                         c.New(FloatType::kFloat, {r.time, r.directions, r.batch, r.hidden}));
  VOIZK_ASSIGN_OR_RETURN(FloatTensor last_h, c.New(FloatType::kFloat, states));
  VOIZK_ASSIGN_OR_RETURN(FloatTensor last_c, c.New(FloatType::kFloat, states));
  for (int64_t d = 0; d < r.directions; ++d) {
    VOIZK_ASSIGN_OR_RETURN(FloatTensor gates, InputGates(c, r, d, 4));
    State h = InitialState(c, r, 5, d);
    State cell = InitialState(c, r, 6, d);
    VOIZK_RETURN_IF_ERROR(RunDirection(c, r, d, gates, h, y, LstmStep{c, r, d, cell}));
    const int64_t at = d * r.batch * r.hidden;
    std::ranges::copy(h, last_h.floats().begin() + at);
    std::ranges::copy(cell, last_c.floats().begin() + at);
  }
  return Outputs(std::move(y), std::move(last_h), &last_c);
}

// Gates in the order z, r, h.
struct GruStep {
  const OpContext& c;
  const Recurrence& r;
  int64_t d;
  bool reset_after;          // linear_before_reset
  const float* hidden_bias;  // Rb of the gate h, or null

  void operator()(float* gates, State& h) const {
    const int64_t n = r.hidden;
    AddRecurrent(c, r, d, 0, 2, h.data(), gates);
    const auto f = r.activations[static_cast<size_t>(d * 2)];
    const auto g = r.activations[static_cast<size_t>(d * 2 + 1)];
    for (int64_t b = 0; b < r.batch; ++b) {
      for (int64_t j = 0; j < 2 * n; ++j) {
        float& z = gates[b * r.width() + j];
        z = f(Clipped(r, z));
      }
    }
    State reset(h.size(), 0.0f);
    std::vector<float> sums(static_cast<size_t>(r.batch * r.width()), 0.0f);
    if (!reset_after) {
      for (int64_t b = 0; b < r.batch; ++b) {
        for (int64_t j = 0; j < n; ++j) {
          const auto at = static_cast<size_t>(b * n + j);
          reset[at] = gates[b * r.width() + n + j] * h[at];
        }
      }
    }
    AddRecurrent(c, r, d, 2, 1, (reset_after ? h : reset).data(), sums.data());
    for (int64_t b = 0; b < r.batch; ++b) {
      for (int64_t j = 0; j < n; ++j) {
        const float* z = gates + b * r.width();
        float sum = sums[static_cast<size_t>(b * r.width() + 2 * n + j)];
        if (hidden_bias) sum += hidden_bias[j];
        if (reset_after) sum *= z[n + j];
        const float next = g(Clipped(r, z[2 * n + j] + sum));
        float& state = h[static_cast<size_t>(b * n + j)];
        state = (1.0f - z[j]) * next + z[j] * state;
      }
    }
  }
};

Result<FloatValues> Gru(OpContext& c) {
  VOIZK_ASSIGN_OR_RETURN(const Recurrence r, ReadRecurrence(c, 3, 6, {"Sigmoid", "Tanh"}));
  VOIZK_ASSIGN_OR_RETURN(const int64_t after, c.Int("linear_before_reset", 0));
  VOIZK_ASSIGN_OR_RETURN(FloatTensor y,
                         c.New(FloatType::kFloat, {r.time, r.directions, r.batch, r.hidden}));
  VOIZK_ASSIGN_OR_RETURN(FloatTensor last,
                         c.New(FloatType::kFloat, {r.directions, r.batch, r.hidden}));
  for (int64_t d = 0; d < r.directions; ++d) {
    VOIZK_ASSIGN_OR_RETURN(FloatTensor gates, InputGates(c, r, d, 2));
    const FloatTensor* bias = c.Optional(3);
    const float* hidden_bias =
        bias ? bias->floats().data() + d * 2 * r.width() + r.width() + 2 * r.hidden : nullptr;
    State h = InitialState(c, r, 5, d);
    VOIZK_RETURN_IF_ERROR(
        RunDirection(c, r, d, gates, h, y, GruStep{c, r, d, after != 0, hidden_bias}));
    std::ranges::copy(h, last.floats().begin() + d * r.batch * r.hidden);
  }
  return Outputs(std::move(y), std::move(last), nullptr);
}

Result<FloatValues> Rnn(OpContext& c) {
  VOIZK_ASSIGN_OR_RETURN(const Recurrence r, ReadRecurrence(c, 1, 2, {"Tanh"}));
  VOIZK_ASSIGN_OR_RETURN(FloatTensor y,
                         c.New(FloatType::kFloat, {r.time, r.directions, r.batch, r.hidden}));
  VOIZK_ASSIGN_OR_RETURN(FloatTensor last,
                         c.New(FloatType::kFloat, {r.directions, r.batch, r.hidden}));
  for (int64_t d = 0; d < r.directions; ++d) {
    VOIZK_ASSIGN_OR_RETURN(FloatTensor gates, InputGates(c, r, d, 1));
    State h = InitialState(c, r, 5, d);
    const auto f = r.activations[static_cast<size_t>(d)];
    const auto step = [&](float* z, State& state) {
      AddRecurrent(c, r, d, 0, 1, state.data(), z);
      for (size_t j = 0; j < state.size(); ++j) state[j] = f(Clipped(r, z[j]));
    };
    VOIZK_RETURN_IF_ERROR(RunDirection(c, r, d, gates, h, y, step));
    std::ranges::copy(h, last.floats().begin() + d * r.batch * r.hidden);
  }
  return Outputs(std::move(y), std::move(last), nullptr);
}

constexpr FloatOperation kRecurrenceOperations[] = {
    {"LSTM", "fff|fifff", FloatOperation::kNoEmpty, Lstm},
    {"GRU", "fff|fif", FloatOperation::kNoEmpty, Gru},
    {"RNN", "fff|fif", FloatOperation::kNoEmpty, Rnn},
};

}  // namespace

std::span<const FloatOperation> RecurrenceOperations() { return kRecurrenceOperations; }

}  // namespace voizk
