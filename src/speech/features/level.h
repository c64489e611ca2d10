// Level normalisation (docs/features.md, 2), exactly:
//   M = max_n |x[n]| >= peak_min,  g = floor(2^gain_log2 / M),
//   x1[n] = floor((x[n]*g + 2^(s-1)) / 2^s),  s = norm_shift.
//
// How M is pinned without comparing it with every sample.  One sample is selected by two one-hot
// vectors (row, column) and M is its absolute value, so M is reached; g*M = 2^gain_log2 - rem with
// 0 <= rem < M, so g is exact for M.  That no sample exceeds M follows from |x[n]*g| <= 2^gain_log2
// for all n: with P > M the true peak, g*P <= 2^gain_log2 < (g+1)*M says that g is also the exact
// gain of P, and every other output of this stage depends on g alone.  The bound on x*g comes with
// the lookups of x1 and its remainder: x1 = +-norm_limit marks the edge, where the remainder's
// range is cut so that x*g = 2^s*x1 + lo - 2^(s-1) stays within +-2^gain_log2.
//
// Cells per sample: low and high byte of x, x1, lo, edge (5); lookups: 4; products: 2.
#ifndef VOIZK_SPEECH_FEATURES_LEVEL_H_
#define VOIZK_SPEECH_FEATURES_LEVEL_H_

#include "relation/builder/builder.h"
#include "speech/features/config.h"

namespace voizk {

/// Names of the two secret inputs that hold the PCM buffer, [rows][width]: x = 256*high + low,
/// low in 0..255, high in -128..127; zero after the last sample.
inline constexpr char kPcmLow[] = "pcm_low";
inline constexpr char kPcmHigh[] = "pcm_high";

/// views: x.  params: gain_log2, norm_shift, norm_limit.  outputs: LevelOutput order.
inline constexpr char kLevelHint[] = "level";

enum LevelOutput : size_t {
  kLevelRow,        // [rows] one-hot: the row of the first largest |x|
  kLevelColumn,     // [width] one-hot
  kLevelColumns,    // [width] the selected row
  kLevelSample,     // [1] the selected sample
  kLevelNegative,   // [1] 1 if it is negative
  kLevelPeak,       // [1] M
  kLevelGain,       // [1] g
  kLevelRemainder,  // [1] 2^gain_log2 - g*M
  kLevelX1,         // [rows][width]
  kLevelLow,        // [rows][width] remainder of x1
  kLevelEdge,       // [rows][width] 0, 2^s at x1 = norm_limit, 2*2^s at x1 = -norm_limit
  kLevelOutputs,
};

/// x1 as a tensor [rows][width].
TensorId AddLevel(Builder& b, const FrontEndConfig& c, uint32_t frames);

}  // namespace voizk

#endif  // VOIZK_SPEECH_FEATURES_LEVEL_H_
