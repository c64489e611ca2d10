#include "network/specialise/split_conv.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "network/specialise/dead_nodes.h"
#include "network/specialise/value_uses.h"

namespace voizk {

namespace {

using Ints = std::vector<int64_t>;

// Of hostile files: pieces of one convolution, what is inside what, elements of all new weights.
constexpr size_t kMaxPieces = 256;
constexpr int kMaxDepth = 32;
constexpr uint64_t kMaxElements = uint64_t{1} << 27;

// A part of the channels is read by weights that are zero for the others, up to this many times as
// many: a weight costs a tenth of what a cell does, and is counted once for all positions.
constexpr int64_t kMostWidening = 8;

// A convolution to be written: of one value, by constant weights, without its bias.
struct Piece {
  FloatValueId x;
  FloatTensor weight;  // [O][I][K..]
  Ints pads;           // as ONNX's
  // Of the pads, how many show the value mirrored at its ends instead of zeros: before and after,
  // of one spatial axis.
  std::array<int64_t, 2> mirrored{0, 0};
};

class Splitter {
 public:
  explicit Splitter(FloatGraph graph)
      : graph_(std::move(graph)), old_(std::exchange(graph_.nodes, {})), uses_(graph_, old_) {}

  FloatGraph Run() && {
    for (const FloatNode& node : old_) {
      if (!IsConv(node) || !Rewrite(node)) graph_.nodes.push_back(node);
    }
    return WithoutDeadNodes(std::move(graph_));
  }

 private:
  bool IsConv(const FloatNode& node) const {
    if (node.op != "Conv" || node.inputs.size() < 2) return false;
    const FloatTensor* const weight = graph_.ConstantOf(node.inputs[1]);
    const auto mode = StringAttribute(node, "auto_pad", "NOTSET");
    return weight != nullptr && weight->rank() >= 3 && mode.ok() && *mode == "NOTSET";
  }

  const FloatNode* Writer(FloatValueId id, std::string_view op) const {
    const FloatNode* const node = uses_.WriterOf(id);
    return node != nullptr && node->op == op ? node : nullptr;
  }
  const Dims& DimsOf(FloatValueId id) const { return *graph_.values[id].dims; }

  FloatValueId NewValue(const FloatNode& origin, Dims dims) {
    const FloatValueId id =
        graph_.AddValue(graph_.values[origin.outputs[0]].name + "#part" + std::to_string(names_++));
    graph_.values[id].dims = std::move(dims);
    graph_.values[id].type = FloatType::kFloat;
    return id;
  }
  FloatValueId NewConstant(const FloatNode& origin, FloatTensor tensor) {
    return graph_.AddConstant(origin.name + "#part" + std::to_string(names_++), std::move(tensor));
  }
  void Add(const FloatNode& origin, std::string op, std::vector<FloatValueId> inputs,
           FloatValueId output, decltype(FloatNode::attributes) attributes = {}) {
    graph_.nodes.push_back({origin.name + "#part" + std::to_string(names_++),
                            std::move(op),
                            std::move(inputs),
                            {output},
                            std::move(attributes)});
  }

  struct Part {
    FloatValueId whole;
    int64_t begin;  // its first channel
  };
  std::optional<Part> PartOf(FloatValueId id) const;
  bool IsAccumulator(FloatValueId id) const;
  bool Rewrite(const FloatNode& node);
  // `depth` pieces inside each other; at 0 nothing is written where nothing splits.
  void Split(const FloatNode& node, Piece piece, int depth, std::vector<FloatValueId>* sums);
  bool SplitParts(const FloatNode& node, const Piece& piece, int depth,
                  std::vector<FloatValueId>* sums);
  bool SplitPad(const FloatNode& node, const Piece& piece, int depth,
                std::vector<FloatValueId>* sums);
  void Border(const FloatNode& node, const Piece& piece, bool left,
              std::vector<FloatValueId>* sums);
  FloatValueId Emit(const FloatNode& node, const Piece& piece);

