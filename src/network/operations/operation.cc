#include "network/operations/operation.h"

#include "relation/builder/compose.h"
#include "relation/gadgets/commit.h"

namespace voizk {

Value ValueOf(const Builder& b, TensorId tensor) { return {b.Identity(tensor), tensor}; }

TensorId TensorOf(Builder& b, const std::string& name, Value& value) {
  if (!value.tensor) value.tensor = views::ShownTensor(b, value.view);
  if (!value.tensor) value = ValueOf(b, gadgets::Materialise(b, name, value.view));
  return *value.tensor;
}

}  // namespace voizk
