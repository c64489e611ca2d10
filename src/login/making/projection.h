// From what a network says of many voices to the integers by which a bundle makes embeddings of it
// (docs/bundle.md, 5): centred, 64 directions of most variance, evened out, scaled.
#ifndef VOIZK_LOGIN_MAKING_PROJECTION_H_
#define VOIZK_LOGIN_MAKING_PROJECTION_H_

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "login/bundle/speaker_network.h"

namespace voizk {

/// Median length of an embedding.
inline constexpr double kMadeLength = 320;

/// Sets projection, bias and shift.  outputs: r of docs/decision.md, 11, all of one size.
/// kInvalidArgument: fewer than two of them, or all (nearly) the same.
Status FitProjection(std::span<const std::vector<int32_t>> outputs, SpeakerSection* section);

}  // namespace voizk

#endif  // VOIZK_LOGIN_MAKING_PROJECTION_H_
