// Draws one recording as an SVG: waveform, voice activity, log-mel image (an embedded PNG) and the
// recognised words on one time axis.
#ifndef VOIZK_CLI_DRAW_FEATURES_H_
#define VOIZK_CLI_DRAW_FEATURES_H_

#include <cstdint>
#include <span>
#include <string>

#include "voizk/login.h"

namespace voizk::cli {

/// pcm at rate_hz; view from ComputeFeatures on the same recording.
Result<std::string> DrawFeaturesSvg(std::span<const int16_t> pcm, int rate_hz,
                                    const FeatureView& view);

}  // namespace voizk::cli

#endif  // VOIZK_CLI_DRAW_FEATURES_H_
