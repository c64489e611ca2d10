// Guards what everything about float networks stands on: the graph's invariants, errors that name
// their place, the executor's promises (observer, memory, limits), what a shape may depend on, and
// that docs/import.md lists the operations that there are.
#include "network/float_graph/graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <set>

#include "network/float_operations/execute.h"
#include "network/float_operations/table.h"
#include "network/specialise/specialise.h"
#include "source_dir.h"

namespace voizk {
namespace {

using testing::HasSubstr;

// x [n] -> `length` times Neg -> y.
FloatGraph Chain(size_t length, int64_t n) {
  FloatGraph graph;
  graph.name = "chain";
  FloatValueId value = graph.AddValue("x");
  graph.values[value].type = FloatType::kFloat;
  graph.values[value].dims = Dims{n};
  graph.inputs = {value};
  for (size_t k = 0; k < length; ++k) {
    const FloatValueId next = graph.AddValue("v" + std::to_string(k));
    graph.nodes.push_back({"n" + std::to_string(k), "Neg", {value}, {next}, {}});
    value = next;
  }
  graph.outputs = {value};
  return graph;
}

std::vector<FloatTensor> Ones(int64_t n) {
  return {FloatTensor({n}, std::vector<float>(static_cast<size_t>(n), 1.0f))};
}

TEST(FloatGraph, InvariantsAreChecked) {
  const auto message = [](FloatGraph graph) {
    const Status status = CheckFloatGraph(graph);
    return status.ok() ? "" : status.error().message;
  };
  EXPECT_EQ(message(Chain(3, 2)), "");
  FloatGraph graph = Chain(3, 2);
  std::swap(graph.nodes[0], graph.nodes[1]);
  EXPECT_THAT(message(graph), HasSubstr("node n1 (Neg): reads a value that nothing before it"));
  graph = Chain(3, 2);
  graph.nodes[2].outputs = {1};
  EXPECT_THAT(message(graph), HasSubstr("node n2 (Neg): writes a value that is written"));
  graph = Chain(3, 2);
  graph.nodes[2].inputs = {99};
  EXPECT_THAT(message(graph), HasSubstr("node n2 (Neg): reads"));
  graph = Chain(3, 2);
  graph.outputs.push_back(graph.AddValue("nobody"));
  EXPECT_THAT(message(graph), HasSubstr("an output is never written"));
}

TEST(FloatGraph, ElementCountsDoNotOverflow) {
  EXPECT_EQ(*ElementCount({}), 1);
  EXPECT_EQ(*ElementCount({int64_t{1} << 62, 0}), 0);
  EXPECT_EQ(*ElementCount({1 << 15, 1 << 15}), 1 << 30);
  EXPECT_EQ(ElementCount({1 << 15, (1 << 15) + 1}).error().code, ErrorCode::kLimitExceeded);
  EXPECT_EQ(ElementCount({int64_t{1} << 32, int64_t{1} << 32}).error().code,
            ErrorCode::kLimitExceeded);
  EXPECT_EQ(ElementCount({-1}).error().code, ErrorCode::kMalformed);
  EXPECT_EQ(ElementCount(Dims(9, 1)).error().code, ErrorCode::kLimitExceeded);
}

TEST(FloatExecute, ObserverSeesEveryValueInOrder) {
  ExecuteOptions options;
  std::vector<FloatValueId> seen;
  options.observer = [&](FloatValueId id, const FloatTensor& tensor) {
    seen.push_back(id);
    EXPECT_EQ(tensor.floats(), std::vector<float>(2, id % 2 == 0 ? 1.0f : -1.0f));
  };
  ASSERT_TRUE(Execute(Chain(4, 2), Ones(2), options).ok());
  EXPECT_EQ(seen, (std::vector<FloatValueId>{0, 1, 2, 3, 4}));
}

// A chain of values of 4 kB each fits into 8 kB, however long, because each dies with its reader.
TEST(FloatExecute, ValuesAreFreedAfterTheirLastUse) {
  ExecuteOptions options;
  options.max_bytes = 8192;
  EXPECT_TRUE(Execute(Chain(100, 1024), Ones(1024), options).ok());
  options.max_bytes = 8191;
  const auto refused = Execute(Chain(100, 1024), Ones(1024), options);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kLimitExceeded);
  EXPECT_THAT(refused.error().message, HasSubstr("node n1 (Neg)"));
}

TEST(FloatExecute, InputsMustBeWhatTheGraphDeclares) {
  const FloatGraph graph = Chain(1, 2);
  for (const std::vector<FloatTensor>& inputs :
       {std::vector<FloatTensor>{}, Ones(3),
        std::vector<FloatTensor>{FloatTensor::Vector({1, 2})}}) {
    const auto result = Execute(graph, inputs);
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(FloatExecute, WrongInputsNameNodeAndRule) {
  FloatGraph graph = Chain(1, 2);
  const FloatValueId shape = graph.AddConstant("shape", FloatTensor::Vector({3}));
  const FloatValueId out = graph.AddValue("y");
  graph.nodes.push_back({"reshape", "Reshape", {graph.outputs[0], shape}, {out}, {}});
  graph.outputs = {out};
  const auto result = Execute(graph, Ones(2));
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().message, "node reshape (Reshape): [2] does not become [3]");
}

// Reshape by a shape that is computed from input values: as good as any for execution, and refused
// when shapes are fixed.
TEST(FixInputs, ShapesMayNotDependOnInputValues) {
  FloatGraph graph = Chain(1, 2);
  const FloatValueId cast = graph.AddValue("cast");
  const FloatValueId out = graph.AddValue("y");
  FloatNode to_int{"to_int", "Cast", {0}, {cast}, {}};
  to_int.attributes.emplace("to", int64_t{7});
  graph.nodes.push_back(to_int);
  graph.nodes.push_back({"expand", "Expand", {graph.outputs[0], cast}, {out}, {}});
  graph.outputs = {out};
  const std::vector<FloatTensor> inputs{FloatTensor({2}, std::vector<float>{3, 2})};
  const auto executed = Execute(graph, inputs);
  ASSERT_TRUE(executed.ok()) << executed.error().message;
  EXPECT_EQ((*executed)[0].dims(), (Dims{3, 2}));
  const auto fixed = FixInputs(graph, {});
  ASSERT_FALSE(fixed.ok());
  EXPECT_EQ(fixed.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(fixed.error().message, HasSubstr("node expand (Expand): input 1 (cast)"));
}

TEST(FixInputs, AsksForDimsThatAreOpenAndRefusesWrongOnes) {
  FloatGraph graph = Chain(1, -1);
  EXPECT_THAT(FixInputs(graph, {}).error().message, HasSubstr("input x: of the shape [-1]"));
  EXPECT_THAT(FixInputs(graph, {.dims = {{"z", {1}}}}).error().message, HasSubstr("no input z"));
  EXPECT_THAT(FixInputs(graph, {.dims = {{"x", {1, 2}}}}).error().message,
              HasSubstr("contradicts"));
  const auto fixed = FixInputs(graph, {.dims = {{"x", {5}}}});
  ASSERT_TRUE(fixed.ok()) << fixed.error().message;
  EXPECT_EQ(fixed->values[fixed->outputs[0]].dims, Dims{5});
  const auto constant = FixInputs(graph, {.values = {{"x", Ones(3)[0]}}});
  ASSERT_TRUE(constant.ok()) << constant.error().message;
  EXPECT_TRUE(constant->nodes.empty());
  EXPECT_EQ(constant->ConstantOf(constant->outputs[0])->floats(), std::vector<float>(3, -1.0f));
}

TEST(ImportDocument, ListsTheOperationsThatThereAre) {
  std::ifstream in(std::string(VOIZK_SOURCE_DIR) + "/docs/import.md");
  std::set<std::string> listed;
  bool inside = false;
  const std::regex name("`(\\w+)`");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("## ")) inside = line == "## 5. Operations";
    if (!inside || !line.starts_with("| `")) continue;
    const std::string cell = line.substr(0, line.find('|', 1));
    for (std::sregex_iterator m(cell.begin(), cell.end(), name), end; m != end; ++m) {
      EXPECT_TRUE(listed.insert((*m)[1]).second) << (*m)[1] << " is listed twice";
    }
  }
  std::set<std::string> known;
  for (const std::string_view op : FloatOperationNames()) {
    if (IsOnnxOperation(op)) known.emplace(op);
  }
  EXPECT_EQ(listed, known);
}

}  // namespace
}  // namespace voizk
