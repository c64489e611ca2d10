// The networks of the benchmarks do real work: honest witness, activations that use their range,
// every tampered cell refused; a seed determines them.
#include "network/samples/benchmark_networks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

#include "relation/execution/checker.h"

namespace voizk {
namespace {

// Honest witness accepted; every layer uses its range, at least 30 % of its activations nonzero; a
// changed cell of any tensor refused.
void CheckNetwork(const Result<SampleNetwork>& network, size_t tampered_tensors) {
  ASSERT_TRUE(network.ok()) << network.error().message;
  const auto relation = network->graph.BuildStandalone();
  ASSERT_TRUE(relation.ok()) << relation.error().message;
  ThreadPool pool(2);
  const auto executor = Executor::Make(*relation);
  ASSERT_TRUE(executor.ok()) << executor.error().message;
  const auto witness = executor->Execute(network->inputs, &pool);
  ASSERT_TRUE(witness.ok()) << witness.error().message;
  const Status status = CheckRelation(*relation, *witness);
  EXPECT_TRUE(status.ok()) << status.error().message;

  for (size_t t = 0; t < relation->tensors.size(); ++t) {
    const std::string& name = relation->tensors[t].name;
    if (name.find("_out") == std::string::npos || name.find(' ') != std::string::npos) continue;
    const auto& cells = (*witness)[t];
    const auto nonzero =
        cells.size() - static_cast<size_t>(std::count(cells.begin(), cells.end(), 0));
    EXPECT_GE(10 * nonzero, 3 * cells.size()) << name;
    EXPECT_GE(*std::max_element(cells.begin(), cells.end()), 64) << name;
  }
  const size_t tensors = relation->tensors.size();
  for (size_t k = 0; k < tampered_tensors; ++k) {
    const size_t t = k * 7919 % tensors;
    const bool input = relation->tensors[t].name == "x";
    Witness wrong = *witness;
    wrong[t][wrong[t].size() / 3] += input ? 300 : 1;
    EXPECT_FALSE(CheckRelation(*relation, wrong).ok()) << relation->tensors[t].name;
  }
  const RelationCounts counts = CountRelation(*relation);
  std::cout << "activations " << counts.activations << ", lookups " << counts.lookups
            << ", table rows " << counts.table_rows << ", committed " << counts.committed
            << ", products " << counts.products << ", weights " << counts.weights
            << ", multiplications " << executor->Multiplications() << '\n';
}

TEST(BenchmarkNetworksTest, LeNet5) { CheckNetwork(LeNet5(), 40); }
TEST(BenchmarkNetworksTest, Speech1d) { CheckNetwork(Speech1d(), 40); }
TEST(BenchmarkNetworksTest, Cnn264k) { CheckNetwork(Cnn264k(), 10); }
TEST(BenchmarkNetworksTest, DenseNetwork) {
  const std::vector<uint32_t> widths{100, 50, 30, 10};
  CheckNetwork(DenseNetwork(widths), 40);
}
TEST(BenchmarkNetworksTest, Vgg16) { CheckNetwork(Vgg16(), 2); }

TEST(BenchmarkNetworksTest, ASeedDeterminesTheNetwork) {
  const auto a = LeNet5(3), b = LeNet5(3), c = LeNet5(4);
  const auto first = [](const auto& n) {
    const auto r = n->graph.BuildStandalone();
    return r->weights[0].values;
  };
  EXPECT_EQ(first(a), first(b));
  EXPECT_NE(first(a), first(c));
}

}  // namespace
}  // namespace voizk
