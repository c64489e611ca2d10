#include "login/bundle/speaker_network.h"

#include <algorithm>
#include <utility>

#include "login/relation/decision_config.h"
#include "network/model/quantised_model.h"
#include "network/model_file/model_file.h"
#include "network/operations/dense.h"
#include "network/operations/elementwise.h"
#include "network/operations/rearrange.h"
#include "network/operations/requant.h"
#include "network/operations/reshape.h"
#include "network/operations/table_activation.h"

namespace voizk {
namespace {

using Reads = SpeakerSection::Reads;

constexpr char kPrefix[] = "net.";       // of the network's own names
constexpr int32_t kMaxBias = 1 << 29;    // of an accumulator that has to stay within p/2
constexpr int64_t kMaxMult = INT32_MAX;  // times 2^15 stays below 2^46
constexpr int kMaxInputShift = 30;

Error Bad(const std::string& what) { return {ErrorCode::kMalformed, "speaker network: " + what}; }

bool IsVector(const Shape& shape) {
  int longer = 0;
  for (int d = 0; d < shape.rank; ++d) longer += shape.dims[static_cast<size_t>(d)] > 1 ? 1 : 0;
  return longer <= 1;
}

std::vector<uint32_t> DimsOf(const Shape& shape) {
  return {shape.dims.begin(), shape.dims.begin() + shape.rank};
}

/// What g can be: it is 0 wherever the mask is.
std::pair<int32_t, int32_t> RangeOf(Reads reads, const FrontEndConfig& c) {
  if (reads == Reads::kMask) return {0, 1};
  if (reads == Reads::kSamples) return {-c.norm_limit, c.norm_limit};
  return {std::min(c.feature_min, 0), std::max(c.feature_max, 0)};
}

Result<std::shared_ptr<const Operation>> TableOf(const SpeakerSection::Input& input, int64_t lo,
                                                 int64_t hi, const FrontEndConfig& c) {
  if (lo < INT16_MIN || hi > INT16_MAX || lo > hi) return Bad("an input of more than 16 bits");
  const auto [first, last] = RangeOf(input.reads, c);
  if (int64_t{last} - first >= int64_t{1} << 16) return Bad("the front end's range");
  op::TableActivation::Attributes a;
  a.first = first;
  const int64_t half = input.shift > 0 ? int64_t{1} << (input.shift - 1) : 0;
  for (int64_t g = first; g <= last; ++g) {
    const int64_t x = (g * input.mult + half) >> input.shift;
    a.table.push_back(static_cast<int32_t>(std::clamp(x, lo, hi)));
  }
  return std::shared_ptr<const Operation>(std::make_shared<op::TableActivation>(std::move(a)));
}

/// y = clamp(floor((x + 2^(shift-1)) / 2^shift)) of an x from which the caller has taken
/// TakenBefore(shift): of a pure shift the operation gives h + 1 (network/operations/requant.h).
std::shared_ptr<const Operation> Rounding(int shift, int32_t limit) {
  op::Requant::Attributes a;
  a.shift = shift;
  a.lo = -limit;
  a.hi = limit;
  a.wide = true;
  return std::make_shared<op::Requant>(a);
}
int32_t TakenBefore(int shift) { return shift == 0 ? 1 : int32_t{1} << (shift - 1); }

Status CheckSection(const SpeakerSection& s, uint32_t outputs) {
  for (const SpeakerSection::Input& input : s.inputs) {
    if (input.mult < 0 || input.mult > kMaxMult || input.shift < 0 ||
        input.shift > kMaxInputShift) {
      return Bad("mult or shift of an input");
    }
  }
  if (s.output_shift < 0 || s.output_shift > kMaxSpeakerShift) return Bad("output_shift");
  if (s.shift < 1 || s.shift > kMaxSpeakerShift) return Bad("shift");
  if (s.projection.size() != size_t{kEmbeddingSize} * outputs) {
    return Bad("the projection is not [64][" + std::to_string(outputs) + "]");
  }
  const auto narrow = [](int32_t w) { return w >= INT16_MIN && w <= INT16_MAX; };
  if (!std::all_of(s.projection.begin(), s.projection.end(), narrow)) {
    return Bad("the projection is not int16");
  }
  const auto small = [](int32_t b) { return b >= -kMaxBias && b <= kMaxBias; };
  if (s.bias.size() != kEmbeddingSize || !std::all_of(s.bias.begin(), s.bias.end(), small)) {
    return Bad("bias");
  }
  return {};
}

/// A model file's names may be as long as a graph's; here a prefix comes before them.
Status CheckNames(const QuantisedModel& model) {
  constexpr size_t kMost = Graph::kMaxNameLength - (sizeof kPrefix - 1);
  const auto check = [](const std::string& name, const std::string& op) -> Status {
    if (name.size() <= kMost) return {};
    return {ErrorCode::kUnsupported, "node '" + name.substr(0, Graph::kMaxNameLength) + "' (" +
                                         op.substr(0, 32) + "): in a bundle names have at most " +
                                         std::to_string(kMost) + " bytes"};
  };
  for (const auto& input : model.inputs) VOIZK_RETURN_IF_ERROR(check(input.name, "input"));
  for (const auto& node : model.nodes) VOIZK_RETURN_IF_ERROR(check(node.name, node.op));
  return {};
}

/// Checks names, order and every shape.  The graph is gone, with its operations and their weights,
/// before the nodes that are kept make their own.
Result<Shape> OutputOf(const QuantisedModel& model) {
  const auto graph = BuildGraph(model);
  if (graph.ok()) return graph->shape(graph->output());
  const ErrorCode code = graph.error().code;
  return {code == ErrorCode::kNotFound ? ErrorCode::kMalformed : code, graph.error().message};
}

/// The network as nodes that take no weights but their own, under names of their own.
Result<std::vector<GraphModel::Node>> NodesOf(const QuantisedModel& model) {
  std::vector<GraphModel::Node> nodes;
  for (const QuantisedModel::Node& node : model.nodes) {
    const auto where = [&node](const Error& error) {
      return Error{error.code, "node '" + node.name.substr(0, Graph::kMaxNameLength) + "' (" +
                                   node.op.substr(0, 32) + "): " + error.message};
    };
    if (node.op.starts_with("committed_")) {
      return where({ErrorCode::kUnsupported, "committed weights have no place in a bundle"});
    }
    auto operation = MakeOperation(node.op, node.attributes);
    if (!operation.ok()) return where(operation.error());
    std::vector<std::string> inputs;
    for (const std::string& input : node.inputs) inputs.push_back(kPrefix + input);
    nodes.push_back({kPrefix + node.name, *std::move(operation), std::move(inputs)});
  }
  return nodes;
}

}  // namespace

const char* NameOf(Reads reads) {
  switch (reads) {
    case Reads::kSamples:
      return "samples";
    case Reads::kFeatures:
      return "features";
    case Reads::kMask:
      break;
  }
  return "mask";
}

Status SpeakerNetwork::TakeInputs(const SpeakerSection& section, const FrontEndConfig& c,
                                  std::vector<GraphModel::Input> inputs) {
  if (inputs.size() != section.inputs.size()) return Bad("it has another number of inputs");
  size_t sounds = 0, masks = 0;
  for (size_t i = 0; i < inputs.size(); ++i) {
    Input input{section.inputs[i], kPrefix + inputs[i].name, {}, nullptr};
    const Reads reads = input.section.reads;
    ++(reads == Reads::kMask ? masks : sounds);
    input.shape.rank = static_cast<int>(inputs[i].dims.size());
    for (size_t d = 0; d < inputs[i].dims.size(); ++d) {
      input.shape.dims[d] = inputs[i].dims[d].size;
    }
    const bool fits =
        reads == Reads::kFeatures
            ? input.shape.rank == 2 && input.shape.dims[1] == static_cast<uint32_t>(c.mel_filters)
            : IsVector(input.shape);
    if (!fits) {
      return Bad("input '" + inputs[i].name.substr(0, Graph::kMaxNameLength) + "' is no " +
                 (reads == Reads::kFeatures ? "[frames][filters]" : "one axis of values") +
                 ", as " + NameOf(reads) + " are");
    }
    VOIZK_ASSIGN_OR_RETURN(input.table, TableOf(input.section, inputs[i].lo, inputs[i].hi, c));
    inputs_.push_back(std::move(input));
  }
  if (sounds != 1 || masks > 1) {
    return Bad("it has to read either samples or features, and at most one mask beside");
  }
  return {};
}

Result<std::shared_ptr<const SpeakerNetwork>> SpeakerNetwork::Read(
    std::span<const uint8_t> model_file, SpeakerSection section, const FrontEndConfig& c) {
  VOIZK_ASSIGN_OR_RETURN(const QuantisedModel model, ReadModel(model_file, kMaxSpeakerJson));
  if (!model.commitment.empty()) {
    return {ErrorCode::kUnsupported, "speaker network: its weights are committed, not there"};
  }
  VOIZK_RETURN_IF_ERROR(CheckNames(model));
  VOIZK_ASSIGN_OR_RETURN(const Shape output, OutputOf(model));
  if (!IsVector(output) || output.Cells() > kMaxSpeakerOutputs) {
    return Bad("its output is no vector of at most 4096 values");
  }
  std::shared_ptr<SpeakerNetwork> made(new SpeakerNetwork);
  made->name_ = model.name;
  made->digest_ = ModelDigest(model_file);
  made->outputs_ = static_cast<uint32_t>(output.Cells());
  made->output_ = kPrefix + model.output.node;
  VOIZK_RETURN_IF_ERROR(CheckSection(section, made->outputs_));
  std::vector<GraphModel::Input> inputs;
  for (const QuantisedModel::Input& input : model.inputs) {
    GraphModel::Input one{input.name, {}, input.lo, input.hi};
    for (const uint32_t d : input.shape) one.dims.push_back({d, 0});
    inputs.push_back(std::move(one));
  }
  VOIZK_RETURN_IF_ERROR(made->TakeInputs(section, c, std::move(inputs)));
  VOIZK_ASSIGN_OR_RETURN(made->nodes_, NodesOf(model));
  made->centre_ = std::make_shared<op::Offset>(
      op::ConstantTensor{.dims = {1}, .values = {-TakenBefore(section.output_shift)}});
  made->round_ = Rounding(section.output_shift, kSpeakerOutputMax);
  for (int32_t& b : section.bias) b -= TakenBefore(section.shift);
  made->project_ =
      std::make_shared<op::Dense>(op::Dense::Attributes{.outputs = kEmbeddingSize,
                                                        .weight = std::move(section.projection),
                                                        .bias = std::move(section.bias)});
  made->embed_ = Rounding(section.shift, kEmbeddingMax);
  return std::shared_ptr<const SpeakerNetwork>(std::move(made));
}

bool SpeakerNetwork::pools_by_mask() const { return inputs_.size() > 1; }

Reads SpeakerNetwork::reads() const {
  const Reads first = inputs_.front().section.reads;
  return first == Reads::kMask ? inputs_.back().section.reads : first;
}

Status SpeakerNetwork::CheckFits(const FrontEndConfig& c, uint32_t frames) const {
  for (const Input& input : inputs_) {
    const uint64_t needed = input.section.reads == Reads::kMask      ? frames / 2
                            : input.section.reads == Reads::kSamples ? uint64_t(c.hop) * frames
                                                                     : frames;
    const uint64_t has =
        input.section.reads == Reads::kFeatures ? input.shape.dims[0] : input.cells();
    if (needed <= has) continue;
    return {ErrorCode::kInvalidArgument, "the speaker network has " + std::to_string(has) + " of " +
                                             NameOf(input.section.reads) + ", a recording of " +
                                             std::to_string(frames) + " frames needs " +
                                             std::to_string(needed)};
  }
  return {};
}

// One input of the network: the mask lies over the sound before anything else hears it.
Graph::NodeId SpeakerNetwork::Hear(Graph& g, const Input& input, const FrontEndConfig& c,
                                   uint32_t frames) const {
  const Reads reads = input.section.reads;
  const std::string prefix = std::string("heard.") + NameOf(reads);
  const uint32_t slots = frames / 2;
  const Graph::NodeId mask = *g.Find("mask");
  Graph::NodeId heard = mask;
  uint32_t length = slots, width = 1;  // of the result: [length][width]
  if (reads != Reads::kMask) {
    Graph::NodeId sound = *g.Find(NameOf(reads));
    const Graph::NodeId over = g.Add(prefix + ".mask", op::Reshape({slots, 1, 1}), {mask});
    std::vector<uint32_t> slot;  // what a value of the mask stands for
    if (reads == Reads::kSamples) {
      const uint32_t row = c.RowWidth(), rows = static_cast<uint32_t>(c.hop) / row * frames;
      sound = g.Add(prefix + ".rows", op::Slice(0, rows, 0), {sound});
      slot = {slots, rows / slots, row};
      length = rows * row;
    } else {
      width = static_cast<uint32_t>(c.mel_filters);
      slot = {slots, 2, width};
      length = frames;
    }
    sound = g.Add(prefix + ".slots", op::Reshape(slot), {sound});
    if (reads == Reads::kSamples) {  // so that what is merged has one row for each slot
      sound = g.Add(prefix + ".flat", op::Reshape({slots, 1, slot[1] * slot[2]}), {sound});
    }
    heard = g.Add(prefix + ".masked", op::Mul(), {sound, over});
  }
  std::vector<uint32_t> flat{length, width};
  heard = g.Add(prefix + ".joined", op::Reshape(flat), {heard});
  const uint64_t longer = reads == Reads::kFeatures ? input.shape.dims[0] : input.cells();
  heard = g.Add(prefix + ".padded",
                op::Pad({.axis = 0, .after = static_cast<uint32_t>(longer - length)}), {heard});
  heard = g.Add(prefix + ".shaped", op::Reshape(DimsOf(input.shape)), {heard});
  return g.Add(input.node, input.table, {heard});
}

Result<Graph> SpeakerNetwork::At(const FrontEndConfig& c, uint32_t frames) const {
  VOIZK_RETURN_IF_ERROR(CheckFits(c, frames));
  Graph g;
  if (reads() == Reads::kSamples) {
    g.Input("samples", MakeShape({c.Rows(frames), c.RowWidth()}), -c.norm_limit, c.norm_limit);
  } else {
    g.Input("features", MakeShape({frames, static_cast<uint32_t>(c.mel_filters)}), c.feature_min,
            c.feature_max);
  }
  g.Input("mask", MakeShape({frames / 2}), 0, 1);
  VOIZK_RETURN_IF_ERROR(g.status());  // Hear finds them by name
  for (const Input& input : inputs_) Hear(g, input, c, frames);
  VOIZK_RETURN_IF_ERROR(g.status());
  for (const GraphModel::Node& node : nodes_) {
    std::vector<Graph::NodeId> inputs;
    for (const std::string& input : node.inputs) {
      VOIZK_ASSIGN_OR_RETURN(const Graph::NodeId id, g.Find(input));
      inputs.push_back(id);
    }
    g.Add(node.name, node.operation, std::move(inputs));
    VOIZK_RETURN_IF_ERROR(g.status());
  }
  VOIZK_ASSIGN_OR_RETURN(Graph::NodeId said, g.Find(output_));
  said = g.Add("heard.output", op::Reshape({outputs_}), {said});
  said = g.Add("heard.centred", centre_, {said});
  said = g.Add(kSpeakerRounded, round_, {said});
  said = g.Add("heard.projected", project_, {said});
  g.Add("embedding", embed_, {said});
  VOIZK_RETURN_IF_ERROR(g.status());
  return g;
}

}  // namespace voizk
