#include "network/model/committed_model.h"

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <utility>

#include "base/secure.h"
#include "network/operations/committed_digits.h"

namespace voizk {

namespace {

Error AtNode(const QuantisedModel::Node& node, ErrorCode code, const std::string& why) {
  return {code, "node '" + node.name.substr(0, Graph::kMaxNameLength) + "' (" +
                    node.op.substr(0, 32) + "): " + why};
}

const TensorData* TensorAt(const ModelAttributes& attributes, std::string_view key) {
  const auto found = attributes.find(key);
  if (found == attributes.end()) return nullptr;
  const auto* const tensor = std::get_if<std::shared_ptr<const TensorData>>(&found->second);
  return tensor == nullptr ? nullptr : tensor->get();
}

std::vector<int64_t> ListOf(std::initializer_list<ModelAttribute> values) {
  std::vector<int64_t> list;
  for (const ModelAttribute& value : values) {
    if (const auto* const number = std::get_if<int64_t>(&value)) list.push_back(*number);
  }
  return list;
}

struct Bits {
  int weight = 0, bias = 0;
};

// How many bits a layer takes, and its digits among the secrets.
Result<Bits> BitsAndDigits(const QuantisedModel::Node& node, size_t outputs,
                           std::span<const int32_t> weight, std::span<const int32_t> bias,
                           Inputs* secrets) {
  const auto weight_bits = op::BitsOfValues(weight, op::kMaxWeightBits);
  if (!weight_bits.ok()) return AtNode(node, ErrorCode::kUnsupported, weight_bits.error().message);
  const auto bias_bits = op::BitsOfValues(bias, op::kMaxBiasBits);
  if (!bias_bits.ok()) return AtNode(node, ErrorCode::kUnsupported, bias_bits.error().message);
  const Bits bits{std::max(8, *weight_bits), *bias_bits};  // one table of digits for all layers
  VOIZK_ASSIGN_OR_RETURN(auto digits, op::DigitsOfLayer(node.name, static_cast<uint32_t>(outputs),
                                                        bits.weight, bits.bias, weight, bias));
  for (auto& tensor : digits) (*secrets)[tensor.name] = std::move(tensor.values);
  return bits;
}

// The public attributes of a layer that BuildGraph has accepted.
ModelAttributes Architecture(const QuantisedModel::Node& node, const TensorData& weight,
                             const Bits& bits) {
  ModelAttributes open{{"outputs", int64_t{weight.Dim(0)}},
                       {"weight_bits", int64_t{bits.weight}},
                       {"bias_bits", int64_t{bits.bias}}};
  const auto& a = node.attributes;
  if (node.op == "dense") return open;
  open["groups"] = a.at("groups");
  std::vector<int64_t> kernel(weight.shape.begin() + 1, weight.shape.end() - 1);
  open["kernel"] = std::move(kernel);
  if (node.op == "conv1d") {
    open["stride"] = ListOf({a.at("stride")});
    open["dilation"] = ListOf({a.at("dilation")});
    open["pad"] = ListOf({a.at("pad_left"), a.at("pad_right")});
  } else {
    for (const char* key : {"stride", "dilation", "pad"}) open[key] = a.at(key);
  }
  return open;
}

Result<QuantisedModel::Node> TakeLayer(const QuantisedModel::Node& node, Inputs* secrets) {
  const TensorData* const weight = TensorAt(node.attributes, "weight");
  const TensorData* const bias = TensorAt(node.attributes, "bias");
  if (weight == nullptr || bias == nullptr) {
    return AtNode(node, ErrorCode::kMalformed, "its weights are no tensors");
  }
  VOIZK_ASSIGN_OR_RETURN(
      const Bits bits, BitsAndDigits(node, weight->Dim(0), weight->values, bias->values, secrets));
  return QuantisedModel::Node{node.name, "committed_" + node.op, node.inputs,
                              Architecture(node, *weight, bits)};
}

// Rows of the input's weights with those of the state's behind them.
Result<QuantisedModel::Node> TakeLstm(const QuantisedModel::Node& node, Inputs* secrets) {
  const TensorData* const input = TensorAt(node.attributes, "input_weight");
  const TensorData* const state = TensorAt(node.attributes, "state_weight");
  const TensorData* const bias = TensorAt(node.attributes, "bias");
  if (input == nullptr || state == nullptr || bias == nullptr) {
    return AtNode(node, ErrorCode::kMalformed, "its weights are no tensors");
  }
  const size_t rows = state->Dim(0), columns = input->Dim(1), hidden = state->Dim(1);
  if (input->Dim(0) != rows) {
    return AtNode(node, ErrorCode::kUnsupported, "it adds its input as it is");
  }
  SecureVector<int32_t> all;
  all.reserve(rows * (columns + hidden));
  for (size_t r = 0; r < rows; ++r) {
    const auto append = [&](const TensorData& tensor, size_t length) {
      const auto from = tensor.values.begin() + static_cast<std::ptrdiff_t>(r * length);
      all.insert(all.end(), from, from + static_cast<std::ptrdiff_t>(length));
    };
    append(*input, columns);
    append(*state, hidden);
  }
  VOIZK_ASSIGN_OR_RETURN(const Bits bits, BitsAndDigits(node, rows, all, bias->values, secrets));
  QuantisedModel::Node open{node.name, "committed_lstm", node.inputs, node.attributes};
  for (const char* key : {"input_weight", "state_weight", "bias"}) open.attributes.erase(key);
  open.attributes["hidden"] = static_cast<int64_t>(hidden);
  open.attributes["weight_bits"] = int64_t{bits.weight};
  open.attributes["bias_bits"] = int64_t{bits.bias};
  return open;
}

}  // namespace

Result<SplitModel> TakeWeights(const QuantisedModel& model) {
  if (!model.commitment.empty()) {
    return {ErrorCode::kInvalidArgument, "the model's weights are committed already"};
  }
  // The attributes are there and fit.
  VOIZK_RETURN_IF_ERROR(BuildGraph(model).status());
  SplitModel split;
  split.open = model;
  for (QuantisedModel::Node& node : split.open.nodes) {
    if (node.op == "conv1d" || node.op == "conv2d" || node.op == "dense") {
      VOIZK_ASSIGN_OR_RETURN(node, TakeLayer(node, &split.secrets));
    } else if (node.op == "lstm") {
      VOIZK_ASSIGN_OR_RETURN(node, TakeLstm(node, &split.secrets));
    } else if (node.op == "gru" || node.op == "rnn" || node.op.starts_with("conv_transpose")) {
      return AtNode(node, ErrorCode::kUnsupported,
                    "its weights cannot be secret; those of conv1d, conv2d, dense and lstm can");
    }
  }
  if (split.secrets.empty()) {
    return {ErrorCode::kUnsupported, "the model has no layer to commit to"};
  }
  for (const QuantisedModel::Input& input : model.inputs) {
    if (split.secrets.contains(input.name) || input.name == Graph::kSaltName) {
      return {ErrorCode::kUnsupported, "input '" + input.name.substr(0, Graph::kMaxNameLength) +
                                           "' is called as weights are"};
    }
  }
  return split;
}

}  // namespace voizk