  FloatGraph graph_;
  std::vector<FloatNode> old_;
  ValueUses uses_;
  size_t names_ = 0;
  uint64_t elements_ = 0;
  bool bias_left_ = false;
};

// The channels [begin, begin + count) of [O][I][K..].
FloatTensor Share(const FloatTensor& weight, int64_t begin, int64_t count) {
  Dims dims = weight.dims();
  const auto outputs = static_cast<size_t>(dims[0]), inputs = static_cast<size_t>(dims[1]);
  const size_t taps = weight.size() / outputs / inputs;
  std::vector<float> values;
  values.reserve(outputs * static_cast<size_t>(count) * taps);
  for (size_t o = 0; o < outputs; ++o) {
    const auto first = weight.floats().begin() +
                       static_cast<ptrdiff_t>((o * inputs + static_cast<size_t>(begin)) * taps);
    values.insert(values.end(), first,
                  first + static_cast<ptrdiff_t>(static_cast<size_t>(count) * taps));
  }
  dims[1] = count;
  return {std::move(dims), std::move(values)};
}

// The weights of channels [begin, ..) of `inputs`, zeros for the others.
FloatTensor Widened(const FloatTensor& weight, int64_t begin, int64_t inputs) {
  Dims dims = weight.dims();
  const auto outputs = static_cast<size_t>(dims[0]), own = static_cast<size_t>(dims[1]);
  const size_t taps = weight.size() / outputs / own;
  dims[1] = inputs;
  std::vector<float> values(outputs * static_cast<size_t>(inputs) * taps, 0);
  for (size_t o = 0; o < outputs; ++o) {
    const auto from = weight.floats().begin() + static_cast<ptrdiff_t>(o * own * taps);
    std::copy(from, from + static_cast<ptrdiff_t>(own * taps),
              values.begin() +
                  static_cast<ptrdiff_t>(
                      (o * static_cast<size_t>(inputs) + static_cast<size_t>(begin)) * taps));
  }
  return {std::move(dims), std::move(values)};
}

// Pads of a node per axis: before, then after; nothing where they are not what is handled here.
struct PadOf {
  Ints before, after;
  std::string mode;
};
std::optional<PadOf> ReadPad(const FloatGraph& graph, const FloatNode& node) {
  const auto mode = StringAttribute(node, "mode", "constant");
  const size_t rank = graph.values[node.inputs[0]].dims->size();
  const FloatTensor* const pads =
      node.inputs.size() > 1 ? graph.ConstantOf(node.inputs[1]) : nullptr;
  const bool has_axes = node.inputs.size() > 3 && node.inputs[3] != kAbsentValue;
  if (!mode.ok() || pads == nullptr || !pads->is_int() || pads->size() != 2 * rank || has_axes) {
    return std::nullopt;
  }
  if (node.inputs.size() > 2 && node.inputs[2] != kAbsentValue) {
    const FloatTensor* const value = graph.ConstantOf(node.inputs[2]);
    if (value == nullptr || !value->is_float() || value->floats()[0] != 0) return std::nullopt;
  }
  PadOf pad;
  pad.mode = *mode;
  const auto middle = pads->ints().begin() + static_cast<ptrdiff_t>(rank);
  pad.before.assign(pads->ints().begin(), middle);
  pad.after.assign(middle, pads->ints().end());
  for (size_t axis = 0; axis < rank; ++axis) {
    const int64_t least = std::min(pad.before[axis], pad.after[axis]);
    if (least < 0 || (axis < 2 && (pad.before[axis] != 0 || pad.after[axis] != 0))) {
      return std::nullopt;
    }
  }
  return pad;
}

bool Splitter::Rewrite(const FloatNode& node) {
  const size_t spatial = graph_.ConstantOf(node.inputs[1])->rank() - 2;
  const auto pads = IntsAttribute(node, "pads", Ints(2 * spatial, 0));
  if (!pads.ok() || pads->size() != 2 * spatial) return false;
  bias_left_ = node.inputs.size() > 2 && node.inputs[2] != kAbsentValue;
  const size_t before = graph_.nodes.size();
  std::vector<FloatValueId> sums;
  Split(node, {node.inputs[0], *graph_.ConstantOf(node.inputs[1]), *pads}, 0, &sums);
  if (graph_.nodes.size() == before) return false;
  // What has all dims first, so that a repeated part is added to it.
  const Dims dims = DimsOf(node.outputs[0]);
  std::stable_partition(sums.begin(), sums.end(),
                        [&](FloatValueId id) { return DimsOf(id) == dims; });
  FloatValueId sum = sums[0];
  if (DimsOf(sum) != dims) {  // all of it is repeated
    const FloatValueId shape = NewConstant(node, FloatTensor::Vector(dims));
    const FloatValueId repeated = NewValue(node, dims);
    Add(node, "Expand", {sum, shape}, repeated);
    sum = repeated;
  }
  for (size_t k = 1; k < sums.size(); ++k) {
    const FloatValueId next = NewValue(node, dims);
    Add(node, "Add", {sum, sums[k]}, next);
    sum = next;
  }
  // The node that was written last gives what the old one gave.
  graph_.nodes.back().outputs[0] = node.outputs[0];
  return true;
}

void Splitter::Split(const FloatNode& node, Piece piece, int depth,
                     std::vector<FloatValueId>* sums) {
  const bool may_go_on = depth < kMaxDepth && sums->size() < kMaxPieces && elements_ < kMaxElements;
  if (may_go_on && (SplitParts(node, piece, depth, sums) || SplitPad(node, piece, depth, sums))) {
    return;
  }
  if (depth == 0) return;
  sums->push_back(Emit(node, piece));
  for (const bool left : {true, false}) Border(node, piece, left, sums);
}

// Of what is joined, added or repeated.
bool Splitter::SplitParts(const FloatNode& node, const Piece& piece, int depth,
                          std::vector<FloatValueId>* sums) {
  const auto is_constant = [&](FloatValueId id) { return graph_.ConstantOf(id) != nullptr; };
  const auto groups = IntAttribute(node, "group", 1);
  if (const FloatNode* const concat = Writer(piece.x, "Concat")) {
    const auto axis = IntAttribute(*concat, "axis", 0);
    const auto rank = static_cast<int64_t>(DimsOf(piece.x).size());
    if (!axis.ok() || (*axis != 1 && *axis != 1 - rank) || !groups.ok() || *groups != 1 ||
        std::ranges::any_of(concat->inputs, is_constant)) {
      return false;
    }
    int64_t begin = 0;
    for (const FloatValueId part : concat->inputs) {
      const int64_t count = DimsOf(part)[1];
      Split(node, {part, Share(piece.weight, begin, count), piece.pads, piece.mirrored}, depth + 1,
            sums);
      begin += count;
    }
    return true;
  }
  if (const FloatNode* const add = Writer(piece.x, "Add")) {
    const bool alike = std::ranges::all_of(add->inputs, [&](FloatValueId id) {
      return !is_constant(id) && DimsOf(id) == DimsOf(piece.x);
    });
    if (!alike || uses_.readers[piece.x] != 1 ||
        std::ranges::any_of(add->inputs, [&](FloatValueId id) { return IsAccumulator(id); })) {
      return false;
    }
    for (const FloatValueId part : add->inputs) {
      Split(node, {part, piece.weight, piece.pads, piece.mirrored}, depth + 1, sums);
    }
    return true;
  }
  if (const FloatNode* const expand = Writer(piece.x, "Expand")) {
    const Dims &from = DimsOf(expand->inputs[0]), &to = DimsOf(piece.x), &w = piece.weight.dims();
    const bool by_one = std::all_of(w.begin() + 2, w.end(), [](int64_t k) { return k == 1; }) &&
                        std::ranges::all_of(piece.pads, [](int64_t p) { return p == 0; });
    if (!by_one || from.size() != to.size() || from[0] != to[0] || from[1] != to[1] ||
        is_constant(expand->inputs[0])) {
      return false;
    }
    Split(node, {expand->inputs[0], piece.weight, piece.pads}, depth + 1, sums);
    return true;
  }
  if (const auto part = groups.ok() && *groups == 1 ? PartOf(piece.x) : std::nullopt) {
    const int64_t channels = DimsOf(part->whole)[1];
    if (channels > kMostWidening * piece.weight.dims()[1]) return false;
    Split(node,
          {part->whole, Widened(piece.weight, part->begin, channels), piece.pads, piece.mirrored},
          depth + 1, sums);
    return true;
  }
  return false;
}

// Is the value a sum or a product that nobody else reads?  It would be rounded for a convolution of
// its own, and the sum of two such is rounded once.
bool Splitter::IsAccumulator(FloatValueId id) const {
  constexpr std::string_view kOps[] = {"Add", "AveragePool", "Conv", "Gemm",       "MatMul",
                                       "Mul", "Pow",         "Sub",  "ReduceMean", "ReduceSum"};
  const FloatNode* const writer = uses_.WriterOf(id);
  return writer != nullptr && uses_.readers[id] == 1 &&
         std::ranges::find(kOps, writer->op) != std::end(kOps);
}

// The channels that a Split or a Slice cuts out.
std::optional<Splitter::Part> Splitter::PartOf(FloatValueId id) const {
  if (const FloatNode* const split = Writer(id, "Split")) {
    const auto axis = IntAttribute(*split, "axis", 0);
    const auto rank = static_cast<int64_t>(DimsOf(id).size());
    if (!axis.ok() || (*axis != 1 && *axis != 1 - rank)) return std::nullopt;
    int64_t begin = 0;
    for (const FloatValueId out : split->outputs) {
      if (out == id) return Part{split->inputs[0], begin};
      if (out == kAbsentValue) return std::nullopt;
      begin += DimsOf(out)[1];
    }
  }
  const FloatNode* const slice = Writer(id, "Slice");
  if (slice == nullptr || slice->inputs.size() < 4) return std::nullopt;
  std::array<int64_t, 5> one{0, 0, 0, 0, 1};  // of x, starts, ends, axes, steps
  for (size_t k = 1; k < slice->inputs.size() && k < one.size(); ++k) {
    const FloatTensor* const constant = graph_.ConstantOf(slice->inputs[k]);
    if (constant == nullptr || !constant->is_int() || constant->size() != 1) return std::nullopt;
    one[k] = constant->ints()[0];
  }
  if (one[1] < 0 || one[3] != 1 || one[4] != 1) return std::nullopt;
  return Part{slice->inputs[0], one[1]};
}

bool Splitter::SplitPad(const FloatNode& node, const Piece& piece, int depth,
                        std::vector<FloatValueId>* sums) {
  const FloatNode* const pad = Writer(piece.x, "Pad");
  const auto amounts = pad == nullptr ? std::nullopt : ReadPad(graph_, *pad);
  if (!amounts || graph_.ConstantOf(pad->inputs[0]) != nullptr) return false;
  const size_t spatial = piece.pads.size() / 2;
  Piece inner{pad->inputs[0], piece.weight, piece.pads, piece.mirrored};
  for (size_t d = 0; d < spatial; ++d) {
    inner.pads[d] += amounts->before[2 + d];
    inner.pads[spatial + d] += amounts->after[2 + d];
  }
  if (amounts->mode != "constant") {
    const auto strides = IntsAttribute(node, "strides", Ints(spatial, 1));
    const bool plain = std::ranges::all_of(piece.pads, [](int64_t p) { return p == 0; });
    if (amounts->mode != "reflect" || spatial != 1 || !plain || !strides.ok() ||
        (*strides)[0] != 1) {
      return false;
    }
    const int64_t longest = std::max(amounts->before[2], amounts->after[2]);
    if (longest > DimsOf(node.outputs[0])[2] || longest >= DimsOf(inner.x)[2]) return false;
    inner.mirrored = {amounts->before[2], amounts->after[2]};
  } else if (piece.mirrored != std::array<int64_t, 2>{0, 0}) {
    return false;
  }
  Split(node, std::move(inner), depth + 1, sums);
  return true;
}

// The share of the mirrored values at one end, as a value of the output's dims.
void Splitter::Border(const FloatNode& node, const Piece& piece, bool left,
                      std::vector<FloatValueId>* sums) {
  const int64_t p = piece.mirrored[left ? 0 : 1];
  if (p == 0) return;
  const Dims x = DimsOf(piece.x), y = DimsOf(node.outputs[0]);
  const int64_t span = x[2] + piece.mirrored[0] + piece.mirrored[1] - y[2] + 1;  // of a kernel
  const auto constant = [&](const Ints& values) {
    return NewConstant(node, FloatTensor::Vector(values));
  };
  const FloatValueId border = NewValue(node, {x[0], x[1], p});
  const int64_t start = left ? p : x[2] - 2;
  Add(node, "Slice",
      {piece.x, constant({start}), constant({start - p}), constant({2}), constant({-1})}, border);
  // Outputs 0..p-1 read the left border, the last p read the right one.
  const bool had_bias = std::exchange(bias_left_, false);
  const Ints around = left ? Ints{0, span - 1} : Ints{span - 1, 0};
  const FloatValueId convolved = Emit(node, {border, piece.weight, around});
  bias_left_ = had_bias;
  if (y[2] == p) {
    sums->push_back(convolved);
    return;
  }
  const FloatValueId placed = NewValue(node, y);
  const Ints by = left ? Ints{0, 0, 0, 0, 0, y[2] - p} : Ints{0, 0, y[2] - p, 0, 0, 0};
  Add(node, "Pad", {convolved, constant(by)}, placed);
  sums->push_back(placed);
}

FloatValueId Splitter::Emit(const FloatNode& node, const Piece& piece) {
  elements_ += piece.weight.size();
  const size_t spatial = piece.pads.size() / 2;
  const auto strides = IntsAttribute(node, "strides", Ints(spatial, 1));
  const auto dilations = IntsAttribute(node, "dilations", Ints(spatial, 1));
  Dims dims = DimsOf(piece.x);
  dims[1] = piece.weight.dims()[0];
  for (size_t d = 0; d < spatial; ++d) {
    const int64_t kernel = (piece.weight.dims()[2 + d] - 1) * (*dilations)[d] + 1;
    dims[2 + d] =
        (dims[2 + d] + piece.pads[d] + piece.pads[spatial + d] - kernel) / (*strides)[d] + 1;
  }
  const FloatValueId out = NewValue(node, std::move(dims));
  std::vector<FloatValueId> inputs{piece.x, NewConstant(node, piece.weight)};
  if (std::exchange(bias_left_, false)) inputs.push_back(node.inputs[2]);
  auto attributes = node.attributes;
  attributes["pads"] = piece.pads;
  Add(node, "Conv", std::move(inputs), out, std::move(attributes));
  return out;
}

}  // namespace

FloatGraph SplitConvolutions(FloatGraph graph) { return Splitter(std::move(graph)).Run(); }

}  // namespace voizk
