// Graphs of bundle.json (docs/bundle.md, 2 and 3).
#ifndef VOIZK_LOGIN_BUNDLE_PARSE_GRAPH_H_
#define VOIZK_LOGIN_BUNDLE_PARSE_GRAPH_H_

#include "network/graph/graph_model.h"
#include "network/model_file/json_reader.h"
#include "network/model_file/tensor_reader.h"

namespace voizk {

/// Errors are recorded in the object.  Shapes are checked later, by GraphModel::At.
GraphModel ParseGraph(JsonObject& object, TensorReader& tensors);

}  // namespace voizk

#endif  // VOIZK_LOGIN_BUNDLE_PARSE_GRAPH_H_
