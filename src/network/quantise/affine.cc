// Values that are a tensor but for a factor and a constant per channel, as batch normalisation
// leaves behind a ReLU: every reader takes these into its own weights.
#include <algorithm>
#include <array>
#include <utility>

#include "network/quantise/lowering.h"

namespace voizk {

namespace {

constexpr int64_t kMostAffineReach = 1 << 15;

bool IsAll(const RealTensor& tensor, double value) {
  return std::all_of(tensor.values.begin(), tensor.values.end(),
                     [=](double v) { return v == value; });
}

}  // namespace

bool AffineImage::is_plain() const { return IsAll(factor, 1) && IsAll(constant, 0); }

Linear LinearOf(const AffineImage& affine, std::vector<uint32_t> dims) {
  return {std::move(dims), {{affine.quantity, Scaling{affine.factor}}}, affine.constant};
}

bool Lowering::IsAffine(const Image& image) const {
  if (!image.linear || image.linear->terms.size() != 1) return false;
  const LinearTerm& term = image.linear->terms[0];
  const auto* const scaling = std::get_if<Scaling>(&term.map);
  if (scaling == nullptr || !scaling->factor.is_by_channel() ||
      !image.linear->constant.is_by_channel()) {
    return false;
  }
  const auto shape = emitter_.dims(term.input.node);
  const Interval range = emitter_.range(term.input.node);
  return std::equal(shape.begin(), shape.end(), image.dims.begin(), image.dims.end()) &&
         range.lo >= -kMostAffineReach && range.hi <= kMostAffineReach;
}

bool Lowering::MayStayLinear(FloatValueId id) const {
  const std::optional<Image>& image = images_[id];
  return image && image->linear && (has_one_reader(id) || IsAffine(*image));
}

Result<AffineImage> Lowering::Affine(FloatValueId id) {
  VOIZK_ASSIGN_OR_RETURN(const Image* const image, ImageOf(id));
  if (IsAffine(*image)) {
    const LinearTerm& term = image->linear->terms[0];
    return AffineImage{term.input, std::get<Scaling>(term.map).factor, image->linear->constant};
  }
  VOIZK_ASSIGN_OR_RETURN(const Quantity small, Small(id));
  return AffineImage{small};
}

Result<AffineImage> Lowering::AffineAs(FloatValueId id, std::span<const int> axes) {
  VOIZK_ASSIGN_OR_RETURN(const Image* const image, ImageOf(id));
  const TensorLayout layout = image->layout;
  VOIZK_ASSIGN_OR_RETURN(AffineImage affine, Affine(id));
  if (!affine.factor.is_scalar() || !affine.constant.is_scalar()) {
    // The channels have to stay last.
    const auto own = layout::AxesOfDims(layout, static_cast<int>(image->dims.size()));
    if (!own || own->back() != axes.back()) {
      VOIZK_ASSIGN_OR_RETURN(const Quantity small, Small(id));
      affine = {small};
    }
  }
  VOIZK_ASSIGN_OR_RETURN(affine.quantity, Rearranged(affine.quantity, layout, axes));
  return affine;
}

void Lowering::SetAffine(FloatValueId id, TensorLayout layout, const AffineImage& affine) {
  if (affine.is_plain()) return SetSmall(id, std::move(layout), affine.quantity);
  const auto dims = emitter_.dims(affine.quantity.node);
  SetLinear(id, std::move(layout), LinearOf(affine, {dims.begin(), dims.end()}));
}

}  // namespace voizk
