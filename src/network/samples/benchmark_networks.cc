#include "network/samples/benchmark_networks.h"

#include "relation/core/product_dims.h"

namespace voizk {

namespace {

op::Conv2d::Attributes Square(uint32_t inputs, uint32_t outputs, uint32_t kernel, uint32_t pad) {
  op::Conv2d::Attributes a;
  a.outputs = outputs;
  a.kernel_height = a.kernel_width = kernel;
  a.group_inputs = inputs;
  a.pad = {pad, pad, pad, pad};
  return a;
}

op::Conv1d::Attributes Line(uint32_t inputs, uint32_t outputs, uint32_t kernel, uint32_t dilation) {
  op::Conv1d::Attributes a;
  a.outputs = outputs;
  a.kernel = kernel;
  a.group_inputs = inputs;
  a.dilation = dilation;
  a.pad_left = a.pad_right = (kernel - 1) * dilation / 2;  // as many frames out as in
  return a;
}

}  // namespace

Result<SampleNetwork> LeNet5(uint32_t seed) {
  RandomNetwork n(MakeShape({32, 32, 1}), -128, 127, seed);
  n.Conv2d(Square(1, 6, 5, 0), true);
  n.MaxPool2d(2);
  n.Conv2d(Square(6, 16, 5, 0), true);
  n.MaxPool2d(2);
  n.Dense(120, true);
  n.Dense(84, true);
  n.Dense(10, false);
  return std::move(n).Finish();
}

Result<SampleNetwork> Vgg16(uint32_t seed) {
  RandomNetwork n(MakeShape({32, 32, 3}), -128, 127, seed);
  uint32_t channels = 3;
  constexpr uint32_t kPool = 0;
  for (const uint32_t layer : {64u, 64u, kPool, 128u, 128u, kPool, 256u, 256u, 256u, kPool, 512u,
                               512u, 512u, kPool, 512u, 512u, 512u, kPool}) {
    if (layer == kPool) {
      n.MaxPool2d(2);
    } else {
      n.Conv2d(Square(channels, layer, 3, 1), true);
      channels = layer;
    }
  }
  n.Dense(512, true);
  n.Dense(512, true);
  n.Dense(10, false);
  return std::move(n).Finish();
}

Result<SampleNetwork> Speech1d(uint32_t seed) {
  RandomNetwork n(MakeShape({100, 40}), -128, 127, seed);
  n.Conv1d(Line(40, 64, 5, 1), true);
  n.Conv1d(Line(64, 64, 3, 2), true);
  n.MeanTime();
  n.Dense(64, false);
  return std::move(n).Finish();
}

Result<SampleNetwork> Cnn264k(uint32_t seed) {
  RandomNetwork n(MakeShape({32, 32, 3}), -128, 127, seed);
  n.Conv2d(Square(3, 12, 5, 0), true);
  n.MaxPool2d(2);
  n.Conv2d(Square(12, 33, 5, 0), true);
  n.MaxPool2d(2);
  n.Dense(247, true);
  n.Dense(173, true);
  n.Dense(10, false);
  return std::move(n).Finish();
}

Result<SampleNetwork> DenseNetwork(std::span<const uint32_t> widths, uint32_t seed) {
  if (widths.size() < 2 || widths[0] == 0) {
    return {ErrorCode::kInvalidArgument, "a dense network has an input and a layer"};
  }
  RandomNetwork n(MakeShape({1, widths[0]}), -128, 127, seed);
  for (size_t i = 1; i < widths.size(); ++i) n.Dense(widths[i], i + 1 < widths.size());
  return std::move(n).Finish();
}

RelationCounts CountRelation(const Relation& relation) {
  RelationCounts counts;
  for (const Step& step : relation.steps) {
    if (step.kind == StepKind::kRequant || step.kind == StepKind::kTable ||
        step.kind == StepKind::kMaxDim) {
      counts.activations += relation.tensors[step.outputs.back()].shape.Cells();
    }
  }
  for (const Lookup& lookup : relation.lookups) counts.lookups += lookup.key.shape.Cells();
  for (const Table& table : relation.tables) counts.table_rows += table.keys.size();
  for (const Tensor& tensor : relation.tensors) counts.committed += tensor.shape.Cells();
  for (const Product& product : relation.products) counts.products += KeptShape(product).Cells();
  for (const Weights& weights : relation.weights) counts.weights += weights.values.size();
  return counts;
}

}  // namespace voizk
