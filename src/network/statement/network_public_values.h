// "This network gives this output on some inputs": the relation and the statement, for both sides.
#ifndef VOIZK_NETWORK_STATEMENT_NETWORK_PUBLIC_VALUES_H_
#define VOIZK_NETWORK_STATEMENT_NETWORK_PUBLIC_VALUES_H_

#include <span>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "network/graph/graph.h"
#include "network/operations/operation.h"
#include "proof/protocol/instance.h"
#include "proof/protocol/public_values.h"
#include "voizk/graph.h"

namespace voizk {

/// Named in the statement of every run of a network: proofs of another suite are rejected.
inline constexpr std::string_view kNetworkSuite = "voizk network v2";

/// The network's output in a relation under construction, every input a secret one.  The one range
/// rule of evaluation, proof and verification: by the interval rule (docs/graph.md) every node's
/// values lie in (-p/2, p/2), and the output's range spans at most p/2.  kUnsupported names the
/// node that breaks it, its operation and its range; kLimitExceeded: an output of more than
/// kMaxPublicCells values, or a limit of Graph::Build.
Result<Value> AddNetworkTo(Builder& b, const Network& network, const Graph::Visitor& visit = {});

/// Builder::Finish; what the certificate refuses is kUnsupported with the node's name.
Result<Relation> FinishNetwork(Builder&& b, const Network& network);

/// One relation for every output, which is its public input.
Result<Instance> MakeNetworkInstance(const Network& network);

/// What is public of a network beside its relation.
struct NetworkStatement {
  std::vector<std::string> public_inputs;  // names
  std::vector<int32_t> commitment;         // to its weights; empty if they are public
};
NetworkStatement StatementOf(const Network& network);

/// Public inputs (whatever else `inputs` holds), output, commitment, suite and context.
/// kInvalidArgument: a public input is missing.
Result<PublicValues> NetworkPublicValues(const NetworkStatement& statement, const Inputs& inputs,
                                         std::span<const int32_t> output, ByteSpan context);

}  // namespace voizk

#endif  // VOIZK_NETWORK_STATEMENT_NETWORK_PUBLIC_VALUES_H_
