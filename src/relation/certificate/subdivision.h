// Boxes of indices cut along each other: each region lies wholly inside or wholly outside of every
// box that it was cut by.
#ifndef VOIZK_RELATION_CERTIFICATE_SUBDIVISION_H_
#define VOIZK_RELATION_CERTIFICATE_SUBDIVISION_H_

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "relation/core/relation.h"
#include "relation/core/structure.h"

namespace voizk {

/// Whether `inner` lies in `outer`.
bool Contains(const Box& outer, const Box& inner);

class Subdivision {
 public:
  /// Of the shape's indices, by boxes that lie in it.  Nothing if regions times boxes are more than
  /// max_work.
  static std::optional<Subdivision> Make(const Shape& shape, std::span<const Box> boxes,
                                         uint64_t max_work);

  uint64_t size() const;
  /// 0 <= n < size().
  Box region(uint64_t n) const;

 private:
  Subdivision() = default;
  std::array<std::vector<uint32_t>, Shape::kMaxRank> cuts_;  // sorted, from 0 to the dimension
};

}  // namespace voizk

#endif  // VOIZK_RELATION_CERTIFICATE_SUBDIVISION_H_
