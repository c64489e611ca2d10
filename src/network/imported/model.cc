// voizk/model.h: a model file as a network of voizk/graph.h, and what each of its nodes costs.
#include "voizk/model.h"

#include <utility>

#include "base/exceptions.h"
#include "base/secure.h"
#include "crypto/hash/sha256.h"
#include "network/graph/graph.h"
#include "network/model/committed_model.h"
#include "network/model/convert.h"
#include "network/model/quantised_model.h"
#include "network/model_file/key_file.h"
#include "network/model_file/model_file.h"
#include "network/statement/network_public_values.h"
#include "relation/builder/builder.h"
#include "relation/core/product_dims.h"
#include "relation/core/relation.h"
#include "relation/core/structure.h"

namespace voizk {

struct Model::State {
  State() = default;
  State(const State&) = delete;
  ~State() { EraseValues(secrets); }
  QuantisedModel model;
  Inputs secrets;  // of a key
  Digest digest{};
  std::shared_ptr<Graph> secret, open;  // inputs of the prover's, or of the statement's
  std::vector<Tensor> inputs;
  Tensor output;
  std::vector<uint32_t> output_dims;
  std::vector<Row> rows;
};

namespace {

// What a relation holds.
struct Counts {
  uint64_t cells = 0, lookups = 0, products = 0, weights = 0, rows = 0;
};
Counts CountsOf(const Relation& relation) {
  Counts counts;
  for (const auto& tensor : relation.tensors) counts.cells += tensor.shape.Cells();
  for (const auto& lookup : relation.lookups) counts.lookups += lookup.key.shape.Cells();
  for (const auto& product : relation.products) counts.products += KeptShape(product).Cells();
  for (const auto& weights : relation.weights) counts.weights += weights.values.size();
  for (const auto& table : relation.tables) counts.rows += table.keys.size();
  return counts;
}

std::vector<uint32_t> DimsOf(const Shape& shape) {
  return {shape.dims.begin(), shape.dims.begin() + shape.rank};
}

// A model file as it is; of a key, what is public of it and the secrets.
Status ReadAnyModel(std::span<const uint8_t> file, QuantisedModel* model, Inputs* secrets,
                    Digest* digest) {
  if (!IsKey(file)) {
    VOIZK_ASSIGN_OR_RETURN(*model, ReadModel(file));
    *digest = ModelDigest(file);
    return {};
  }
  VOIZK_ASSIGN_OR_RETURN(KeyFile key, ReadKey(file));
  VOIZK_ASSIGN_OR_RETURN(const QuantisedModel whole, ReadModel(key.model));
  VOIZK_ASSIGN_OR_RETURN(SplitModel split, TakeWeights(whole));
  const InputsEraser erase(split.secrets);
  VOIZK_ASSIGN_OR_RETURN(*model, ReadModel(key.open));
  if (model->commitment.empty()) {
    return {ErrorCode::kMalformed, "key file: what it verifies with has no commitment"};
  }
  *digest = ModelDigest(key.open);
  *secrets = std::move(split.secrets);
  (*secrets)[Graph::kSaltName].assign(key.salt.begin(), key.salt.end());
  return {};
}

}  // namespace

Result<Model> Model::Read(std::span<const uint8_t> file) try {
  auto state = std::make_shared<State>();
  VOIZK_RETURN_IF_ERROR(ReadAnyModel(file, &state->model, &state->secrets, &state->digest));
  QuantisedModel& model = state->model;
  VOIZK_ASSIGN_OR_RETURN(Graph secret, BuildGraph(model, Graph::Owner::kSecret));
  Graph open = secret.WithInputsOwned(Graph::Owner::kPublic);
  state->output_dims = DimsOf(secret.shape(secret.output()));
  if (!LayoutFits(model.output.quantity.layout, state->output_dims)) {
    return {ErrorCode::kMalformed, "model file: the axes of the output do not fit its shape"};
  }
  // What each node reads, and what it adds to the relation.
  std::vector<std::vector<std::string>> inputs(model.inputs.size());
  for (const auto& node : model.nodes) inputs.push_back(node.inputs);
  model.nodes = {};  // the graphs share its weights from here on
  Builder b;
  Counts before;
  const auto visit = [&](Graph::NodeId node, const Value& value) {
    const Counts now = CountsOf(b.relation());
    const Interval range = b.Bound(value.view);
    const Graph& graph = *state->secret;
    state->rows.push_back({graph.name(node), std::string(graph.kind(node)),
                           DimsOf(graph.shape(node)), range.lo, range.hi, now.cells - before.cells,
                           now.lookups - before.lookups, now.products - before.products,
                           now.weights - before.weights,
                           node < inputs.size() ? inputs[node] : std::vector<std::string>()});
    before = now;
  };
  state->secret = std::make_shared<Graph>(std::move(secret));
  state->open = std::make_shared<Graph>(std::move(open));
  const Network network(state->secret);
  VOIZK_ASSIGN_OR_RETURN(const Value output, AddNetworkTo(b, network, visit));
  const Counts all = CountsOf(b.relation());
  if (all.cells != before.cells) {  // of a commitment
    state->rows.push_back({"salt",
                           "commitment",
                           {},
                           -kLatticeSalt,
                           kLatticeSalt - 1,
                           all.cells - before.cells,
                           all.lookups - before.lookups,
                           0,
                           0});
  }
  before = all;
  const Interval range = b.Bound(output.view);
  state->rows.push_back({"tables", "rows", {}, 0, 0, before.rows, before.rows, 0, 0});
  for (const auto& input : model.inputs) {
    const auto& real = input.quantity;
    state->inputs.push_back(
        {input.name, real.name, real.layout.dims, real.step, input.lo, input.hi});
  }
  const auto& real = model.output.quantity;
  state->output = {model.output.node, real.name, real.layout.dims, real.step, range.lo, range.hi};
  VOIZK_ASSIGN_OR_RETURN(const Relation relation, FinishNetwork(std::move(b), network));
  if (relation.commitments.empty() != model.commitment.empty()) {
    return {ErrorCode::kMalformed,
            "model file: committed weights without a commitment, or a commitment to none"};
  }
  return Model(std::move(state));
} catch (...) {
  return ErrorOfException();
}

bool Model::committed() const { return !state_->model.commitment.empty(); }
bool Model::has_key() const { return !state_->secrets.empty(); }
const Inputs& Model::secrets() const { return state_->secrets; }
const std::string& Model::name() const { return state_->model.name; }
const std::array<uint8_t, 32>& Model::digest() const { return state_->digest; }
const std::vector<Model::Tensor>& Model::inputs() const { return state_->inputs; }
const Model::Tensor& Model::output() const { return state_->output; }
const std::vector<Model::Row>& Model::rows() const { return state_->rows; }

Network Model::network(bool public_inputs) const {
  return Network(public_inputs ? state_->open : state_->secret);
}

Result<std::vector<int32_t>> Model::ToIntegers(size_t input, std::span<const float> reals) const
    try {
  if (input >= state_->model.inputs.size()) {
    return {ErrorCode::kInvalidArgument, "the network has no such input"};
  }
  return voizk::ToIntegers(state_->model.inputs[input], reals);
} catch (...) {
  return ErrorOfException();
}

Result<std::vector<float>> Model::ToReals(std::span<const int32_t> integers) const try {
  return voizk::ToReals(state_->model.output.quantity, state_->output_dims, integers);
} catch (...) {
  return ErrorOfException();
}

}  // namespace voizk
