// A model taken apart: what is public of a network whose weights are committed, and the weights.
#ifndef VOIZK_NETWORK_MODEL_COMMITTED_MODEL_H_
#define VOIZK_NETWORK_MODEL_COMMITTED_MODEL_H_

#include "base/result.h"
#include "network/model/quantised_model.h"
#include "voizk/secure.h"

namespace voizk {

struct SplitModel {
  QuantisedModel open;  // without a commitment
  Inputs secrets;       // the weights' digits by the names that op::CommittedLinear reads
};

/// conv1d, conv2d, dense and lstm become their committed siblings.  What stays public is all the
/// rest: names, shapes, steps, shifts, tables, constants of offset and scale, how many bits weights
/// and biases have.  kUnsupported, naming the node: weights that cannot be committed to (gru, rnn,
/// transposed convolutions, an lstm that adds its input as it is, values that the digits do not
/// hold), an input of a name that weights take, or nothing to commit to. BuildGraph of `open`
/// refuses more (kLimitExceeded): more than 128 taps, 256 groups or 2^24 addresses.
Result<SplitModel> TakeWeights(const QuantisedModel& model);

}  // namespace voizk

#endif  // VOIZK_NETWORK_MODEL_COMMITTED_MODEL_H_
