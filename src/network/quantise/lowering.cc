#include "network/quantise/lowering.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <utility>

#include "network/quantise/saturation.h"

namespace voizk {

namespace {

constexpr int kUsualShift = 12;  // weights get about this many bits below a step of the result
constexpr int64_t kMostReach = 1 << 15;  // rows of a requantisation's table, each side of 0
constexpr int64_t kMostRows = 1 << 19;   // of a function's table
constexpr int kLeastInputBits = 12;
constexpr int kPcmBits = 16;
constexpr int kLogBits = 10;         // of logarithms, which span more than what is behind them
constexpr int kRankedBits = 14;      // of values that are ranked: few ties
constexpr int kMostFactorBits = 14;  // of values that are multiplied with each other

bool Passes(std::string_view op) {  // one step for what comes in and what goes out
  constexpr std::string_view kOps[] = {"Concat", "MaxPool", "GlobalMaxPool"};
  return std::find(std::begin(kOps), std::end(kOps), op) != std::end(kOps);
}

bool Multiplies(std::string_view op) {  // what comes in with what comes in
  constexpr std::string_view kOps[] = {"Div", "Mul", "Pow", "MatMul"};
  return std::find(std::begin(kOps), std::end(kOps), op) != std::end(kOps);
}

std::string Quoted(std::string_view name) {
  std::string text(1, '\'');
  return text.append(name).append(1, '\'');
}

}  // namespace

bool MovesValues(std::string_view op) {
  constexpr std::string_view kOps[] = {
      "Cast",      "Concat",  "Flatten", "Gather", "GlobalMaxPool", "MaxPool",   "Pad",
      "ReduceMax", "Reshape", "Slice",   "Split",  "Squeeze",       "Transpose", "Unsqueeze"};
  return std::find(std::begin(kOps), std::end(kOps), op) != std::end(kOps);
}

namespace {

// What goes out differs from a logarithm by summands and factors.
bool KeepsLogarithm(std::string_view op) {
  constexpr std::string_view kOps[] = {"Add", "Affine", "ReduceMean", "Sub"};
  return MovesValues(op) || std::find(std::begin(kOps), std::end(kOps), op) != std::end(kOps);
}

// What goes out is as small as what comes in, so that a logarithm behind it sees it.
bool CarriesSmall(std::string_view op) {
  constexpr std::string_view kOps[] = {"Abs", "Add", "Affine",    "Conv", "Gemm", "MatMul",
                                       "Mul", "Pow", "ReduceSum", "Sqrt", "Sub"};
  return MovesValues(op) || std::find(std::begin(kOps), std::end(kOps), op) != std::end(kOps);
}

}  // namespace

Lowering::Lowering(const FloatGraph& graph, std::span<const ValueStatistics> statistics,
                   const QuantiseOptions& options)
    : graph_(graph),
      statistics_(statistics),
      options_(options),
      images_(graph.values.size()),
      readers_(graph.values.size()),
      writers_(graph.values.size(), nullptr),
      reader_nodes_(graph.values.size(), nullptr),
      saturation_(SaturationReach(graph)),
      multiplied_(graph.values.size(), false),
      precise_(graph.values.size(), false),
      logarithm_(graph.values.size(), false),
      ranked_(graph.values.size(), false),
      tied_(graph.values.size()),
      normalised_bits_(graph.values.size(), 0) {
  for (const FloatNode& node : graph.nodes) {
    if (BecomesTable(node.op)) ++functions_;
    for (const FloatValueId id : node.inputs) {
      if (id == kAbsentValue) continue;
      ++readers_[id];
      reader_nodes_[id] = &node;
    }
    for (const FloatValueId id : node.outputs) {
      if (id != kAbsentValue) writers_[id] = &node;
    }
  }
  for (auto node = graph.nodes.rbegin(); node != graph.nodes.rend(); ++node) {
    const auto is_precise = [&](FloatValueId id) { return id != kAbsentValue && precise_[id]; };
    if (node->op == "Log" ||
        (CarriesSmall(node->op) &&
         std::any_of(node->outputs.begin(), node->outputs.end(), is_precise))) {
      for (const FloatValueId id : node->inputs) {
        if (id != kAbsentValue) precise_[id] = true;
      }
    }
    if (node->op == "TopK" || (MovesValues(node->op) && ranked_[node->outputs[0]])) {
      ranked_[node->inputs[0]] = true;
    }
    const auto is_multiplied = [&](FloatValueId id) {
      return id != kAbsentValue && multiplied_[id];
    };
    if (!Multiplies(node->op) &&
        !(MovesValues(node->op) &&
          std::any_of(node->outputs.begin(), node->outputs.end(), is_multiplied))) {
      continue;
    }
    for (const FloatValueId id : node->inputs) {
      if (id != kAbsentValue) multiplied_[id] = true;
    }
  }
  for (const FloatNode& node : graph.nodes) {
    const bool carries = KeepsLogarithm(node.op) &&
                         std::any_of(node.inputs.begin(), node.inputs.end(), [&](FloatValueId id) {
                           return id != kAbsentValue && logarithm_[id];
                         });
    if (node.op != "Log" && !carries) continue;
    for (const FloatValueId id : node.outputs) {
      if (id != kAbsentValue) logarithm_[id] = true;
    }
  }
  for (const FloatValueId id : graph.outputs) ++readers_[id];
  std::iota(tied_.begin(), tied_.end(), FloatValueId{0});
  TieSteps();
  FindNormalised();
}

// Values that meet in a concatenation have one step, so that none needs to be rounded again.
void Lowering::TieSteps() {
  const auto find = [&](FloatValueId id) {
    while (tied_[id] != id) id = tied_[id] = tied_[tied_[id]];
    return id;
  };
  const auto is_input = [&](FloatValueId id) {
    return std::find(graph_.inputs.begin(), graph_.inputs.end(), id) != graph_.inputs.end();
  };
  for (const FloatNode& node : graph_.nodes) {
    if (!Passes(node.op)) continue;
    for (const FloatValueId id : node.inputs) {
      if (id == kAbsentValue || ConstantOf(id) != nullptr || is_input(id)) continue;
      tied_[find(id)] = find(node.outputs[0]);
    }
  }
  for (FloatValueId id = 0; id < tied_.size(); ++id) {
    tied_[id] = find(id);
    if (tied_[id] != id) together_[tied_[id]].push_back(id);
  }
}

IntegerRange Lowering::RangeOf(FloatValueId id, int least_bits) const {
  if (ranked_[id]) least_bits = std::max(least_bits, kRankedBits);
  int most = multiplied_[id] ? kMostFactorBits : statistics_[id].min() < 0 ? 16 : 15;
  if (precise_[id]) least_bits = std::max(least_bits, most);
  if (logarithm_[id]) least_bits = std::max(least_bits, kLogBits);
  if (normalised_bits_[id] > least_bits) least_bits = most = normalised_bits_[id];
  const int bits = ChooseBits(statistics_[id], least_bits, std::max(least_bits, most));
  IntegerRange range = ChooseRange(statistics_[id], bits);
  if (std::isfinite(saturation_[id]) && saturation_[id] > 0) {
    range = ChooseRange(statistics_[id], 16);
    range.step = std::min(range.step, saturation_[id] / static_cast<double>(range.hi));
  }
  const auto others = together_.find(tied_[id]);
  if (others == together_.end()) return range;
  const auto widen = [&](FloatValueId other) {
    if (statistics_[other].count() == 0) return;
    range.step = std::max(range.step, ChooseRange(statistics_[other], bits).step);
  };
  widen(tied_[id]);
  for (const FloatValueId other : others->second) widen(other);
  return range;
}

Status Lowering::AddInputs() {
  for (const FloatValueId id : graph_.inputs) {
    const FloatGraphValue& value = graph_.values[id];
    const bool integers = value.type != FloatType::kFloat;
    if (!integers && statistics_[id].max_abs() == 0) {
      return {ErrorCode::kInvalidArgument,
              "input " + Quoted(value.name) + " is zero in all that is calibrated on"};
    }
    QuantisedModel::Input input;
    input.name = value.name;
    input.quantity.name = value.name;
    input.quantity.layout = layout::Natural(dims(id));
    for (const int dim : layout::Order(input.quantity.layout)) {
      input.shape.resize(std::max(input.shape.size(), static_cast<size_t>(dim) + 1), 1);
    }
    for (size_t axis = 0; axis < dims(id).size(); ++axis) {
      for (const int dim : input.quantity.layout.axes[axis]) {
        input.shape[static_cast<size_t>(dim)] = static_cast<uint32_t>(dims(id)[axis]);
      }
    }
    if (input.shape.empty()) input.shape = {1};
    IntegerRange range;
    if (integers) {
      VOIZK_ASSIGN_OR_RETURN(range, TokenRange(graph_, id));
      input.integers = true;
    } else {
      // Bits that quiet samples do not need cost the weights behind them as many.
      const int least = precise_[id] ? options_.input_bits : kLeastInputBits;
      const int bits =
          ChooseBits(statistics_[id], std::min(least, options_.input_bits), options_.input_bits);
      range = ChooseRange(statistics_[id], bits);
      if (precise_[id] && statistics_[id].is_pcm() && options_.input_bits == kPcmBits) {
        range = {1.0 / (1 << 15), INT16_MIN, INT16_MAX};  // samples as they are, exactly
      }
    }
    input.quantity.step = range.step;
    input.lo = static_cast<int32_t>(range.lo);
    input.hi = static_cast<int32_t>(range.hi);
    const TensorLayout layout = input.quantity.layout;
    VOIZK_ASSIGN_OR_RETURN(const Emitter::Node node, emitter_.Input(std::move(input)));
    SetSmall(id, layout, {node, range.step});
  }
  return {};
}

Status Lowering::Run() {
  if (graph_.outputs.size() != 1) {
    return {ErrorCode::kUnsupported,
            "the network has " + std::to_string(graph_.outputs.size()) + " outputs: choose one"};
  }
  VOIZK_RETURN_IF_ERROR(AddInputs());
  for (const FloatNode& node : graph_.nodes) {
    const LoweringRule rule = FindLoweringRule(node.op);
    if (rule == nullptr) return Unsupported(node, "the operation has no integer form yet");
    VOIZK_RETURN_IF_ERROR(rule(node, *this));
  }
  return {};
}

Result<QuantisedModel> Lowering::Finish() && {
  const FloatValueId id = graph_.outputs[0];
  VOIZK_ASSIGN_OR_RETURN(const Image* const image, ImageOf(id));
  const TensorLayout layout = image->layout;
  Quantity output;
  if (image->small) {
    output = *image->small;
  } else {
    // An accumulator is public as it is: no rounding, no lookup.
    const IntegerRange range = RangeOf(id, options_.bits);
    const auto fit = FitIntegers(*image->linear, emitter_, range.step, kUsualShift);
    if (!fit) {
      return {ErrorCode::kUnsupported, "the output does not fit the field at its step"};
    }
    output.step = fit->step;
    VOIZK_ASSIGN_OR_RETURN(
        output.node, EmitLinear(*image->linear, fit->step, 0, graph_.values[id].name, emitter_));
  }
  QuantisedModel model = std::move(emitter_).Finish(output.node);
  model.name = graph_.name;
  model.output.quantity = {graph_.values[id].name, layout, output.step};
  return model;
}

std::vector<QuantisedValue> Lowering::Values() const {
  std::vector<QuantisedValue> values;
  for (const FloatNode& node : graph_.nodes) {
    for (const FloatValueId id : node.outputs) {
      if (id == kAbsentValue || !images_[id] || !images_[id]->small) continue;
      const Quantity& small = *images_[id]->small;
      values.push_back(
          {id, emitter_.name(small.node), small.step, images_[id]->layout, images_[id]->dims});
    }
  }
  return values;
}

Result<const Image*> Lowering::ImageOf(FloatValueId id) const {
  if (id == kAbsentValue || !images_[id]) {
    return {ErrorCode::kUnsupported,
            Quoted(id == kAbsentValue ? "an absent value" : graph_.values[id].name) +
                " is no real number that depends on the inputs"};
  }
  return &*images_[id];
}

Result<Linear> Lowering::LinearImage(FloatValueId id) {
  VOIZK_ASSIGN_OR_RETURN(const Image* const image, ImageOf(id));
  if (MayStayLinear(id)) return *image->linear;
  const std::vector<uint32_t> dims = image->dims;
  VOIZK_ASSIGN_OR_RETURN(const Quantity small, Small(id));
  return LinearOf(small, dims);
}

Result<Quantity> Lowering::Small(FloatValueId id) {
  VOIZK_ASSIGN_OR_RETURN(const Image* const image, ImageOf(id));
  if (image->small) return *image->small;
  // A value that can certifiedly reach far more than it ever does (a product with a softmax's
  // weights) gets a step for which a table has rows enough, if that leaves 5 bits of what was seen.
  constexpr int64_t kMany = 1 << 15;
  IntegerRange range = RangeOf(id, options_.bits);
  const double most = MostValue(*image->linear, emitter_), seen = statistics_[id].max_abs();
  const double step = most / static_cast<double>(kMostReach - 1);
  const auto cells =
      std::accumulate(image->dims.begin(), image->dims.end(), int64_t{1}, std::multiplies<>());
  // Not one that is added to gates, whose usual values are small against those that saturate them.
  const bool fine = std::isfinite(saturation_[id]);
  if (!fine && step > range.step && seen >= 32 * step && cells > kMostReach / 4) {
    range.step = step;
    range.hi = std::min<int64_t>(static_cast<int64_t>(seen / step) + 1, kMostReach / 2);
    range.lo = range.lo < 0 ? -range.hi : 0;
  } else if (together_.find(tied_[id]) == together_.end()) {
    // Its one bit more is another table than that which most values share: for many outputs only.
    range = WithExactStep(*image->linear, range, cells >= kMany);
  }
  VOIZK_ASSIGN_OR_RETURN(const Quantity small,
                         Round(*image->linear, range, graph_.values[id].name));
  images_[id]->small = small;
  return small;
}

Result<Quantity> Lowering::Rearranged(const Quantity& quantity, const TensorLayout& layout,
                                      std::span<const int> axes) {
  const std::vector<uint32_t> shape(emitter_.dims(quantity.node).begin(),
                                    emitter_.dims(quantity.node).end());
  std::vector<uint32_t> wanted;
  for (const int axis : axes)
    wanted.push_back(static_cast<uint32_t>(layout.dims[static_cast<size_t>(axis)]));
  const std::vector<uint32_t> order =
      layout::OrderFor(layout, static_cast<int>(shape.size()), axes);
  // Dims of length 1 may lie anywhere.
  std::vector<uint32_t> long_order, sorted;
  for (const uint32_t dim : order) {
    if (shape[dim] != 1) long_order.push_back(dim);
  }
  sorted = long_order;
  std::sort(sorted.begin(), sorted.end());
  Quantity result = quantity;
  std::vector<uint32_t> now = shape;
  if (long_order != sorted) {
    ModelAttributes attributes;
    attributes["order"] = std::vector<int64_t>(order.begin(), order.end());
    VOIZK_ASSIGN_OR_RETURN(
        result.node, emitter_.Add(emitter_.name(quantity.node), "transpose", std::move(attributes),
                                  std::array{result.node}));
    for (size_t d = 0; d < now.size(); ++d) now[d] = shape[order[d]];
  }
  if (now != wanted) {
    ModelAttributes attributes;
    attributes["dims"] = std::vector<int64_t>(wanted.begin(), wanted.end());
    VOIZK_ASSIGN_OR_RETURN(
        result.node, emitter_.Add(emitter_.name(quantity.node), "reshape", std::move(attributes),
                                  std::array{result.node}));
  }
  return result;
}

Result<Quantity> Lowering::SmallAs(FloatValueId id, std::span<const int> axes) {
  VOIZK_ASSIGN_OR_RETURN(const Quantity small, Small(id));
  return Rearranged(small, images_[id]->layout, axes);
}

Result<RealTensor> Lowering::ConstantFor(const FloatTensor& tensor, const TensorLayout& layout,
                                         std::span<const uint32_t> dims) const {
  const std::vector<float>& values = tensor.floats();
  if (values.size() == 1) return RealTensor::Scalar(values[0]);
  // The constant's own dims, aligned at the last axis.
  const size_t rank = layout.dims.size();
  if (tensor.rank() > rank) {
    return {ErrorCode::kUnsupported, "a constant of more axes than the value it meets"};
  }
  std::vector<int64_t> own(rank, 1);
  std::copy(tensor.dims().begin(), tensor.dims().end(),
            own.begin() + static_cast<ptrdiff_t>(rank - tensor.rank()));
  std::vector<uint32_t> kept(dims.begin(), dims.end());
  std::vector<size_t> stride(dims.size(), 0);  // among the constant's elements
  size_t step = 1;
  for (size_t axis = rank; axis-- > 0;) {
    if (own[axis] != 1 && own[axis] != layout.dims[axis]) {
      return {ErrorCode::kUnsupported, "a constant that is longer than the value it meets"};
    }
    for (size_t i = layout.axes[axis].size(); i-- > 0;) {
      const auto dim = static_cast<size_t>(layout.axes[axis][i]);
      if (own[axis] == 1) {
        kept[dim] = 1;
      } else {
        stride[dim] = step;
        step *= dims[dim];
      }
    }
  }
  RealTensor real;
  std::vector<size_t> indices{0};
  for (size_t d = 0; d < kept.size(); ++d) {
    std::vector<size_t> next;
    for (const size_t base : indices) {
      for (size_t i = 0; i < kept[d]; ++i) next.push_back(base + i * stride[d]);
    }
    indices = std::move(next);
  }
  real.dims = std::move(kept);
  for (const size_t i : indices) real.values.push_back(values[i]);
  return real;
}

void Lowering::SetLinear(FloatValueId id, TensorLayout layout, Linear linear) {
  std::vector<uint32_t> dims = linear.dims;
  images_[id] = Image{std::move(layout), std::move(dims), std::nullopt, std::move(linear)};
}

void Lowering::SetSmall(FloatValueId id, TensorLayout layout, Quantity small) {
  const auto dims = emitter_.dims(small.node);
  images_[id] = Image{std::move(layout), {dims.begin(), dims.end()}, small, std::nullopt};
}

Result<Quantity> Lowering::Accumulate(const Linear& x, double target, std::string_view name) {
  auto fit = FitIntegers(x, emitter_, target, kUsualShift);
  for (int coarser = 0; !fit && coarser < 32; ++coarser) {
    target *= 2;
    fit = FitIntegers(x, emitter_, target, 0);
  }
  if (!fit) {
    return {ErrorCode::kUnsupported, Quoted(name) + ": the value does not fit the field"};
  }
  VOIZK_ASSIGN_OR_RETURN(const Emitter::Node acc, EmitLinear(x, fit->step, 0, name, emitter_));
  return Quantity{acc, fit->step};
}

// A tensor times one positive number, if it reaches so far that the number would be rounded to a
// small integer: by a table of multiples, which is exact.
std::optional<ModelAttributes> Lowering::RoundByMultiplier(const Linear& x,
                                                           const IntegerRange& range) const {
  constexpr int kMultiplierBits = 14, kIndex = 15;
  if (x.terms.size() != 1 || x.constant.max_abs() != 0) return std::nullopt;
  const auto* const scaling = std::get_if<Scaling>(&x.terms[0].map);
  if (scaling == nullptr || !scaling->factor.is_scalar()) return std::nullopt;
  const Quantity& input = x.terms[0].input;
  const Interval values = emitter_.range(input.node);
  const int64_t reach = std::max(std::abs(values.lo), std::abs(values.hi));
  const double factor = scaling->factor.values[0] * input.step / range.step;
  const int shift = static_cast<int>(std::bit_width(static_cast<uint64_t>(reach))) - kIndex;
  if (shift <= kUsualShift - 4 || !(factor > 0) || std::ldexp(factor, shift) > 0.5) {
    return std::nullopt;
  }
  int q = 0;
  while (q < 30 && std::ldexp(factor, shift + q) < (1 << (kMultiplierBits - 1))) ++q;
  ModelAttributes attributes;
  attributes["shift"] = int64_t{shift};
  attributes["mult"] = int64_t{std::lround(std::ldexp(factor, shift + q))};
  attributes["q"] = int64_t{q};
  attributes["lo"] = range.lo;
  attributes["hi"] = range.hi;
  return attributes;
}

Result<Quantity> Lowering::Round(const Linear& x, const IntegerRange& range,
                                 std::string_view name) {
  auto fit = FitExactly(x, range.step);
  if (!fit) {
    if (auto attributes = RoundByMultiplier(x, range)) {
      VOIZK_ASSIGN_OR_RETURN(
          const Emitter::Node node,
          emitter_.Add(name, "requant", *std::move(attributes), std::array{x.terms[0].input.node}));
      return Quantity{node, range.step};
    }
    fit = FitIntegers(x, emitter_, range.step, kUsualShift);
  }
  if (!fit) {
    return {ErrorCode::kUnsupported,
            Quoted(name) + ": at its step the value does not fit the field"};
  }
  const int64_t half = fit->shift == 0 ? 0 : int64_t{1} << (fit->shift - 1);
  // h = floor((acc - half) / 2^shift) = round(acc / 2^shift) - 1, and a shift gives h + 1; without
  // a shift acc - 1 does.
  VOIZK_ASSIGN_OR_RETURN(const Emitter::Node acc,
                         EmitLinear(x, fit->step, fit->shift == 0 ? -1 : -half, name, emitter_));
  ModelAttributes attributes;
  attributes["shift"] = int64_t{fit->shift};
  attributes["mult"] = int64_t{1};
  attributes["q"] = int64_t{0};
  attributes["lo"] = range.lo;
  attributes["hi"] = range.hi;
  if (range.lo < range.hi) attributes["wide"] = int64_t{1};  // until Finish chooses tables
  VOIZK_ASSIGN_OR_RETURN(const Emitter::Node node,
                         emitter_.Add(name, "requant", std::move(attributes), std::array{acc}));
  return Quantity{node, range.step};
}

namespace {

// fn at each index in steps of `out`.  An index stands for a step's values: what bends within a
// step (a logarithm near 0) is taken in the mean of so many points.
std::shared_ptr<const TensorData> ValuesAt(int64_t first, int64_t last, double step,
                                           const std::function<double(double)>& fn,
                                           const IntegerRange& out, int points) {
  TensorData data;
  data.shape = {static_cast<uint32_t>(last - first + 1)};
  for (int64_t h = first; h <= last; ++h) {
    double sum = 0;
    for (int k = 0; k < points; ++k) {
      sum += fn((static_cast<double>(h) + (k + 0.5) / points - 0.5) * step);
    }
    const double y = sum / points / out.step;
    const double clamped =
        std::isnan(y) ? 0 : std::clamp(y, static_cast<double>(out.lo), static_cast<double>(out.hi));
    data.values.push_back(static_cast<int32_t>(std::lround(clamped)));
  }
  return std::make_shared<const TensorData>(std::move(data));
}

}  // namespace

Result<Quantity> Lowering::Apply(FloatValueId x, const std::function<double(double)>& fn,
                                 const IntegerRange& out, std::string_view name, int index_bits) {
  index_bits = std::max(index_bits, std::min(options_.bits, 14));
  VOIZK_ASSIGN_OR_RETURN(const Image* const image, ImageOf(x));
  const int points = index_bits > kIndexBits ? 8 : 1;
  const auto add = [&](Emitter::Node argument, int shift, int64_t first, int64_t last,
                       double step) -> Result<Quantity> {
    ModelAttributes attributes;
    attributes["shift"] = int64_t{shift};
    attributes["first"] = first;
    attributes["table"] = ValuesAt(first, last, step, fn, out, points);
    VOIZK_ASSIGN_OR_RETURN(
        const Emitter::Node node,
        emitter_.Add(name, "table_activation", std::move(attributes), std::array{argument}));
    return Quantity{node, out.step};
  };
  // The function's table has a row for all that the argument can certifiedly reach; or the argument
  // is clamped to what was seen first, for this many lookups more.
  // Where several functions share the clamp's table, its rows are not this one's to pay.
  constexpr size_t kSharing = 3;
  const int64_t clamp_cost = functions_ >= kSharing ? 2 : 10;
  const auto worth = [&](int64_t rows, Emitter::Node node) {
    const auto outputs = static_cast<int64_t>(emitter_.shape(node).Cells());
    const int64_t most = index_bits > kIndexBits ? kMostRows : 2 * kMostReach;
    return rows < most && rows < (int64_t{1} << index_bits) + clamp_cost * outputs;
  };
  if (image->small || !has_one_reader(x)) {
    VOIZK_ASSIGN_OR_RETURN(const Quantity small, Small(x));
    const Interval range = emitter_.range(small.node);
    if (worth(range.hi - range.lo, small.node)) {
      return add(small.node, 0, range.lo, range.hi, small.step);
    }
  }
  const Linear linear = image->linear ? *image->linear : LinearOf(*image->small, image->dims);
  const IntegerRange index = index_bits > kIndexBits
                                 ? ChooseRange(statistics_[x], index_bits)
                                 : ChooseArgument(statistics_[x], index_bits, fn);
  // An index of more bits than usual may lose some of them for the sake of a table without a clamp.
  for (int bits = index_bits;; --bits) {
    const double step = std::ldexp(index.step, index_bits - bits);
    const auto fit = FitIntegers(linear, emitter_, step, kUsualShift);
    if (!fit) {
      return {ErrorCode::kUnsupported,
              Quoted(name) + ": at its step the function's argument does not fit the field"};
    }
    const int64_t half = fit->shift == 0 ? 0 : int64_t{1} << (fit->shift - 1);
    VOIZK_ASSIGN_OR_RETURN(const Emitter::Node acc,
                           EmitLinear(linear, fit->step, half, name, emitter_));
    const Interval reach = emitter_.range(acc);
    const int64_t lo = reach.lo >> fit->shift, hi = reach.hi >> fit->shift;
    if (worth(hi - lo, acc)) {  // the table's ends stand for what lies beyond them
      return add(acc, fit->shift, std::max(lo, -kMostReach), std::min(hi, kMostReach - 1), step);
    }
    if (bits <= std::max(kIndexBits, index_bits - 4)) break;
  }
  VOIZK_ASSIGN_OR_RETURN(const Quantity clamped, Round(linear, index, name));
  return add(clamped.node, 0, index.lo, index.hi, index.step);
}

namespace {

std::vector<LoweringEntry> AllRules() {
  std::vector<LoweringEntry> all;
  for (const auto rules :
       {LinearRules(), ElementwiseRules(), ArithmeticRules(), MovingRules(), PoolingRules(),
        RecurrenceRules(), GruRules(), RepetitionRules(), LogRules(), ResamplingRules(),
        ReductionRules(), NormalisationRules(), ChoiceRules(), DecisionRules(), SelectionRules()}) {
    all.insert(all.end(), rules.begin(), rules.end());
  }
  std::sort(all.begin(), all.end(),
            [](const LoweringEntry& a, const LoweringEntry& b) { return a.op < b.op; });
  return all;
}
const std::vector<LoweringEntry>& Rules() {
  static const std::vector<LoweringEntry> kRules = AllRules();
  return kRules;
}

}  // namespace

LoweringRule FindLoweringRule(std::string_view op) {
  const auto found = std::find_if(Rules().begin(), Rules().end(),
                                  [&](const LoweringEntry& entry) { return entry.op == op; });
  return found == Rules().end() ? nullptr : found->rule;
}

std::vector<std::string_view> QuantisedOperationNames() {
  std::vector<std::string_view> names;
  for (const LoweringEntry& entry : Rules()) names.push_back(entry.op);
  return names;
}

Result<QuantisedModel> Quantise(const FloatGraph& graph,
                                std::span<const ValueStatistics> statistics,
                                const QuantiseOptions& options,
                                std::vector<QuantisedValue>* values) {
  if (options.bits < 4 || options.bits > 16 || options.input_bits < 4 || options.input_bits > 16) {
    return {ErrorCode::kInvalidArgument, "bits must be between 4 and 16"};
  }
  Lowering lowering(graph, statistics, options);
  VOIZK_RETURN_IF_ERROR(lowering.Run());
  if (values != nullptr) *values = lowering.Values();
  return std::move(lowering).Finish();
}

}  // namespace voizk
