// A quantised network: named inputs and operations in topological order, with the shape of every
// value.  Any graph built here can be proven: Build puts it into a relation, beside whatever else
// the relation holds, so that several graphs and gadgets join in one statement.
#ifndef VOIZK_NETWORK_GRAPH_GRAPH_H_
#define VOIZK_NETWORK_GRAPH_GRAPH_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "network/operations/operation.h"
#include "relation/builder/builder.h"

namespace voizk {

class Graph {
 public:
  using NodeId = uint32_t;
  /// Ids are positions, and names go into the relation; both stay small.  GPT-2 has about 2^9
  /// nodes.
  static constexpr size_t kMaxNodes = 1 << 13;
  static constexpr size_t kMaxNameLength = 128;
  static constexpr size_t kMaxNodeInputs = 64;
  /// Bytes of all nodes' views, about: moving a small one about may make a large one of it.
  static constexpr uint64_t kMaxViewBytes = uint64_t{1} << 29;

  /// Whose an input is where BuildWithInputs makes it: the prover's, or the statement's.
  enum class Owner : uint8_t { kSecret, kPublic };
  /// A value that Build's caller supplies, every cell in [lo, hi].
  NodeId Input(std::string name, Shape shape, int64_t lo, int64_t hi, Owner owner = Owner::kSecret);
  /// The same graph, operations shared, with every input owned so.
  Graph WithInputsOwned(Owner owner) const;
  /// An operation on earlier values.  The first error (unknown input, duplicate name, shapes that
  /// do not fit, a limit) is kept: see status().
  NodeId Add(std::string name, std::shared_ptr<const Operation> operation,
             std::vector<NodeId> inputs);
  template <typename Op>
  requires std::is_base_of_v<Operation, Op> NodeId Add(std::string name, Op operation,
                                                       std::vector<NodeId> inputs) {
    return Add(std::move(name), std::make_shared<const Op>(std::move(operation)),
               std::move(inputs));
  }
  /// What the statement says of the committed weights of all operations (docs/protocol/lattice.md).
  void SetCommitment(std::vector<int32_t> values) { commitment_ = std::move(values); }
  const std::vector<int32_t>& commitment() const { return commitment_; }
  /// The salt's name among the prover's inputs.
  static constexpr const char* kSaltName = "#salt";

  /// The value that Build returns; by default the last one.
  void SetOutput(NodeId node);

  const Status& status() const { return status_; }
  size_t size() const { return nodes_.size(); }
  NodeId output() const { return output_; }
  const std::string& name(NodeId node) const { return nodes_[node].name; }
  const Shape& shape(NodeId node) const { return nodes_[node].shape; }
  /// "input" for inputs, else the operation's.
  std::string_view kind(NodeId node) const;
  /// Position of a named value.
  Result<NodeId> Find(const std::string& name) const;

  /// Adds the graph to `b`, tensor names starting with `prefix`, and returns the output's value
  /// (a view, and a tensor if the output is one).  `inputs` by name: views or tensors whose shape
  /// is the input's and whose certified range lies within the input's.  Errors: status(),
  /// kInvalidArgument (inputs), kUnsupported (an operation does not fit the ranges, or its values
  /// may leave (-p/2, p/2)); they name the node and its operation.
  Result<Value> Build(Builder& b, const std::string& prefix,
                      std::map<std::string, Value> inputs) const;

  /// Names of the statement's inputs, in order: BuildWithInputs makes them the relation's first
  /// public inputs.
  std::vector<std::string> PublicInputNames() const;

  /// Sees each node once what it adds is in the builder: inputs first.
  using Visitor = std::function<void(NodeId, const Value&)>;
  /// Build with every input one of the prover's, range-checked, or one of the statement's; with the
  /// lattice commitment to committed weights, if there are any.
  Result<Value> BuildWithInputs(Builder& b, const std::string& prefix,
                                const Visitor& visit = {}) const;

  /// Why BuildWithInputs, alone in a relation, did not pass the certificate: kUnsupported with the
  /// first node whose constraints do not, and the certificate's reason.  `error` where all pass.
  Error ExplainUncertified(const Error& error) const;

  /// BuildWithInputs in a relation of its own, and the output committed
  /// (its tensor is the last of the name prefix + output): the whole statement "I know an input and
  /// its image under this network".
  Result<Relation> BuildStandalone(const std::string& prefix = {}) const;

 private:
  struct Node {
    std::string name;
    std::shared_ptr<const Operation> operation;  // null: an input
    std::vector<NodeId> inputs;
    Shape shape;
    int64_t lo = 0, hi = 0;  // of inputs
    Owner owner = Owner::kSecret;
  };
  Status CheckNode(const Node& node) const;
  Error At(NodeId node, ErrorCode code, const std::string& why) const;
  /// Build and BuildWithInputs for the first `count` nodes.
  Result<Value> BuildFirst(size_t count, Builder& b, const std::string& prefix,
                           std::map<std::string, Value> inputs, const Visitor& visit = {}) const;
  Result<std::map<std::string, Value>> AddInputs(size_t count, Builder& b,
                                                 const std::string& prefix,
                                                 const Visitor& visit = {}) const;
  NodeId Append(Node node, Status status);

  std::vector<Node> nodes_;
  std::vector<int32_t> commitment_;
  std::map<std::string, NodeId> by_name_;
  NodeId output_ = 0;
  bool has_output_ = false;
  Status status_;
};

}  // namespace voizk

#endif  // VOIZK_NETWORK_GRAPH_GRAPH_H_
