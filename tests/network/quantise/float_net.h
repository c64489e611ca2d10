// Builds small float networks with random weights, node by node.
#ifndef VOIZK_TESTS_NETWORK_QUANTISE_FLOAT_NET_H_
#define VOIZK_TESTS_NETWORK_QUANTISE_FLOAT_NET_H_

#include <cmath>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "network/float_graph/graph.h"
#include "network/float_operations/execute.h"

namespace voizk {

class FloatNet {
 public:
  explicit FloatNet(unsigned seed) : rng_(seed) { graph_.name = "net"; }

  FloatValueId Input(std::string name, Dims dims) {
    const FloatValueId id = graph_.AddValue(std::move(name));
    graph_.values[id].dims = std::move(dims);
    graph_.values[id].type = FloatType::kFloat;
    graph_.inputs.push_back(id);
    return id;
  }
  /// Of integers; RandomInputs gives 0 for it.
  FloatValueId TokenInput(std::string name, Dims dims) {
    const FloatValueId id = Input(std::move(name), std::move(dims));
    graph_.values[id].type = FloatType::kInt64;
    return id;
  }
  FloatTensor Random(Dims dims, double scale) {
    std::vector<float> values(static_cast<size_t>(*ElementCount(dims)));
    std::normal_distribution<double> normal(0, scale);
    for (float& v : values) v = static_cast<float>(normal(rng_));
    return {std::move(dims), std::move(values)};
  }
  FloatValueId Constant(FloatTensor tensor) {
    return graph_.AddConstant("c" + std::to_string(graph_.values.size()), std::move(tensor));
  }
  FloatValueId Weights(Dims dims, double scale) { return Constant(Random(std::move(dims), scale)); }

  using Attributes = std::map<std::string, FloatAttribute, std::less<>>;
  FloatValueId Add(std::string op, std::vector<FloatValueId> inputs, Attributes attributes = {},
                   size_t outputs = 1) {
    const std::string name = op + std::to_string(graph_.nodes.size());
    FloatNode node{name, std::move(op), std::move(inputs), {}, std::move(attributes)};
    for (size_t i = 0; i < outputs; ++i) {
      node.outputs.push_back(graph_.AddValue(name + "." + std::to_string(i)));
    }
    graph_.nodes.push_back(node);
    return node.outputs[0];
  }
  /// Weights of about unit gain.
  FloatValueId Conv(FloatValueId x, int64_t in, int64_t out, Dims kernel, Attributes attributes,
                    int64_t groups = 1) {
    Dims dims{out, in / groups};
    double fan = static_cast<double>(in / groups);
    for (const int64_t k : kernel) {
      dims.push_back(k);
      fan *= static_cast<double>(k);
    }
    attributes["group"] = groups;
    return Add("Conv", {x, Weights(dims, 1 / std::sqrt(fan)), Weights({out}, 0.2)},
               std::move(attributes));
  }

  /// The graph with this output, and with the dims of every value, from one execution.
  FloatGraph Finish(FloatValueId output) {
    graph_.outputs = {output};
    ExecuteOptions options;
    options.observer = [this](FloatValueId id, const FloatTensor& tensor) {
      graph_.values[id].dims = tensor.dims();
      graph_.values[id].type = tensor.type();
    };
    const FloatGraph copy = graph_;
    const auto done = Execute(copy, RandomInputs(), options);
    if (!done.ok()) graph_.name = done.error().message;
    for (auto& value : graph_.values) {
      if (value.constant != nullptr) value.dims = value.constant->dims();
    }
    return graph_;
  }
  std::vector<FloatTensor> RandomInputs(double scale = 1) {
    std::vector<FloatTensor> inputs;
    for (const FloatValueId id : graph_.inputs) {
      const Dims& dims = *graph_.values[id].dims;
      if (graph_.values[id].type == FloatType::kInt64) {
        inputs.emplace_back(dims,
                            std::vector<int64_t>(static_cast<size_t>(*ElementCount(dims)), 0));
        continue;
      }
      inputs.push_back(Random(*graph_.values[id].dims, scale));
    }
    return inputs;
  }

 private:
  FloatGraph graph_;
  std::mt19937 rng_;
};

}  // namespace voizk

#endif  // VOIZK_TESTS_NETWORK_QUANTISE_FLOAT_NET_H_
