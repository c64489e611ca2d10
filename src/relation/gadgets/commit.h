// Tensors that equal something: an input of the prover or of the statement, a view, a product.
#ifndef VOIZK_RELATION_GADGETS_COMMIT_H_
#define VOIZK_RELATION_GADGETS_COMMIT_H_

#include <cstdint>
#include <string>

#include "relation/builder/builder.h"

namespace voizk::gadgets {

/// A secret input of the prover; range-checked.
TensorId Input(Builder& b, std::string name, Shape shape, int64_t lo, int64_t hi);

/// The statement's values as a tensor (relation.h, PublicInput), which the prover, too, is given by
/// this name.
TensorId Public(Builder& b, std::string name, Shape shape, int64_t lo, int64_t hi);

/// v itself: one cell and one equality per index.
TensorId Materialise(Builder& b, std::string name, const View& v);

/// The sum over the dims beyond out's rank of x * y; out's shape is a prefix of theirs.
TensorId Mul(Builder& b, std::string name, const View& x, const View& y, Shape out);

}  // namespace voizk::gadgets

#endif  // VOIZK_RELATION_GADGETS_COMMIT_H_
