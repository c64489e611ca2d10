// Limits of a model's attributes.  They are far above any speech or image network that this system
// can prove in minutes, and keep every product of sizes below 2^63 before it is compared.
#ifndef VOIZK_NETWORK_OPERATIONS_LIMITS_H_
#define VOIZK_NETWORK_OPERATIONS_LIMITS_H_

#include <cstdint>

#include "base/result.h"
#include "relation/core/relation.h"

namespace voizk::op {

inline constexpr uint32_t kMaxLength = 1
                                       << 20;  // frames, rows, columns: an hour at 10 ms is 2^18.5
inline constexpr uint32_t kMaxChannels = 1 << 16;  // GPT-2's vocabulary is 50,257
inline constexpr uint32_t kMaxKernel = 1 << 12;    // taps per dimension: a DFT frame has 201
inline constexpr uint32_t kMaxStride = 1 << 12;    // also dilation
inline constexpr uint32_t kMaxPad = 1 << 12;
inline constexpr uint64_t kMaxWeights = uint64_t{1} << 28;  // of one layer; VGG16 has 2^21.2
inline constexpr uint64_t kMaxCells = uint64_t{1} << 28;  // of one value, as the relation's or more
inline constexpr uint32_t kMaxWindow = 1 << 8;            // inputs of one pooled maximum or mean
inline constexpr uint32_t kMaxConcat = 64;                // inputs of one concatenation
inline constexpr int kMaxRequantShift = 29;
inline constexpr int32_t kMaxMultiplier = (1 << 15) - 1;
inline constexpr int kMaxQ = 46;  // (2h+1)*mult + 2^q stays below 2^63 for |h| < 2^31

/// kLimitExceeded unless every dimension and the number of cells is within the limits.
Status CheckValueShape(const Shape& shape);

}  // namespace voizk::op

#endif  // VOIZK_NETWORK_OPERATIONS_LIMITS_H_
