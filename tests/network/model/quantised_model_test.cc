// Guards what stands between a model as data and the operations: every attribute of every operation
// is wanted, of its type and within its bounds, and errors name the node and the attribute.
#include "network/model/quantised_model.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "network/model/small_model.h"
#include "network/operations/table.h"

namespace voizk {
namespace {

// What an operation asks for, and attributes that it takes.
class Recorder final : public AttributeReader {
 public:
  struct Bounds {
    int64_t lo, hi;
    bool list;
  };
  ModelAttributes attributes;
  std::map<std::string, Bounds, std::less<>> bounded;
  std::map<std::string, std::string, std::less<>> tensors;  // their types
  std::set<std::string, std::less<>> optional;

  bool Has(std::string_view key) override {
    optional.emplace(key);
    return true;
  }
  int64_t Int(std::string_view key, int64_t lo, int64_t hi) override {
    bounded[std::string(key)] = {lo, hi, false};
    attributes[std::string(key)] = lo;
    return lo;
  }
  std::vector<int64_t> Ints(std::string_view key, size_t count, int64_t lo, int64_t hi) override {
    return Listed(key, std::vector<int64_t>(count, lo), lo, hi);
  }
  std::vector<int64_t> List(std::string_view key, size_t, int64_t lo, int64_t hi) override {
    return Listed(key, {lo}, lo, hi);
  }
  TensorData Tensor(std::string_view key, std::string_view dtype, size_t rank) override {
    tensors[std::string(key)] = dtype;
    const TensorData data{std::vector<uint32_t>(rank, 1), {1}};
    attributes[std::string(key)] = std::make_shared<const TensorData>(data);
    return data;
  }

