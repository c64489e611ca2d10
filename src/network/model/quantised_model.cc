#include "network/model/quantised_model.h"

#include <algorithm>
#include <set>
#include <utility>

#include "network/operations/table.h"

namespace voizk {

namespace {

// Bytes of a type of AttributeReader::Tensor, and its range.
struct Width {
  int32_t lo, hi;
};
Width WidthOf(std::string_view dtype) {
  if (dtype == "int8") return {INT8_MIN, INT8_MAX};
  if (dtype == "int16") return {INT16_MIN, INT16_MAX};
  return {INT32_MIN, INT32_MAX};
}

class MapReader final : public AttributeReader {
 public:
  explicit MapReader(const ModelAttributes& attributes) : attributes_(attributes) {}

  bool Has(std::string_view key) override { return attributes_.find(key) != attributes_.end(); }

  int64_t Int(std::string_view key, int64_t lo, int64_t hi) override {
    const auto* const value = Get<int64_t>(key);
    if (value != nullptr && *value >= lo && *value <= hi) return *value;
    Fail(key, "is no integer in " + std::to_string(lo) + ".." + std::to_string(hi));
    return lo;
  }

  std::vector<int64_t> Ints(std::string_view key, size_t count, int64_t lo, int64_t hi) override {
    const std::vector<int64_t> values = Within(key, count, count, lo, hi);
    return values.empty() ? std::vector<int64_t>(count, lo) : values;
  }

  std::vector<int64_t> List(std::string_view key, size_t most, int64_t lo, int64_t hi) override {
    const std::vector<int64_t> values = Within(key, 1, most, lo, hi);
    return values.empty() ? std::vector<int64_t>(1, lo) : values;
  }

  TensorData Tensor(std::string_view key, std::string_view dtype, size_t rank) override {
    const auto* const value = Get<std::shared_ptr<const TensorData>>(key);
    if (value == nullptr || *value == nullptr) return Fail(key, "is no tensor"), TensorData{};
    const TensorData& tensor = **value;
    const auto [lo, hi] = WidthOf(dtype);
    if (tensor.shape.size() != rank) return Fail(key, "has another rank"), TensorData{};
    uint64_t count = 1;  // at most 2^32 after each factor, as no tensor has more values
    for (const uint32_t d : tensor.shape) {
      count *= d;
      if (count > tensor.values.size()) break;
    }
    if (count != tensor.values.size() || count == 0) {
      return Fail(key, "has another number of values than its shape says"), TensorData{};
    }
    const auto [least, most] = std::minmax_element(tensor.values.begin(), tensor.values.end());
    if (*least < lo || *most > hi) {
      return Fail(key, std::string("is no ").append(dtype)), TensorData{};
    }
    return tensor;
  }

  /// The first error.
  Status Finish() {
    for (const auto& [key, value] : attributes_) {
      if (seen_.count(key) == 0) Fail(key, "is unknown");
    }
    return status_;
  }

 private:
  template <typename T>
  const T* Get(std::string_view key) {
    seen_.emplace(key);
    const auto found = attributes_.find(key);
    return found == attributes_.end() ? nullptr : std::get_if<T>(&found->second);
  }

  // Nothing after an error.
  std::vector<int64_t> Within(std::string_view key, size_t least, size_t most, int64_t lo,
                              int64_t hi) {
    const auto* const values = Get<std::vector<int64_t>>(key);
    if (values == nullptr || values->size() < least || values->size() > most) {
      Fail(key, "is no list of " + std::to_string(least) + " to " + std::to_string(most));
      return {};
    }
    for (const int64_t v : *values) {
      if (v < lo || v > hi) return Fail(key, "holds a value out of bounds"), std::vector<int64_t>{};
    }
    return *values;
  }

  void Fail(std::string_view key, const std::string& rule) {
    if (!status_.ok()) return;
    status_ = {ErrorCode::kMalformed, std::string("attribute '").append(key) + "' " + rule};
  }

  const ModelAttributes& attributes_;
  std::set<std::string, std::less<>> seen_;
  Status status_;
};

Error AtNode(const std::string& name, std::string_view op, const Error& error) {
  return {error.code, "node '" + name.substr(0, Graph::kMaxNameLength) + "' (" +
                          std::string(op.substr(0, 32)) + "): " + error.message};
}

Result<Shape> ShapeOf(const std::vector<uint32_t>& dims) {
  if (dims.empty() || dims.size() > Shape::kMaxRank) {
    return {ErrorCode::kMalformed, "an input has 1 to 4 dimensions"};
  }
  Shape shape;
  shape.rank = static_cast<int>(dims.size());
  std::copy(dims.begin(), dims.end(), shape.dims.begin());
  return shape;
}

}  // namespace

Result<std::shared_ptr<const Operation>> MakeOperation(std::string_view op,
                                                       const ModelAttributes& attributes) {
  const OperationEntry* const entry = FindOperation(op);
  if (entry == nullptr) return {ErrorCode::kUnsupported, "unknown operation"};
  MapReader reader(attributes);
  std::shared_ptr<const Operation> operation = entry->read(reader);
  VOIZK_RETURN_IF_ERROR(reader.Finish());
  return operation;
}

Result<Graph> BuildGraph(const QuantisedModel& model, Graph::Owner owner) {
  Graph graph;
  for (const QuantisedModel::Input& input : model.inputs) {
    const auto shape = ShapeOf(input.shape);
    if (!shape.ok()) return AtNode(input.name, "input", shape.error());
    graph.Input(input.name, *shape, input.lo, input.hi, owner);
    VOIZK_RETURN_IF_ERROR(graph.status());
  }
  for (const QuantisedModel::Node& node : model.nodes) {
    auto operation = MakeOperation(node.op, node.attributes);
    if (!operation.ok()) return AtNode(node.name, node.op, operation.error());
    std::vector<Graph::NodeId> inputs;
    for (const std::string& input : node.inputs) {
      const auto found = graph.Find(input);
      if (!found.ok()) return AtNode(node.name, node.op, found.error());
      inputs.push_back(*found);
    }
    graph.Add(node.name, *std::move(operation), std::move(inputs));
    if (!graph.status().ok()) return graph.status().error();
  }
  const auto output = graph.Find(model.output.node);
  if (!output.ok()) return AtNode(model.output.node, "output", output.error());
  graph.SetOutput(*output);
  graph.SetCommitment(model.commitment);
  if (!graph.status().ok()) return graph.status().error();
  return graph;
}

}  // namespace voizk
