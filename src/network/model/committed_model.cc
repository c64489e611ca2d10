#include "network/model/committed_model.h"

#include <algorithm>
#include <string>
#include <utility>

#include "network/operations/committed.h"

namespace voizk {

namespace {

using op::CommittedLinear;

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

// The public attributes of a layer that BuildGraph has accepted.
ModelAttributes Architecture(const QuantisedModel::Node& node, const TensorData& weight,
                             int weight_bits, int bias_bits) {
  ModelAttributes open{{"outputs", int64_t{weight.Dim(0)}},
                       {"weight_bits", int64_t{weight_bits}},
                       {"bias_bits", int64_t{bias_bits}}};
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
  const auto weight_bits = CommittedLinear::BitsOf(weight->values, CommittedLinear::kMaxWeightBits);
  if (!weight_bits.ok()) return AtNode(node, ErrorCode::kUnsupported, weight_bits.error().message);
  const auto bias_bits = CommittedLinear::BitsOf(bias->values, CommittedLinear::kMaxBiasBits);
  if (!bias_bits.ok()) return AtNode(node, ErrorCode::kUnsupported, bias_bits.error().message);
  const int bits = std::max(8, *weight_bits);  // one table of digits for all layers
  VOIZK_ASSIGN_OR_RETURN(auto digits,
                         CommittedLinear::Secrets(node.name, weight->Dim(0), bits, *bias_bits,
                                                  weight->values, bias->values));
  for (auto& tensor : digits) (*secrets)[tensor.name] = std::move(tensor.values);
  return QuantisedModel::Node{node.name, "committed_" + node.op, node.inputs,
                              Architecture(node, *weight, bits, *bias_bits)};
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
    } else if (node.op == "lstm" || node.op == "gru" || node.op == "rnn" ||
               node.op.starts_with("conv_transpose")) {
      return AtNode(node, ErrorCode::kUnsupported,
                    "its weights cannot be secret; those of conv1d, conv2d and dense can");
    }
  }
  if (split.secrets.empty())
    return {ErrorCode::kUnsupported, "the model has no layer to commit to"};
  return split;
}

}  // namespace voizk
