#include "network/quantise/meeting.h"

#include <utility>

namespace voizk {

namespace {

std::optional<std::vector<int>> WholeAxes(const Image& image, const std::vector<int64_t>& dims) {
  const TensorLayout wide = layout::Widened(image.layout, dims.size());
  if (wide.dims != dims) return std::nullopt;
  return layout::AxesOfDims(wide, static_cast<int>(image.dims.size()));
}

}  // namespace

Meeting MeetingOf(const std::vector<int64_t>& dims, const Image& a, const Image& b) {
  Meeting meeting;
  auto axes = WholeAxes(a, dims);
  if (!axes) axes = WholeAxes(b, dims);
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
  if (image->linear && lowering.has_one_reader(id) && axes == meeting.axes) return *image->linear;
  VOIZK_ASSIGN_OR_RETURN(const Quantity small, SmallIn(id, meeting, lowering));
  return LinearOf(small, DimsOf(meeting));
}

}  // namespace voizk
