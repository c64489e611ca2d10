// Commitments to the weights of networks, and the key files that hold what they commit to.
#include <array>
#include <memory>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "base/exceptions.h"
#include "base/secure.h"
#include "crypto/hash/rng.h"
#include "crypto/hash/sha256.h"
#include "network/graph/graph.h"
#include "network/model/committed_model.h"
#include "network/model_file/key_file.h"
#include "network/model_file/model_file.h"
#include "network/statement/network_public_values.h"
#include "relation/core/structure.h"
#include "relation/execution/executor.h"
#include "relation/execution/lattice_value.h"
#include "voizk/graph.h"
#include "voizk/model.h"

namespace voizk {

namespace {

// A digest of them all, names and lengths included.
Digest DigestOf(const Inputs& inputs) {
  Sha256 hash;
  for (const auto& [name, values] : inputs) {
    std::array<uint8_t, 16> sizes;
    StoreU64(name.size(), sizes.data());
    StoreU64(values.size(), sizes.data() + 8);
    hash.Update(sizes).Update(AsBytes(name));
    hash.Update({reinterpret_cast<const uint8_t*>(values.data()), 4 * values.size()});
  }
  return hash.Finish();
}

}  // namespace

Result<std::vector<int32_t>> DrawSalt(const Inputs& secrets) try {
  Digest of_secrets = DigestOf(secrets);
  SecureRng rng(of_secrets);
  Zeroise(std::span(of_secrets));
  static_assert(2 * kLatticeSalt == 1024);
  SecureVector<uint8_t> bytes(size_t{4} * kLatticeLength);
  rng.Fill(bytes);
  std::vector<int32_t> salt(2 * kLatticeLength);
  for (size_t i = 0; i < salt.size(); ++i) {
    const int32_t word = bytes[2 * i] | (bytes[2 * i + 1] & 3) << 8;
    salt[i] = word - static_cast<int32_t>(kLatticeSalt);
  }
  return salt;
} catch (...) {
  return ErrorOfException();
}

Result<std::vector<int32_t>> CommitToWeights(const Network& network, const Inputs& inputs) try {
  Builder b;
  VOIZK_RETURN_IF_ERROR(AddNetworkTo(b, network).status());
  VOIZK_ASSIGN_OR_RETURN(const Relation relation, FinishNetwork(std::move(b), network));
  if (relation.commitments.size() != 1) {
    return {ErrorCode::kInvalidArgument, "the network has no committed weights"};
  }
  const LatticeCommitment& c = relation.commitments[0];
  std::vector<bool> wanted(relation.tensors.size());
  for (const TensorId t : c.tensors) wanted[t] = true;
  wanted[c.salt] = true;
  Witness witness(relation.tensors.size());
  const WitnessEraser erase(witness);
  for (const Step& step : relation.steps) {
    if (step.kind != StepKind::kInput || !wanted[step.outputs[0]]) continue;
    const Tensor& tensor = relation.tensors[step.outputs[0]];
    const auto given = inputs.find(step.name);
    if (given == inputs.end() || given->second.size() != tensor.shape.Cells()) {
      return {ErrorCode::kInvalidArgument, "'" + step.name + "' is missing or misshapen"};
    }
    for (const int32_t x : given->second) {
      if (x < tensor.lo || x > tensor.hi) {
        return {ErrorCode::kInvalidArgument, "'" + step.name + "' is out of range"};
      }
    }
    witness[step.outputs[0]] = given->second;
  }
  return LatticeValue(relation, c, witness);
} catch (...) {
  return ErrorOfException();
}

Result<CommittedModel> CommitModel(std::span<const uint8_t> model_file) try {
  VOIZK_ASSIGN_OR_RETURN(const QuantisedModel model, ReadModel(model_file));
  VOIZK_ASSIGN_OR_RETURN(SplitModel split, TakeWeights(model));
  const InputsEraser erase(split.secrets);
  KeyFile key;
  VOIZK_ASSIGN_OR_RETURN(std::vector<int32_t> salt, DrawSalt(split.secrets));
  key.salt.assign(salt.begin(), salt.end());
  split.secrets[Graph::kSaltName] = std::move(salt);
  VOIZK_ASSIGN_OR_RETURN(Graph graph, BuildGraph(split.open));
  VOIZK_ASSIGN_OR_RETURN(
      split.open.commitment,
      CommitToWeights(Network(std::make_shared<Graph>(std::move(graph))), split.secrets));
  key.model.assign(model_file.begin(), model_file.end());
  CommittedModel committed;
  VOIZK_ASSIGN_OR_RETURN(committed.open, WriteModel(split.open));
  key.open = committed.open;
  committed.key = WriteKey(key);
  return committed;
} catch (...) {
  return ErrorOfException();
}

}  // namespace voizk
