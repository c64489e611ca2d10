// Two values that an operation joins element by element: brought into one order of axes.
#ifndef VOIZK_NETWORK_QUANTISE_MEETING_H_
#define VOIZK_NETWORK_QUANTISE_MEETING_H_

#include <cstdint>
#include <vector>

#include "network/quantise/lowering.h"

namespace voizk {

/// The axes in whose order two values meet, and the layout of what they make.
struct Meeting {
  std::vector<int> axes;  // one per dim of the integer tensor
  TensorLayout layout;
};

/// Of the result's dims; the order of whichever has its axes whole.
Meeting MeetingOf(const std::vector<int64_t>& dims, const Image& a, const Image& b);

/// Of the integer tensor that they make.
std::vector<uint32_t> DimsOf(const Meeting& meeting);

/// An operand with the meeting's axes, its own lengths (1 where it is repeated).
Result<Quantity> SmallIn(FloatValueId id, const Meeting& meeting, Lowering& lowering);
Result<Linear> LinearIn(FloatValueId id, const Meeting& meeting, Lowering& lowering);

}  // namespace voizk

#endif  // VOIZK_NETWORK_QUANTISE_MEETING_H_
