// voizk/import.h: the stations of an import one after another.
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/exceptions.h"
#include "base/threads.h"
#include "network/float_graph/graph.h"
#include "network/float_operations/execute.h"
#include "network/importing/layer_errors.h"
#include "network/model/quantised_model.h"
#include "network/model_file/model_file.h"
#include "network/onnx/read_onnx.h"
#include "network/quantise/calibrate.h"
#include "network/quantise/quantise.h"
#include "network/specialise/specialise.h"
#include "voizk/import.h"

namespace voizk {

struct FloatNetwork::State {
  FloatGraph graph;
  std::vector<Tensor> inputs;
  Tensor output;
};

namespace {

// Whether the input's type holds the value: otherwise its conversion would be undefined.
bool Holds(const FloatGraphValue& input, double value) {
  if (input.type == FloatType::kInt64) return value >= -0x1p63 && value < 0x1p63;
  return std::abs(value) <= std::numeric_limits<float>::max();
}

// A tensor of the input's type and dims (one number, if the file leaves them open), all `value`.
FloatTensor Filled(const FloatGraphValue& input, double value) {
  Dims dims = input.dims.value_or(Dims());
  const bool open = std::any_of(dims.begin(), dims.end(), [](int64_t d) { return d < 0; });
  const auto count = open ? Result<int64_t>(1) : ElementCount(dims);
  if (open || !count.ok()) dims = {};
  const auto n = static_cast<size_t>(open || !count.ok() ? 1 : *count);
  switch (input.type.value_or(FloatType::kFloat)) {
    case FloatType::kInt64:
      return {dims, std::vector<int64_t>(n, static_cast<int64_t>(value))};
    case FloatType::kBool:
      return {dims, std::vector<uint8_t>(n, value != 0 ? 1 : 0)};
    case FloatType::kFloat:
      break;
  }
  return {dims, std::vector<float>(n, static_cast<float>(value))};
}

Status ChooseOutput(const std::string& name, FloatGraph* graph) {
  if (name.empty() && graph->outputs.size() == 1) return {};
  std::string names;
  for (const FloatValueId id : graph->outputs) {
    if (graph->values[id].name == name) {
      graph->outputs = {id};
      return {};
    }
    names.append(names.empty() ? "" : ", ").append(graph->values[id].name.substr(0, 64));
  }
  return {ErrorCode::kInvalidArgument, "name one output of the network: " + names};
}

Result<FixedInputs> Fixed(const FloatGraph& graph, const FloatNetwork::Options& options) {
  FixedInputs fixed;
  fixed.dims = options.dims;
  const auto find = [&](const std::string& name) -> Result<FloatValueId> {
    const auto id = graph.FindInput(name);
    if (id && std::find(graph.inputs.begin(), graph.inputs.end(), *id) != graph.inputs.end()) {
      return *id;
    }
    return {ErrorCode::kInvalidArgument, "the network has no input '" + name + "'"};
  };
  for (const auto& [name, dims] : options.dims) VOIZK_RETURN_IF_ERROR(find(name).status());
  for (const auto& [name, value] : options.values) {
    VOIZK_ASSIGN_OR_RETURN(const FloatValueId id, find(name));
    if (!Holds(graph.values[id], value)) {
      return {ErrorCode::kInvalidArgument, "input '" + name + "' cannot have this value"};
    }
    fixed.values.emplace(name, Filled(graph.values[id], value));
  }
  return fixed;
}

Result<std::vector<FloatTensor>> TensorsOf(const std::vector<FloatNetwork::Tensor>& inputs,
                                           const FloatNetwork::Sample& sample) {
  if (sample.size() != inputs.size()) {
    return {ErrorCode::kInvalidArgument, "the network has " + std::to_string(inputs.size()) +
                                             " inputs, given are " + std::to_string(sample.size())};
  }
  std::vector<FloatTensor> tensors;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (sample[i].size() != inputs[i].size()) {
      return {ErrorCode::kInvalidArgument,
              "input '" + inputs[i].name + "' has " + std::to_string(inputs[i].size()) +
                  " values, given are " + std::to_string(sample[i].size())};
    }
    if (!inputs[i].integers) {
      tensors.emplace_back(inputs[i].dims, sample[i]);
      continue;
    }
    std::vector<int64_t> numbers;
    numbers.reserve(sample[i].size());
    for (const float v : sample[i]) {
      constexpr float kMost = 1 << 24;  // beyond, not every integer is a float
      if (!(std::abs(v) <= kMost) || v != std::round(v)) {
        return {ErrorCode::kInvalidArgument,
                "input '" + inputs[i].name + "' takes integers of up to 24 bits"};
      }
      numbers.push_back(static_cast<int64_t>(v));
    }
    tensors.emplace_back(inputs[i].dims, std::move(numbers));
  }
  return tensors;
}

}  // namespace

