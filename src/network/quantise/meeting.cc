#include "network/quantise/meeting.h"

#include <utility>

namespace voizk {

namespace {

std::optional<std::vector<int>> WholeAxes(const Image& image, const std::vector<int64_t>& dims) {
  const TensorLayout wide = layout::Widened(image.layout, dims.size());
  if (wide.dims != dims) return std::nullopt;
  return layout::AxesOfDims(wide, static_cast<int>(image.dims.size()));
}

// Has it a factor of its own for each channel, so that the channels have to stay last?
bool HasChannels(const Image& image) {
  if (!image.linear || image.linear->terms.size() != 1) return false;
  const auto* const scaling = std::get_if<Scaling>(&image.linear->terms[0].map);
  return scaling != nullptr &&
         (!scaling->factor.is_scalar() || !image.linear->constant.is_scalar());
}

}  // namespace

Meeting MeetingOf(const std::vector<int64_t>& dims, const Image& a, const Image& b) {
  Meeting meeting;
  const bool second = HasChannels(b) && !HasChannels(a);
  auto axes = WholeAxes(second ? b : a, dims);
  if (!axes) axes = WholeAxes(second ? a : b, dims);
  meeting.axes = axes ? *axes : layout::LongAxes(dims);
  if (meeting.axes.empty()) meeting.axes = {static_cast<int>(dims.size()) - 1};
  meeting.layout = layout::FromAxes(dims, meeting.axes);
  return meeting;
}

Result<Quantity> SmallIn(FloatValueId id, const Meeting& meeting, Lowering& lowering) {
  VOIZK_ASSIGN_OR_RETURN(const Quantity small, lowering.Small(id));
  VOIZK_ASSIGN_OR_RETURN(const Image* const image, lowering.ImageOf(id));
  return lowering.Rearranged(small, layout::Widened(image->layout, meeting.layout.dims.size()),
                             meeting.axes);
}

std::vector<uint32_t> DimsOf(const Meeting& meeting) {
  std::vector<uint32_t> dims;
  for (const int axis : meeting.axes) {
    dims.push_back(static_cast<uint32_t>(meeting.layout.dims[static_cast<size_t>(axis)]));
  }
  return dims;
}

Result<Linear> LinearIn(FloatValueId id, const Meeting& meeting, Lowering& lowering) {
  VOIZK_ASSIGN_OR_RETURN(const Image* const image, lowering.ImageOf(id));
  const auto axes = WholeAxes(*image, meeting.layout.dims);
  if (lowering.MayStayLinear(id) && axes == meeting.axes) return *image->linear;
  VOIZK_ASSIGN_OR_RETURN(const Quantity small, SmallIn(id, meeting, lowering));
  return LinearOf(small, DimsOf(meeting));
}

}  // namespace voizk
