// Convolutions as views (relation.h, Conv).
#include <utility>

#include "relation/builder/view_arithmetic.h"
#include "relation/builder/views.h"

namespace voizk::views {
namespace {

void AddBias(View* v, std::span<const int32_t> bias) {
  if (bias.empty()) return;
  const uint32_t mask = 1u << (v->shape.rank - 1);
  v->constants.push_back({mask, std::vector<int32_t>(bias.begin(), bias.end())});
}

}  // namespace

View Conv1d(Builder& b, TensorId t, WeightsId w, std::span<const int32_t> bias, uint32_t out_length,
            uint32_t stride, uint32_t dilation, int32_t pad, uint32_t groups) {
  Conv conv;
  conv.weights = w;
  conv.stride[0] = stride;
  conv.dilation[0] = dilation;
  conv.pad[0] = pad;
  conv.groups = groups;
  const uint32_t channels =
      w < b.relation().weights.size() ? b.relation().weights[w].shape.dims[0] : 1;
  View v{MakeShape({out_length, channels}), {{t, 1, conv}}, {}};
  AddBias(&v, bias);
  return b.Checked(std::move(v), "convolution");
}

View Conv2d(Builder& b, TensorId t, const Conv& conv, std::span<const int32_t> bias,
            uint32_t out_height, uint32_t out_width) {
  const uint32_t channels = conv.weights < b.relation().weights.size()
                                ? b.relation().weights[conv.weights].shape.dims[0]
                                : 1;
  View v{MakeShape({out_height, out_width, channels}), {{t, 1, conv}}, {}};
  AddBias(&v, bias);
  return b.Checked(std::move(v), "convolution");
}

View Dense(Builder& b, TensorId t, uint32_t outputs, std::vector<int32_t> weights,
           std::span<const int32_t> bias) {
  const Shape& in = b.tensor(t).shape;
  if (in.rank > 3 || outputs == 0 || weights.size() != outputs * in.Cells()) {
    b.Fail("dense layer: weights do not match the tensor, or it has rank 4");
    return Constant(MakeShape({1}), 0);
  }
  if (in.rank < 3) {
    const Shape kernel = MakeShape({outputs, in.dims[0], in.dims[1]});
    return Conv1d(b, t, b.AddWeights(kernel, std::move(weights)), bias, 1, 1, 1, 0, 1);
  }
  Conv conv;
  conv.weights =
      b.AddWeights(MakeShape({outputs, in.dims[0], in.dims[1], in.dims[2]}), std::move(weights));
  conv.spatial = 2;
  return Conv2d(b, t, conv, bias, 1, 1);
}

}  // namespace voizk::views
