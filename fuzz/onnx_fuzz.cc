// ONNX files: read or refused; what is read is made flat and simplified or refused, and what comes
// out of that is a graph that runs or is refused, within the bounds that were set.
#include "fuzz_input.h"
#include "network/float_operations/execute.h"
#include "network/onnx/read_onnx.h"
#include "network/specialise/specialise.h"

namespace voizk {
namespace {

ExecuteOptions Bounds() {
  ExecuteOptions options;
  options.max_bytes = uint64_t{1} << 24;
  options.max_work = uint64_t{1} << 24;
  return options;
}

// Inputs of the declared shapes, unknown dims as 2; nothing if they would be large.
std::vector<FloatTensor> InputsFor(const FloatGraph& graph) {
  std::vector<FloatTensor> inputs;
  for (const FloatValueId id : graph.inputs) {
    const FloatGraphValue& value = graph.values[id];
    Dims dims = value.dims.value_or(Dims{2});
    for (int64_t& dim : dims) dim = dim < 0 ? 2 : dim;
    const auto count = ElementCount(dims);
    if (!count.ok() || *count > (1 << 16)) return {};
    const auto n = static_cast<size_t>(*count);
    switch (value.type.value_or(FloatType::kFloat)) {
      case FloatType::kFloat:
        inputs.emplace_back(dims, std::vector<float>(n, 0.5f));
        break;
      case FloatType::kInt64:
        inputs.emplace_back(dims, std::vector<int64_t>(n, 1));
        break;
      case FloatType::kBool:
        inputs.emplace_back(dims, std::vector<uint8_t>(n, 1));
        break;
    }
  }
  return inputs;
}

void Run(const FloatGraph& graph) {
  Claim(CheckFloatGraph(graph).ok(), "what is read is a graph");
  const std::vector<FloatTensor> inputs = InputsFor(graph);
  if (inputs.size() != graph.inputs.size()) return;
  (void)Execute(graph, inputs, Bounds()).ok();
  FixedInputs fixed;
  for (size_t i = 0; i < inputs.size(); ++i) {
    fixed.dims[graph.values[graph.inputs[i]].name] = inputs[i].dims();
  }
  const auto flat = FixInputs(graph, fixed, Bounds());
  if (!flat.ok()) return;
  const auto simple = Simplify(*flat, Bounds());
  Claim(simple.ok(), "what is flat can be simplified");
  Claim(simple->nodes.size() <= 2 * flat->nodes.size(), "simplifying does not add much");
  const auto before = Execute(*flat, inputs, Bounds());
  const auto after = Execute(*simple, inputs, Bounds());
  if (!before.ok() || !after.ok()) return;
  for (size_t i = 0; i < before->size(); ++i) {
    Claim((*before)[i].dims() == (*after)[i].dims(), "simplifying keeps shapes");
  }
}

}  // namespace
}  // namespace voizk

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto graph = voizk::ReadOnnxBytes({data, size});
  if (graph.ok()) voizk::Run(*graph);
  return 0;
}
