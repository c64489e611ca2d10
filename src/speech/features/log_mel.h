// Base-2 logarithm in Q5 by a proven normalisation (docs/features.md, 5):
//   u = mant * 2^(e - e_min) + r,  0 <= r < 2^(e - e_min),  mant in [2^e_min, 2^(e_min+1)),
//   L = log_scale * e + log_table[mant - 2^e_min].
// The two bounds on r and the one on mant make e and mant unique.  Cells per value: e, power of
// two, mant, T(mant), r and the limbs of its two bounds.  Lookups: e, mant, and two per bound.
#ifndef VOIZK_SPEECH_FEATURES_LOG_MEL_H_
#define VOIZK_SPEECH_FEATURES_LOG_MEL_H_

#include <vector>

#include "relation/builder/builder.h"
#include "relation/builder/view_arithmetic.h"
#include "relation/builder/views.h"
#include "speech/features/config.h"

namespace voizk {

/// L = scale * exponent + fraction, [frames][mel_filters], not itself committed.
struct LogMel {
  TensorId exponent = 0;
  TensorId fraction = 0;
  int32_t scale = 1;

  /// L through the given sources of [frames][mel_filters].
  View Of(Builder& b, Shape shape, const std::vector<DimSource>& s) const {
    return views::Add(views::Scale(ViewOf(b, exponent, shape, s), scale),
                      ViewOf(b, fraction, shape, s));
  }
};

/// u: at least 2^log_e_min everywhere, below 2^(log_e_max + 1) (the tables end there).
LogMel AddLogMel(Builder& b, const FrontEndConfig& c, const View& u);

}  // namespace voizk

#endif  // VOIZK_SPEECH_FEATURES_LOG_MEL_H_
