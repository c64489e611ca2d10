// Pre-emphasis, window and DFT as one convolution, then power and mel filters (docs/features.md, 3
// and 4).
//   acc[t][k] = sum_j dft[k][j] * x1[hop*t + j],   y = clamp(floor((acc + 2^(s-1)) / 2^s))
//   v[t][m] + log_offset = log_offset + sum_k mel[m][k] * (re[t][k]^2 + im[t][k]^2)
//
// acc + 2^(s-1) = lo + 2^half * mid + 2^s * hi: the remainder goes by two limbs, since a table of
// 2^s rows would cost more than a second lookup (one limb for s <= 14); (hi, y) is one lookup in
// the clamping table. Cells per spectrum value: lo, mid, y (3), and one power per bin; lookups: 3.
#ifndef VOIZK_SPEECH_FEATURES_SPECTRUM_H_
#define VOIZK_SPEECH_FEATURES_SPECTRUM_H_

#include "relation/builder/builder.h"
#include "speech/features/config.h"

namespace voizk {

/// y as a tensor [frames][2*bins] (re, then im), from x1 [rows][width].
TensorId AddSpectrum(Builder& b, const FrontEndConfig& c, TensorId x1, uint32_t frames);

/// re^2 + im^2 as a tensor [frames][bins].
TensorId AddPower(Builder& b, const FrontEndConfig& c, TensorId spectrum);

/// v + log_offset as a view [frames][mel_filters], at least log_offset.
View MelView(Builder& b, const FrontEndConfig& c, TensorId power);

}  // namespace voizk

#endif  // VOIZK_SPEECH_FEATURES_SPECTRUM_H_
