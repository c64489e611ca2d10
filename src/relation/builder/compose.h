// Views of views.  A view is an affine function of tensors, so reading it through an index map is
// one too: slices, permutations, broadcasts, pads and sums of what is not committed stay free.
#ifndef VOIZK_RELATION_BUILDER_COMPOSE_H_
#define VOIZK_RELATION_BUILDER_COMPOSE_H_

#include <optional>

#include "relation/builder/builder.h"

namespace voizk::views {

/// Values of one constant that a composition may write down.
inline constexpr uint64_t kMaxComposedConstant = uint64_t{1} << 22;

/// u(o) = sum over the map's sums of weight * v(in(o)), 0 where the map reads beyond v or o lies
/// outside its window: what the map shows of a tensor whose cells are v's values.  Both are
/// well-formed (CheckView, with v's shape as the map's input).  Nothing where no view of the same
/// tensors says so: v holds a convolution, a coefficient or a stride leaves its limits, a constant
/// would have more than kMaxComposedConstant values.  Nothing, and kLimitExceeded recorded, where
/// the builder has no work left for it (Builder::Spend).
std::optional<View> Compose(Builder& b, const View& v, const Shape& out, const IndexMap& map);

/// The tensor whose cells v shows, each at its own index, if v is no more than that.
std::optional<TensorId> ShownTensor(const Builder& b, const View& v);

}  // namespace voizk::views

#endif  // VOIZK_RELATION_BUILDER_COMPOSE_H_