uint64_t FloatNetwork::Tensor::size() const {
  uint64_t count = 1;
  for (const int64_t d : dims) count *= static_cast<uint64_t>(d);
  return count;
}

Result<FloatNetwork> FloatNetwork::Read(const std::string& path, const Options& options) try {
  VOIZK_ASSIGN_OR_RETURN(FloatGraph read, ReadOnnx(path));
  VOIZK_RETURN_IF_ERROR(ChooseOutput(options.output, &read));
  VOIZK_ASSIGN_OR_RETURN(const FixedInputs fixed, Fixed(read, options));
  ExecuteOptions bounds;
  bounds.interrupted = options.interrupted;
  VOIZK_ASSIGN_OR_RETURN(const FloatGraph flat, FixInputs(read, fixed, bounds));
  auto state = std::make_shared<State>();
  VOIZK_ASSIGN_OR_RETURN(state->graph, Simplify(flat, bounds));
  const FloatGraph& graph = state->graph;
  for (const FloatValueId id : graph.inputs) {
    const FloatGraphValue& value = graph.values[id];
    if (value.type == FloatType::kBool) {
      return {ErrorCode::kUnsupported,
              "input '" + value.name + "' is of type bool: give it a value"};
    }
    state->inputs.push_back({value.name, *value.dims, value.type == FloatType::kInt64});
  }
  const FloatGraphValue& output = graph.values[graph.outputs[0]];
  if (output.constant != nullptr || output.type == FloatType::kBool) {
    return {ErrorCode::kUnsupported,
            "output '" + output.name + "' is no number that depends on the inputs"};
  }
  state->output = {output.name, *output.dims, output.type == FloatType::kInt64};
  return FloatNetwork(std::move(state));
} catch (...) {
  return ErrorOfException();
}

const std::vector<FloatNetwork::Tensor>& FloatNetwork::inputs() const { return state_->inputs; }
const FloatNetwork::Tensor& FloatNetwork::output() const { return state_->output; }

Result<std::vector<float>> FloatNetwork::Evaluate(const Sample& sample, int threads) const try {
  VOIZK_ASSIGN_OR_RETURN(const auto tensors, TensorsOf(state_->inputs, sample));
  ThreadPool pool(static_cast<size_t>(std::max(threads, 1)));
  ExecuteOptions options;
  options.pool = &pool;
  VOIZK_ASSIGN_OR_RETURN(auto outputs, Execute(state_->graph, tensors, options));
  if (outputs[0].is_float()) return std::move(outputs[0].floats());
  return std::vector<float>(outputs[0].ints().begin(), outputs[0].ints().end());
} catch (...) {
  return ErrorOfException();
}

Result<std::vector<uint8_t>> FloatNetwork::Quantise(std::span<const Sample> samples,
                                                    const Quantising& options,
                                                    std::vector<LayerError>* errors) const try {
  ThreadPool pool(static_cast<size_t>(std::max(options.threads, 1)));
  ExecuteOptions execute;
  execute.pool = &pool;
  execute.interrupted = options.interrupted;
  size_t next = 0;
  FloatSample tensors;
  Status failure;
  const auto sample = [&]() -> const FloatSample* {
    if (options.progress && next > 0) options.progress(next);
    if (next == samples.size()) return nullptr;
    auto made = TensorsOf(state_->inputs, samples[next++]);
    if (!made.ok()) {
      failure = made.error();
      return nullptr;
    }
    tensors = *std::move(made);
    return &tensors;
  };
  const auto statistics = Calibrate(state_->graph, sample, execute);
  VOIZK_RETURN_IF_ERROR(failure);
  if (!statistics.ok()) return statistics.error();
  QuantiseOptions quantise;
  quantise.bits = options.bits;
  quantise.input_bits = options.input_bits;
  std::vector<QuantisedValue> values;
  VOIZK_ASSIGN_OR_RETURN(const QuantisedModel model,
                         voizk::Quantise(state_->graph, *statistics, quantise, &values));
  if (errors != nullptr) {
    VOIZK_ASSIGN_OR_RETURN(*errors, MeasureLayers(state_->graph, model, values, tensors, execute));
  }
  return WriteModel(model);
} catch (...) {
  return ErrorOfException();
}

}  // namespace voizk
