// What secret weights cost: networks of the shapes of LeNet5 and speech1d, and one of a million
// weights, with public and with committed random weights.
//   build/release/committed_bench
#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <random>

#include "network/operations/committed_digits.h"
#include "network/statement/network_public_values.h"
#include "proof/prover/prover.h"
#include "proof/verifier/verifier.h"
#include "relation/execution/executor.h"
#include "voizk/graph.h"

namespace voizk {
namespace {

template <typename T>
T OrDie(Result<T> result) {
  if (result.ok()) return std::move(result).value();
  std::fprintf(stderr, "%s\n", result.error().message.c_str());
  std::abort();
}

using Node = Network::Node;

// A chain of layers with ReLU between them, the weights public or the prover's.
class Chain {
 public:
  Chain(std::vector<uint32_t> dims, bool committed) : committed_(committed) {
    x_ = network_.Input("x", dims, -128, 127);
    size_t cells = 1;
    for (const uint32_t d : dims) cells *= d;
    inputs_["x"] = Random(cells, 128);
  }
  void Conv2d(uint32_t channels, uint32_t outputs, uint32_t kernel) {
    Network::Conv2dLayer layer;
    layer.outputs = outputs;
    layer.kernel_height = layer.kernel_width = kernel;
    layer.group_inputs = channels;
    const uint32_t row = kernel * kernel * channels;
    Weights w = Draw(outputs, row, "committed_conv2d");
    if (!committed_) layer.weight = w.weight, layer.bias = w.bias;
    Relu(committed_ ? network_.CommittedConv2d(x_, layer, 8, 16) : network_.Conv2d(x_, layer), row);
    x_ = network_.MaxPool2d(x_, {2, 2}, {2, 2});
    nodes_ += 3;
  }
  void Conv1d(uint32_t channels, uint32_t outputs, uint32_t kernel, uint32_t dilation) {
    Network::Conv1dLayer layer;
    layer.outputs = outputs;
    layer.kernel = kernel;
    layer.group_inputs = channels;
    layer.dilation = dilation;
    layer.pad_left = layer.pad_right = (kernel - 1) * dilation / 2;
    Weights w = Draw(outputs, kernel * channels, "committed_conv1d");
    if (!committed_) layer.weight = w.weight, layer.bias = w.bias;
    Relu(committed_ ? network_.CommittedConv1d(x_, layer, 8, 16) : network_.Conv1d(x_, layer),
         kernel * channels);
    nodes_ += 2;
  }
  void MeanTime() {
    x_ = network_.MeanTime(x_);
    ++nodes_;
  }
  void Dense(uint32_t row, uint32_t outputs, bool relu) {
    const Weights w = Draw(outputs, row, "committed_dense");
    x_ = committed_ ? network_.CommittedDense(x_, outputs, 8, 16)
                    : network_.Dense(x_, outputs, w.weight, w.bias);
    ++nodes_;
    if (relu) Relu(x_, row), ++nodes_;
  }
  /// With a commitment where there is one to make.
  Network Finish() {
    if (committed_) {
      inputs_["#salt"] = OrDie(DrawSalt(inputs_));
      network_.SetCommitment(OrDie(CommitToWeights(network_, inputs_)));
    }
    return network_;
  }
  const Inputs& inputs() const { return inputs_; }

 private:
  struct Weights {
    std::vector<int32_t> weight, bias;
  };
  std::vector<int32_t> Random(size_t n, int32_t reach) {
    std::vector<int32_t> v(n);
    for (int32_t& x : v)
      x = static_cast<int32_t>(rng_() % static_cast<uint32_t>(2 * reach)) - reach;
    return v;
  }
  Weights Draw(uint32_t outputs, uint32_t row, const char* kind) {
    Weights w{Random(size_t{outputs} * row, 127), Random(outputs, 20000)};
    if (!committed_) return w;
    const std::string name = std::string(kind) + " " + std::to_string(nodes_);
    for (auto& d : OrDie(op::DigitsOfLayer(name, outputs, 8, 16, w.weight, w.bias))) {
      inputs_[d.name] = std::move(d.values);
    }
    return w;
  }
  void Relu(Node acc, uint32_t row) {
    const int shift = static_cast<int>(std::log2(std::sqrt(row) * 160));
    x_ = network_.Requant(acc, shift, 1, 0, 0, 127);
  }

  Network network_;
  bool committed_;
  Node x_ = 0;
  uint32_t nodes_ = 1;
  Inputs inputs_;
  std::mt19937 rng_{1};
};

Chain MakeChain(int64_t which, bool committed) {
  if (which == 0) {
    Chain c({32, 32, 1}, committed);
    c.Conv2d(1, 6, 5);
    c.Conv2d(6, 16, 5);
    c.Dense(400, 120, true);
    c.Dense(120, 84, true);
    c.Dense(84, 10, false);
    return c;
  }
  if (which == 1) {
    Chain c({100, 40}, committed);
    c.Conv1d(40, 64, 5, 1);
    c.Conv1d(64, 64, 3, 2);
    c.MeanTime();
    c.Dense(64, 64, false);
    return c;
  }
  Chain c({1024}, committed);
  c.Dense(1024, 768, true);
  c.Dense(768, 384, true);
  c.Dense(384, 10, false);
  return c;
}

// Of the process's time, since others may be at work.
double Milliseconds(std::clock_t begin) {
  return static_cast<double>(std::clock() - begin) * 1e3 / CLOCKS_PER_SEC;
}

void BM_Network(benchmark::State& state) {
  Chain chain = MakeChain(state.range(0), state.range(1) == 1);
  const Network network = chain.Finish();
  auto begin = std::clock();
  const Instance instance = OrDie(MakeNetworkInstance(network));
  state.counters["instance_ms"] = Milliseconds(begin);
  ThreadPool pool(1);
  double run = 1e9, prove = 1e9, verify = 1e9;
  std::vector<uint8_t> proof;
  for (auto _ : state) {
    begin = std::clock();
    const Witness witness = OrDie(Execute(instance.relation(), chain.inputs(), &pool));
    run = std::min(run, Milliseconds(begin));
    const auto publics = PublicInputsOf(instance.relation(), witness);
    const PublicValues values =
        OrDie(NetworkPublicValues(StatementOf(network), chain.inputs(), publics[0], {}));
    begin = std::clock();
    proof = OrDie(Prove(instance, values, witness, &pool));
    prove = std::min(prove, Milliseconds(begin));
    begin = std::clock();
    if (!Verify(instance, values, proof).ok()) std::abort();
    verify = std::min(verify, Milliseconds(begin));
  }
  const Relation& r = instance.relation();
  const auto count = [&state](const char* name, auto value) {
    state.counters[name] = static_cast<double>(value);
  };
  uint64_t cells = 0, lookups = 0, rows = 0;
  for (const auto& t : r.tensors) cells += t.shape.Cells();
  for (const auto& l : r.lookups) lookups += l.key.shape.Cells();
  for (const auto& t : r.tables) rows += t.keys.size();
  count("cells", cells);
  count("addresses", instance.layout().cells.size);
  count("lookups", lookups);
  count("rows", rows);
  count("products", instance.layout().products.size);
  count("proof_bytes", proof.size());
  count("run_ms", run);
  count("prove_ms", prove);
  count("verify_ms", verify);
}
// Network: LeNet5, speech1d, a million weights; whether they are committed.
BENCHMARK(BM_Network)
    ->ArgNames({"network", "committed"})
    ->ArgsProduct({{0, 1, 2}, {0, 1}})
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace voizk
