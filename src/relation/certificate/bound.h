// Interval bounds of views: exact for one term at a time, summed per region of the output and per
// index of the last dimension (so a convolution is bounded channel by channel, with its bias).
#ifndef VOIZK_RELATION_CERTIFICATE_BOUND_H_
#define VOIZK_RELATION_CERTIFICATE_BOUND_H_

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "relation/certificate/interval.h"
#include "relation/core/relation.h"

namespace voizk {

/// Bounds views of one relation (which must outlive it) and remembers each weights tensor's sums.
/// Views must have passed CheckView.
class ViewBounder {
 public:
  explicit ViewBounder(const Relation& relation) : relation_(relation) {}

  /// An interval that holds every v(o) if every tensor lies in its claimed range.  The whole of
  /// int64 if some intermediate sum leaves 100 bits.
  Interval Bound(const View& v);

  /// An interval that holds sum over n indices of a*b - c; squares (a == b) are not negative.
  Interval BoundProduct(const Product& p);

 private:
  /// Per output channel, the sums of the positive and of the negative weights.
  struct ChannelSums {
    std::vector<int64_t> positive;
    std::vector<int64_t> negative;
  };
  const ChannelSums& Sums(WeightsId id);
  friend class ViewSum;

  static constexpr uint64_t kMaxWork = uint64_t{1} << 31;

  const Relation& relation_;
  uint64_t work_ = 0;
  std::unordered_map<WeightsId, ChannelSums> sums_;
};

}  // namespace voizk

#endif  // VOIZK_RELATION_CERTIFICATE_BOUND_H_
