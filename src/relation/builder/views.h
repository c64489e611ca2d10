// Views of one tensor: parts, permutations, broadcasts, sums, convolutions.  A view that does not
// fit its tensor is recorded as the builder's error.
#ifndef VOIZK_RELATION_BUILDER_VIEWS_H_
#define VOIZK_RELATION_BUILDER_VIEWS_H_

#include <cstdint>
#include <span>
#include <vector>

#include "relation/builder/builder.h"
#include "relation/builder/sources.h"

namespace voizk {

/// The view of t whose k-th input dimension takes its index from sources[k].
View ViewOf(Builder& b, TensorId t, Shape out, std::vector<DimSource> sources);
/// As ViewOf, but contributing only where begin <= out[dim] < end.
View WindowOf(Builder& b, TensorId t, Shape out, std::vector<DimSource> sources, uint32_t dim,
              uint32_t begin, uint32_t end);

/// The one cell of t (shape [1]) at every index of the shape.
View Spread(Builder& b, TensorId t, Shape shape);
/// t of shape [n] as a view [1][n], the form in which products sum over it.
View AsRow(Builder& b, TensorId t);
/// Sum of all cells of t (shape [n]), shape [1].
View Total(Builder& b, TensorId t);

namespace views {

/// t through an index map of its own making.
View Map(Builder& b, TensorId t, Shape out, IndexMap map);
/// One dimension of t sliced: indices begin, begin+stride, ... (count of them).
View Slice(Builder& b, TensorId t, int dim, uint32_t begin, uint32_t count, uint32_t stride = 1);
/// t's dimension k becomes output dimension dims_to[k]; output dims that nobody feeds are
/// broadcasts.  dims_to[k] = -1: dimension k has length 1 and is dropped.
View Broadcast(Builder& b, TensorId t, Shape out, const std::vector<int>& dims_to);
/// Sum over one dimension (weighted), which disappears (a rank-1 tensor becomes shape [1]).
View SumOver(Builder& b, TensorId t, int dim, std::vector<int32_t> weights = {});
/// Fixes one output dimension of v at an index and removes it (rank 1 becomes shape [1]).  Index
/// maps only, no convolutions.
View Select(Builder& b, const View& v, int dim, uint32_t index);

/// bias: empty or one per output channel.  relation.h, Conv, states the formula.
View Conv1d(Builder& b, TensorId t, WeightsId w, std::span<const int32_t> bias, uint32_t out_length,
            uint32_t stride, uint32_t dilation, int32_t pad, uint32_t groups);
View Conv2d(Builder& b, TensorId t, const Conv& conv, std::span<const int32_t> bias,
            uint32_t out_height, uint32_t out_width);
/// Dense layer over the whole tensor (rank <= 3), weights row-major [outputs][cells]: a convolution
/// whose kernel covers t.  Output [1][outputs]; of a tensor of rank 3, [1][1][outputs].
View Dense(Builder& b, TensorId t, uint32_t outputs, std::vector<int32_t> weights,
           std::span<const int32_t> bias);

}  // namespace views
}  // namespace voizk

#endif  // VOIZK_RELATION_BUILDER_VIEWS_H_
