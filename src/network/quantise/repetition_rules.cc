// Values that are repeated along axes of length 1: views.
#include <algorithm>
#include <array>
#include <utility>

#include "network/quantise/lowering.h"

namespace voizk {

namespace {

// An axis of length 1 made longer by repeating its one value as its own end.
Status Expand(const FloatNode& node, Lowering& lowering) {
  const FloatValueId in = node.inputs[0], out = node.outputs[0];
  const std::vector<int64_t>&from = lowering.dims(in), &to = lowering.dims(out);
  if (from.size() > to.size()) return lowering.Unsupported(node, "fewer axes than its input");
  VOIZK_ASSIGN_OR_RETURN(AffineImage affine, lowering.Affine(in));
  VOIZK_ASSIGN_OR_RETURN(const Image* const image, lowering.ImageOf(in));
  const TensorLayout wide = layout::Widened(image->layout, to.size());
  const auto own = layout::AxesOfDims(wide, static_cast<int>(image->dims.size()));
  // The axes that are repeated first, the input's own in their order behind them.
  std::vector<int> axes;
  for (size_t axis = 0; axis < to.size(); ++axis) {
    if (wide.dims[axis] != to[axis]) axes.push_back(static_cast<int>(axis));
  }
  const size_t repeated = axes.size();
  for (const int axis : own ? *own : layout::LongAxes(wide.dims)) {
    if (std::find(axes.begin(), axes.end(), axis) == axes.end()) axes.push_back(axis);
  }
  if (axes.empty()) axes.push_back(static_cast<int>(to.size()) - 1);
  if (!own && !affine.is_plain()) {
    VOIZK_ASSIGN_OR_RETURN(const Quantity small, lowering.Small(in));
    affine = {small};
  }
  Quantity& q = affine.quantity;
  VOIZK_ASSIGN_OR_RETURN(q, lowering.Rearranged(q, wide, axes));
  for (size_t dim = 0; dim < repeated; ++dim) {
    ModelAttributes attributes;
    attributes["axis"] = static_cast<int64_t>(dim);
    attributes["before"] = int64_t{0};
    attributes["after"] = to[static_cast<size_t>(axes[dim])] - 1;
    attributes["mode"] = int64_t{2};
    attributes["value"] = int64_t{0};
    VOIZK_ASSIGN_OR_RETURN(
        q.node, lowering.emitter().Add(lowering.NameOf(node), "pad", std::move(attributes),
                                       std::array{q.node}));
  }
  lowering.SetAffine(out, layout::FromAxes(to, axes), affine);
  return {};
}

constexpr LoweringEntry kRepetitionRules[] = {{"Expand", Expand}};

}  // namespace

std::span<const LoweringEntry> RepetitionRules() { return kRepetitionRules; }

}  // namespace voizk
