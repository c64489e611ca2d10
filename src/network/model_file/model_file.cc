#include "network/model_file/model_file.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "base/sizes.h"
#include "network/graph/graph.h"
#include "network/model/convert.h"
#include "network/model_file/json_reader.h"
#include "network/model_file/tensor_reader.h"
#include "network/operations/attribute_reader.h"
#include "relation/core/structure.h"

namespace voizk {

using nlohmann::json;

namespace {

constexpr std::array<char, 8> kMagic{'v', 'o', 'i', 'z', 'k', 'v', 'z', 'm'};
constexpr uint32_t kVersion = 1;
constexpr size_t kMaxInputs = 16;
constexpr size_t kMaxAxes = 8;
constexpr size_t kMaxList = 1 << 16;

// -- writing --

std::string_view NarrowestType(const std::vector<int32_t>& values) {
  const auto [lo, hi] = std::minmax_element(values.begin(), values.end());
  if (values.empty() || (*lo >= INT8_MIN && *hi <= INT8_MAX)) return "int8";
  return *lo >= INT16_MIN && *hi <= INT16_MAX ? "int16" : "int32";
}

json WriteTensor(const TensorData& tensor, ByteWriter* weights) {
  const std::string_view type = NarrowestType(tensor.values);
  const size_t width = type == "int8" ? 1 : type == "int16" ? 2 : 4;
  while (weights->size() % 4 != 0) weights->U8(0);
  json reference{{"offset", weights->size()}, {"dtype", type}, {"shape", tensor.shape}};
  for (const int32_t v : tensor.values) {
    for (size_t k = 0; k < width; ++k) {
      weights->U8(static_cast<uint8_t>(static_cast<uint32_t>(v) >> (8 * k)));
    }
  }
  return reference;
}

json WriteQuantity(const QuantisedModel::Quantity& quantity) {
  return {{"name", quantity.name},
          {"dims", quantity.layout.dims},
          {"axes", quantity.layout.axes},
          {"step", quantity.step}};
}

// -- reading --

// A positive number, far within what floats hold.
double ReadStep(const json& value, JsonObject& o) {
  constexpr double kLeast = 1e-24, kMost = 1e24;
  if (value.is_number() && value.get<double>() >= kLeast && value.get<double>() <= kMost) {
    return value.get<double>();
  }
  o.Fail(ErrorCode::kMalformed, "'step' is no number between 1e-24 and 1e24");
  return 1;
}

QuantisedModel::Quantity ReadQuantity(JsonObject o) {
  QuantisedModel::Quantity quantity;
  quantity.name = o.Text("name", 1024);
  quantity.layout.dims = o.Ints("dims", 0, kMaxAxes, 0, INT32_MAX);
  o.ForEach("axes", kMaxAxes, [&](const json& value, const std::string&) {
    std::vector<int> dims;
    if (!value.is_array() || value.size() > Shape::kMaxRank) {
      return o.Fail(ErrorCode::kMalformed, "'axes' holds something else than lists of dims");
    }
    for (const json& dim : value) {
      if (!dim.is_number_unsigned() || dim.get<uint64_t>() >= Shape::kMaxRank) {
        return o.Fail(ErrorCode::kMalformed, "'axes' holds something else than dims");
      }
      dims.push_back(dim.get<int>());
    }
    quantity.layout.axes.push_back(std::move(dims));
  });
  if (quantity.layout.axes.size() != quantity.layout.dims.size()) {
    o.Fail(ErrorCode::kMalformed, "'axes' and 'dims' differ in length");
  }
  quantity.step = ReadStep(o.Value("step"), o);
  o.Finish();
  return quantity;
}

QuantisedModel::Input ReadInput(JsonObject& o) {
  QuantisedModel::Input input;
  input.name = o.Text("name", Graph::kMaxNameLength);
  for (const int64_t d : o.Ints("shape", 1, Shape::kMaxRank, 1, INT32_MAX)) {
    input.shape.push_back(static_cast<uint32_t>(d));
  }
  input.lo = o.Int32("min");
  input.hi = o.Int32("max");
  input.integers = o.Has("integers") && o.Int("integers", 1, 1) == 1;
  input.quantity = ReadQuantity(o.Object("real"));
  o.Finish();
  if (!o.failed() && !LayoutFits(input.quantity.layout, input.shape)) {
    o.Fail(ErrorCode::kMalformed, "its axes do not fit its shape");
  }
  return input;
}

// One that int64_t holds: JSON's may be as large as uint64_t.
int64_t ReadInteger(const json& value, const std::string& path, JsonObject& o) {
  const bool large = value.is_number_unsigned() && value.get<uint64_t>() > INT64_MAX;
  if (value.is_number_integer() && !large) return value.get<int64_t>();
  o.Fail(ErrorCode::kMalformed, path + ": is no integer of 64 bits");
  return 0;
}

ModelAttributes ReadAttributes(const json& object, JsonObject& o, TensorReader& tensors) {
  ModelAttributes attributes;
  if (!object.is_object()) {
    o.Fail(ErrorCode::kMalformed, "'attributes' is no object");
    return attributes;
  }
  for (const auto& [key, value] : object.items()) {
    const std::string path = o.path() + "." + key.substr(0, 32);
    if (value.is_number()) {
      attributes[key] = ReadInteger(value, path, o);
    } else if (value.is_array()) {
      if (value.size() > kMaxList) o.Fail(ErrorCode::kMalformed, path + ": is too long a list");
      if (o.failed()) return attributes;
      std::vector<int64_t> list;
      for (const json& element : value) list.push_back(ReadInteger(element, path, o));
      attributes[key] = std::move(list);
    } else {
      JsonObject reference(value, path, o.status());
      attributes[key] = std::make_shared<const TensorData>(tensors.ReadAny(reference));
    }
  }
  return attributes;
}

QuantisedModel::Node ReadNode(JsonObject& o, TensorReader& tensors) {
  QuantisedModel::Node node;
  node.name = o.Text("name", Graph::kMaxNameLength);
  node.op = o.Text("op", 32);
  node.inputs = o.Texts("inputs", Graph::kMaxNodeInputs, Graph::kMaxNameLength);
  node.attributes = ReadAttributes(o.Value("attributes"), o, tensors);
  o.Finish();
  return node;
}

}  // namespace

Result<std::vector<uint8_t>> WriteModel(const QuantisedModel& model) {
  ByteWriter weights;
  json inputs = json::array(), nodes = json::array();
  for (const auto& input : model.inputs) {
    inputs.push_back({{"name", input.name},
                      {"shape", input.shape},
                      {"min", input.lo},
                      {"max", input.hi},
                      {"real", WriteQuantity(input.quantity)}});
    if (input.integers) inputs.back()["integers"] = 1;
  }
  for (const auto& node : model.nodes) {
    json attributes = json::object();
    for (const auto& [key, value] : node.attributes) {
      if (const auto* const number = std::get_if<int64_t>(&value)) {
        attributes[key] = *number;
      } else if (const auto* const list = std::get_if<std::vector<int64_t>>(&value)) {
        attributes[key] = *list;
      } else {
        attributes[key] =
            WriteTensor(*std::get<std::shared_ptr<const TensorData>>(value), &weights);
      }
    }
    nodes.push_back({{"name", node.name},
                     {"op", node.op},
                     {"inputs", node.inputs},
                     {"attributes", std::move(attributes)}});
  }
  json document{
      {"name", model.name},
      {"inputs", std::move(inputs)},
      {"nodes", std::move(nodes)},
      {"output", {{"node", model.output.node}, {"real", WriteQuantity(model.output.quantity)}}}};
  if (!model.commitment.empty()) {
    const auto values = static_cast<uint32_t>(model.commitment.size());
    document["commitment"] = WriteTensor({{values}, model.commitment}, &weights);
  }
  std::string text;
  try {
    text = document.dump();
  } catch (const json::exception&) {
    return {ErrorCode::kMalformed, "a name of the network is no UTF-8"};
  }
  ByteWriter file;
  for (const char c : kMagic) file.U8(static_cast<uint8_t>(c));
  file.U32(kVersion);
  file.U64(text.size());
  for (const char c : text) file.U8(static_cast<uint8_t>(c));
  std::vector<uint8_t> bytes = std::move(file).Take();
  const auto& tail = weights.bytes();
  bytes.insert(bytes.end(), tail.begin(), tail.end());
  return bytes;
}

Result<QuantisedModel> ReadModel(std::span<const uint8_t> bytes, size_t max_json) {
  constexpr size_t kHead = kMagic.size() + 4 + 8;
  if (bytes.size() < kHead || !std::equal(kMagic.begin(), kMagic.end(), bytes.begin())) {
    return {ErrorCode::kMalformed, "the file is no voizk model"};
  }
  ByteReader head(bytes.subspan(kMagic.size(), 12), ErrorCode::kMalformed, "model file");
  VOIZK_ASSIGN_OR_RETURN(const uint32_t version, head.U32());
  if (version != kVersion) {
    return {ErrorCode::kUnsupported, "model file: version " + std::to_string(version) +
                                         ", this program reads " + std::to_string(kVersion)};
  }
  VOIZK_ASSIGN_OR_RETURN(const uint64_t stated, head.U64());
  if (stated > bytes.size() - kHead) return {ErrorCode::kMalformed, "model file: it is cut off"};
  const size_t length = ToSize(stated);
  if (length > max_json) {
    return {ErrorCode::kLimitExceeded, "model file: more bytes of JSON than may be"};
  }
  VOIZK_ASSIGN_OR_RETURN(const json document, ParseJson(bytes.subspan(kHead, length)));
  TensorReader tensors(bytes.subspan(kHead + length));
  Status status;
  JsonObject o(document, "model", status);
  QuantisedModel model;
  model.name = o.Text("name", 1024);
  o.ForEach("inputs", kMaxInputs, [&](const json& value, const std::string& path) {
    JsonObject input(value, path, status);
    model.inputs.push_back(ReadInput(input));
  });
  o.ForEach("nodes", Graph::kMaxNodes, [&](const json& value, const std::string& path) {
    if (!status.ok()) return;
    JsonObject node(value, path, status);
    model.nodes.push_back(ReadNode(node, tensors));
  });
  JsonObject output = o.Object("output");
  model.output.node = output.Text("node", Graph::kMaxNameLength);
  model.output.quantity = ReadQuantity(output.Object("real"));
  output.Finish();
  if (o.Has("commitment")) {
    JsonObject reference = o.Object("commitment");
    TensorData tensor = tensors.ReadAny(reference);
    const bool fits = tensor.shape == std::vector<uint32_t>{kLatticeLength} &&
                      std::all_of(tensor.values.begin(), tensor.values.end(), [](int32_t x) {
                        return -kLatticeValue <= x && x <= kLatticeValue;
                      });
    if (status.ok() && !fits) {
      o.Fail(ErrorCode::kMalformed, "'commitment' is no 1024 values of the field");
    }
    model.commitment = std::move(tensor.values);
  }
  o.Finish();
  VOIZK_RETURN_IF_ERROR(status);
  VOIZK_RETURN_IF_ERROR(tensors.CheckDisjoint());
  return model;
}

Digest ModelDigest(std::span<const uint8_t> bytes) { return Sha256Of(bytes); }

}  // namespace voizk