 private:
  std::vector<int64_t> Listed(std::string_view key, std::vector<int64_t> list, int64_t lo,
                              int64_t hi) {
    bounded[std::string(key)] = {lo, hi, true};
    attributes[std::string(key)] = list;
    return list;
  }
};

void ExpectMalformed(std::string_view op, const ModelAttributes& attributes, const std::string& key,
                     const char* what) {
  const auto operation = MakeOperation(op, attributes);
  ASSERT_FALSE(operation.ok()) << op << ": '" << key << "' " << what;
  EXPECT_EQ(operation.error().code, ErrorCode::kMalformed);
  EXPECT_NE(operation.error().message.find("'" + key + "'"), std::string::npos)
      << op << ": " << operation.error().message;
}

TEST(MakeOperationTest, UnknownOperations) {
  for (const char* op : {"", "teleport", "Dense", "dense "}) {
    const auto operation = MakeOperation(op, {});
    ASSERT_FALSE(operation.ok()) << op;
    EXPECT_EQ(operation.error().code, ErrorCode::kUnsupported);
  }
}

TEST(MakeOperationTest, EveryAttributeOfEveryOperation) {
  for (const OperationEntry& entry : OperationTable()) {
    Recorder recorder;
    (void)entry.read(recorder);
    const ModelAttributes& good = recorder.attributes;
    const auto operation = MakeOperation(entry.name, good);
    ASSERT_TRUE(operation.ok()) << entry.name << ": " << operation.error().message;
    EXPECT_EQ((*operation)->kind(), entry.name);

    ModelAttributes wrong = good;
    wrong["colour"] = int64_t{1};
    ExpectMalformed(entry.name, wrong, "colour", "unknown");
    for (const auto& [key, value] : good) {
      wrong = good;
      wrong.erase(key);
      if (recorder.optional.count(key) != 0) {
        EXPECT_TRUE(MakeOperation(entry.name, wrong).ok()) << entry.name << " without " << key;
      } else {
        ExpectMalformed(entry.name, wrong, key, "absent");
      }
      const ModelAttribute others[] = {int64_t{1}, std::vector<int64_t>{1}, TensorOf({1}, {1})};
      for (const ModelAttribute& other : others) {
        if (other.index() == value.index()) continue;
        wrong[key] = other;
        ExpectMalformed(entry.name, wrong, key, "of another type");
      }
    }
    for (const auto& [key, bounds] : recorder.bounded) {
      for (const int64_t value : {bounds.lo - 1, bounds.hi + 1, INT64_MIN, INT64_MAX}) {
        wrong = good;
        if (bounds.list) {
          auto list = std::get<std::vector<int64_t>>(good.at(key));
          list.back() = value;
          wrong[key] = list;
        } else {
          wrong[key] = value;
        }
        ExpectMalformed(entry.name, wrong, key, "out of bounds");
      }
      if (!bounds.list) continue;
      wrong[key] = std::vector<int64_t>{};
      ExpectMalformed(entry.name, wrong, key, "empty");
      wrong[key] = std::vector<int64_t>(100000, bounds.lo);
      ExpectMalformed(entry.name, wrong, key, "too long");
    }
    for (const auto& [key, dtype] : recorder.tensors) {
      const auto& tensor = *std::get<std::shared_ptr<const TensorData>>(good.at(key));
      const auto with = [&](TensorData data, const char* what) {
        wrong = good;
        wrong[key] = std::make_shared<const TensorData>(std::move(data));
        ExpectMalformed(entry.name, wrong, key, what);
      };
      std::vector<uint32_t> deeper = tensor.shape;
      deeper.push_back(1);
      with({deeper, {1}}, "of another rank");
      with({tensor.shape, {}}, "of no values");
      with({tensor.shape, {1, 1}}, "of more values than its shape says");
      with({std::vector<uint32_t>(tensor.shape.size(), 0), {}}, "of no elements");
      with({std::vector<uint32_t>(tensor.shape.size(), UINT32_MAX), {1}}, "of fewer values");
      wrong[key] = std::shared_ptr<const TensorData>();
      ExpectMalformed(entry.name, wrong, key, "null");
      const int64_t reach = dtype == "int8" ? 128 : dtype == "int16" ? 32768 : 0;
      if (reach == 0) continue;
      for (const int64_t value : {reach, -reach - 1}) {
        with({tensor.shape, {static_cast<int32_t>(value)}}, "beyond its type");
      }
      for (const int64_t value : {reach - 1, -reach}) {
        wrong[key] = TensorOf(tensor.shape, {static_cast<int32_t>(value)});
        EXPECT_TRUE(MakeOperation(entry.name, wrong).ok()) << entry.name << " " << key;
      }
    }
  }
}

TEST(BuildGraphTest, IsTheModel) {
  const SmallModel small;
  for (const auto owner : {Graph::Owner::kSecret, Graph::Owner::kPublic}) {
    const auto graph = BuildGraph(small.model, owner);
    ASSERT_TRUE(graph.ok()) << graph.error().message;
    ASSERT_EQ(graph->size(), 4U);
    EXPECT_EQ(graph->name(graph->output()), "y");
    EXPECT_EQ(graph->kind(2), "requant");
    EXPECT_EQ(graph->shape(1), MakeShape({6, 3}));
    EXPECT_EQ(graph->PublicInputNames().size(), owner == Graph::Owner::kPublic ? 1U : 0U);
  }
  QuantisedModel middle = small.model;
  middle.output.node = "r";
  const auto graph = BuildGraph(middle);
  ASSERT_TRUE(graph.ok());
  EXPECT_EQ(graph->name(graph->output()), "r") << "not the last node";
}

Error ErrorOf(const std::function<void(QuantisedModel&)>& change) {
  QuantisedModel model = SmallModel().model;
  change(model);
  const auto graph = BuildGraph(model);
  if (graph.ok()) return {ErrorCode::kInternal, "was built"};
  return graph.error();
}

#define EXPECT_ERROR(code_, part, ...)                                       \
  do {                                                                       \
    const Error error = ErrorOf([](QuantisedModel& m) { __VA_ARGS__; });     \
    EXPECT_EQ(error.code, ErrorCode::code_) << error.message;                \
    EXPECT_NE(error.message.find(part), std::string::npos) << error.message; \
  } while (0)

TEST(BuildGraphTest, ErrorsNameTheNode) {
  EXPECT_ERROR(kUnsupported, "node 'c' (conv9d)", m.nodes[0].op = "conv9d");
  EXPECT_ERROR(kMalformed, "node 'c' (conv1d): attribute 'stride'",
               m.nodes[0].attributes.erase("stride"));
  EXPECT_ERROR(kMalformed, "node 'r' (requant): attribute 'q'",
               m.nodes[1].attributes["q"] = int64_t{47});
  EXPECT_ERROR(kNotFound, "node 'y' (dense): no node 'nobody'", m.nodes[2].inputs = {"nobody"});
  EXPECT_ERROR(kNotFound, "node 'r' (requant): no node 'y'", m.nodes[1].inputs = {"y"});
  EXPECT_ERROR(kNotFound, "node 'r' (requant)", m.nodes[1].inputs = {"r"});
  EXPECT_ERROR(kInvalidArgument, "node 'r' (requant)", m.nodes[1].inputs = {});
  EXPECT_ERROR(kInvalidArgument, "node 'r' (requant)", m.nodes[1].inputs = {"c", "c"});
  EXPECT_ERROR(kInvalidArgument, "node 'c' (dense): the name is taken", m.nodes[2].name = "c");
  EXPECT_ERROR(kInvalidArgument, "node 'x' (conv1d): the name is taken", m.nodes[0].name = "x");
  EXPECT_ERROR(kInvalidArgument, "(conv1d)", m.nodes[0].name = "");
  EXPECT_ERROR(kInvalidArgument, "node 'aaaa", m.nodes[0].name = std::string(129, 'a'));
  EXPECT_ERROR(kInvalidArgument, "node 'y' (dense)",
               m.nodes[2].attributes["weight"] = TensorOf({4, 17}, std::vector<int32_t>(68)));
  EXPECT_ERROR(kInvalidArgument, "node 'r' (requant)", m.nodes[1].attributes["hi"] = int64_t{-1});
  EXPECT_ERROR(kNotFound, "node 'nobody' (output)", m.output.node = "nobody");
  EXPECT_ERROR(kNotFound, "(output)", m.output.node = "");
}

TEST(BuildGraphTest, ErrorsOfInputs) {
  EXPECT_ERROR(kMalformed, "node 'x' (input)", m.inputs[0].shape = {});
  EXPECT_ERROR(kMalformed, "node 'x' (input)", m.inputs[0].shape = {1, 1, 1, 1, 1});
  EXPECT_ERROR(kInvalidArgument, "node 'x' (input)", m.inputs[0].shape = {1, 1, 6, 2});
  EXPECT_ERROR(kInvalidArgument, "node 'x' (input)", m.inputs[0].lo = 51);
  EXPECT_ERROR(kInvalidArgument, "node 'x' (input)", m.inputs[0].hi = INT32_MAX);
  EXPECT_ERROR(kInvalidArgument, "node 'x' (input)", m.inputs.push_back(m.inputs[0]));
  EXPECT_ERROR(kLimitExceeded, "node 'x' (input)", m.inputs[0].shape = {UINT32_MAX, UINT32_MAX});
  EXPECT_ERROR(kLimitExceeded, "node 'x' (input)", m.inputs[0].shape = {1 << 20, 1 << 20});
  EXPECT_FALSE(BuildGraph(QuantisedModel{}).ok());
}

TEST(BuildGraphTest, ManyNodes) {
  QuantisedModel model = SmallModel().model;
  model.nodes.clear();
  model.output.node = "x";
  const auto add = [&] {
    model.nodes.push_back({"n" + std::to_string(model.nodes.size()), "add", {"x", "x"}, {}});
  };
  while (model.nodes.size() + 1 < Graph::kMaxNodes) add();
  EXPECT_TRUE(BuildGraph(model).ok());
  add();
  const auto graph = BuildGraph(model);
  ASSERT_FALSE(graph.ok());
  EXPECT_EQ(graph.error().code, ErrorCode::kLimitExceeded);
}

}  // namespace
}  // namespace voizk
