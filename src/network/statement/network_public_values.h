// "This network gives this output on some inputs": the relation and the statement, for both sides.
#ifndef VOIZK_NETWORK_STATEMENT_NETWORK_PUBLIC_VALUES_H_
#define VOIZK_NETWORK_STATEMENT_NETWORK_PUBLIC_VALUES_H_

#include <span>

#include "base/bytes.h"
#include "base/result.h"
#include "network/operations/operation.h"
#include "proof/protocol/instance.h"
#include "proof/protocol/public_values.h"
#include "voizk/graph.h"

namespace voizk {

/// The network's output in a relation under construction, every input a secret one; an error says
/// what the builder's reason is.
Result<Value> AddNetworkTo(Builder& b, const Network& network);

/// kInvalidArgument: the output has another size than the network's.
Result<Instance> MakeNetworkInstance(const Network& network, std::span<const int32_t> output);

/// Suite and context; the output is part of the relation.
PublicValues NetworkPublicValues(ByteSpan context);

}  // namespace voizk

#endif  // VOIZK_NETWORK_STATEMENT_NETWORK_PUBLIC_VALUES_H_
