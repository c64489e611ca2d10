// Networks of random int8 weights whose requantisations are calibrated on random input, layer by
// layer: what the prover is measured on where trained weights do not matter.  Deterministic for a
// seed.
#ifndef VOIZK_NETWORK_SAMPLES_RANDOM_NETWORK_H_
#define VOIZK_NETWORK_SAMPLES_RANDOM_NETWORK_H_

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "base/result.h"
#include "network/graph/graph.h"
#include "network/operations/conv1d.h"
#include "network/operations/conv2d.h"
#include "network/operations/dense.h"
#include "network/operations/pool.h"
#include "network/operations/requant.h"
#include "relation/execution/executor.h"

namespace voizk {

/// A network and an input for it (named "x").
struct SampleNetwork {
  Graph graph;
  Inputs inputs;
};

/// A chain of layers, each run on the sample as it is added.  Scales are powers of two, so that all
/// layers share the table of their requantisations: that costs at most one bit of the activations'
/// eight.  Activations after ReLU are 0..127; a layer without ReLU, the last one as a rule, gives
/// its accumulators.
class RandomNetwork {
 public:
  RandomNetwork(Shape input, int32_t lo, int32_t hi, uint32_t seed);

  /// Random weights in [-127, 127]; `a` holds everything but weight and bias.
  void Conv1d(op::Conv1d::Attributes a, bool relu);
  void Conv2d(op::Conv2d::Attributes a, bool relu);
  void Dense(uint32_t outputs, bool relu);
  void MaxPool2d(uint32_t size);
  void MeanTime();

  /// The network, or the first error.
  Result<SampleNetwork> Finish() &&;

 private:
  struct Layer {
    std::string name;
    std::shared_ptr<const Operation> operation;  // null: the requantisation
    op::Requant::Attributes requant;
  };
  std::vector<int32_t> RandomValues(size_t n, int32_t lo, int32_t hi);
  // The operation alone on the sample; its output's shape in `shape`.
  std::vector<int32_t> Run(std::shared_ptr<const Operation> operation, Shape* shape);
  template <typename Op>
  void Linear(const std::string& kind, typename Op::Attributes a, bool relu);
  void Append(const std::string& kind, std::shared_ptr<const Operation> operation);

  std::mt19937 rng_;
  Shape input_;
  int32_t input_lo_, input_hi_;
  Inputs inputs_;
  // The last value: shape, range and cells on the sample.
  Shape shape_;
  int32_t lo_, hi_;
  std::vector<int32_t> cells_;
  std::vector<Layer> layers_;
  int table_bits_ = 0;  // of the largest requantisation
  Status status_;
};

}  // namespace voizk

#endif  // VOIZK_NETWORK_SAMPLES_RANDOM_NETWORK_H_
