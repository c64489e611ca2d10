#include "relation/certificate/subdivision.h"

#include <algorithm>

namespace voizk {

bool Contains(const Box& outer, const Box& inner) {
  for (size_t d = 0; d < Shape::kMaxRank; ++d) {
    if (inner.begin[d] < outer.begin[d] || inner.end[d] > outer.end[d]) return false;
  }
  return true;
}

std::optional<Subdivision> Subdivision::Make(const Shape& shape, std::span<const Box> boxes,
                                             uint64_t max_work) {
  Subdivision s;
  uint64_t regions = 1;
  for (size_t d = 0; d < Shape::kMaxRank; ++d) {
    std::vector<uint32_t>& cuts = s.cuts_[d];
    cuts = {0, shape.dims[d]};
    for (const Box& box : boxes) {
      cuts.push_back(box.begin[d]);
      cuts.push_back(box.end[d]);
    }
    std::sort(cuts.begin(), cuts.end());
    cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
    regions *= cuts.size() - 1;
    if (regions * boxes.size() > max_work) return std::nullopt;
  }
  return s;
}

uint64_t Subdivision::size() const {
  uint64_t regions = 1;
  for (const std::vector<uint32_t>& cuts : cuts_) regions *= cuts.size() - 1;
  return regions;
}

Box Subdivision::region(uint64_t n) const {
  Box box;
  for (size_t d = 0; d < Shape::kMaxRank; ++d) {
    const std::vector<uint32_t>& cuts = cuts_[d];
    const size_t i = n % (cuts.size() - 1);
    n /= cuts.size() - 1;
    box.begin[d] = cuts[i];
    box.end[d] = cuts[i + 1];
  }
  return box;
}

}  // namespace voizk
