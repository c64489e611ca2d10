// The constants of the integer front end: docs/features.md defines every name, a bundle holds the
// values (docs/bundle.md).  No code evaluates a cosine or a logarithm for them.
#ifndef VOIZK_SPEECH_FEATURES_CONFIG_H_
#define VOIZK_SPEECH_FEATURES_CONFIG_H_

#include <cstdint>
#include <vector>

#include "base/result.h"

namespace voizk {

struct FrontEndConfig {
  int32_t hop = 0;    // samples between frames
  int32_t frame = 0;  // samples of one frame; a frame reads frame + 1 taps
  int32_t bins = 0;   // DFT bins kept
  int32_t peak_min = 0;
  int32_t gain_log2 = 0;
  int32_t norm_shift = 0;
  int32_t norm_limit = 0;
  int32_t dft_shift = 0;
  int32_t spectrum_limit = 0;
  int32_t mel_filters = 0;
  int32_t log_offset = 0;
  int32_t log_e_min = 0;
  int32_t log_e_max = 0;
  int32_t log_scale = 0;
  int32_t live_energy = 0;
  int32_t vad_percentile = 0;
  int32_t vad_below_peak = 0;
  int32_t vad_above_noise = 0;
  int32_t vad_min_below_peak = 0;
  int32_t voiced_min = 0;
  int32_t snr_min = 0;
  int32_t dynamic_min = 0;
  int32_t cmn_shift = 0;
  int32_t feature_min = 0;
  int32_t feature_max = 0;
  int32_t mfcc = 0;
  int32_t mfcc_shift = 0;
  std::vector<int32_t> dft;        // [2*bins][frame+1], rows re then im
  std::vector<int32_t> mel;        // [mel_filters][bins]
  std::vector<int32_t> log_table;  // [2^log_e_min]
  std::vector<int32_t> dct;        // [mfcc][mel_filters]

  /// Samples of a buffer of `frames` frames.
  uint32_t Samples(uint32_t frames) const {
    return static_cast<uint32_t>(hop) * (frames - 1) + static_cast<uint32_t>(frame) + 1;
  }
  /// Cells of one row of the PCM tensor: the largest power of two up to 16 that divides hop, so
  /// that a frame begins at a row.
  uint32_t RowWidth() const;
  /// Rows of the PCM tensor [rows][RowWidth()], row-major samples; the cells after the last sample
  /// are proven zero.
  uint32_t Rows(uint32_t frames) const;
  /// Smallest and largest value of the Q5 logarithm.
  int32_t LogMin() const;
  int32_t LogMax() const;
};

/// Sizes, signs and the relations between constants that the gadgets rely on.  Wrapping
/// accumulators are found later, by the relation's certificate.
Status CheckFrontEnd(const FrontEndConfig& c);

}  // namespace voizk

#endif  // VOIZK_SPEECH_FEATURES_CONFIG_H_
