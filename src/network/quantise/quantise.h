// The quantised model of a float network: docs/import.md says how steps, shifts and widths are
// chosen.
#ifndef VOIZK_NETWORK_QUANTISE_QUANTISE_H_
#define VOIZK_NETWORK_QUANTISE_QUANTISE_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "network/float_graph/graph.h"
#include "network/model/quantised_model.h"
#include "network/quantise/statistics.h"

namespace voizk {

struct QuantiseOptions {
  int bits = 8;  // of activations, 4 to 16
  int input_bits =
      16;  // of the network's inputs at most: 12, or more where quiet samples need them
};

/// An integer tensor of the model that stands for a float value.
struct QuantisedValue {
  FloatValueId value = 0;
  std::string node;
  double step = 1;
  TensorLayout layout;
  std::vector<uint32_t> dims;  // of the integer tensor
};

/// `graph` must come from FixInputs and Simplify, statistics from Calibrate on it.  It must have
/// one output.  kUnsupported: an operation that has no integer form, or ranges that do not fit; the
/// error names node, operation and rule.  `values`, if given: every float value that has a tensor
/// of the model, in the order of the graph's nodes.
Result<QuantisedModel> Quantise(const FloatGraph& graph,
                                std::span<const ValueStatistics> statistics,
                                const QuantiseOptions& options,
                                std::vector<QuantisedValue>* values = nullptr);

/// ONNX's operations that Quantise takes, sorted.
std::vector<std::string_view> QuantisedOperationNames();

}  // namespace voizk

#endif  // VOIZK_NETWORK_QUANTISE_QUANTISE_H_
