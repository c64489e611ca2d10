#include "speech/features/config.h"

#include <algorithm>

namespace voizk {

uint32_t FrontEndConfig::RowWidth() const {
  uint32_t width = 16;
  while (static_cast<uint32_t>(hop) % width != 0) width /= 2;
  return width;
}

uint32_t FrontEndConfig::Rows(uint32_t frames) const {
  const uint32_t width = RowWidth();
  // The last frame's taps reach the end of its last row.
  return (Samples(frames) + width - 1) / width;
}

int32_t FrontEndConfig::LogMin() const {
  return log_scale * log_e_min + *std::min_element(log_table.begin(), log_table.end());
}

int32_t FrontEndConfig::LogMax() const {
  return log_scale * log_e_max + *std::max_element(log_table.begin(), log_table.end());
}

Status CheckFrontEnd(const FrontEndConfig& c) {
  const auto bad = [](const char* what) { return Status(ErrorCode::kMalformed, what); };
  const auto in = [](int32_t v, int32_t lo, int32_t hi) { return v >= lo && v <= hi; };
  if (!in(c.hop, 1, 4096) || !in(c.frame, 1, 8192) || c.hop > c.frame) return bad("features: hop");
  if (!in(c.bins, 1, 4096) || !in(c.mel_filters, 1, 256)) return bad("features: bins, mel_filters");
  if (!in(c.gain_log2, 15, 24) || !in(c.peak_min, 1, 32768) || !in(c.norm_shift, 1, 16) ||
      c.norm_limit != int32_t{1} << (c.gain_log2 - c.norm_shift) || c.norm_limit > 1 << 16) {
    return bad("features: level");
  }
  if (!in(c.dft_shift, 1, 24) || !in(c.spectrum_limit, 1, 1 << 15))
    return bad("features: spectrum");
  if (!in(c.log_e_min, 1, 10) || !in(c.log_e_max, c.log_e_min, 29) || !in(c.log_scale, 1, 1024) ||
      c.log_offset < 1 << c.log_e_min) {
    return bad("features: logarithm");
  }
  if (!in(c.vad_percentile, 1, 1000) || !in(c.voiced_min, 1, 1 << 20) || c.snr_min < 0) {
    return bad("features: voice activity");
  }
  for (const int32_t v : {c.live_energy, c.vad_below_peak, c.vad_above_noise, c.vad_min_below_peak,
                          c.snr_min, c.dynamic_min}) {
    if (!in(v, 0, 1 << 24)) return bad("features: energies");
  }
  if (!in(c.cmn_shift, 0, 8) || c.feature_min > c.feature_max || !in(c.feature_min, -32768, 0) ||
      !in(c.feature_max, 0, 32767)) {
    return bad("features: mean normalisation");
  }
  if (!in(c.mfcc, 1, 256) || !in(c.mfcc_shift, 1, 24)) return bad("features: mfcc");
  const auto size = [](int32_t a, int32_t b) {
    return static_cast<size_t>(a) * static_cast<size_t>(b);
  };
  if (c.dft.size() != size(2 * c.bins, c.frame + 1) ||
      c.mel.size() != size(c.mel_filters, c.bins) ||
      c.log_table.size() != size_t{1} << c.log_e_min ||
      c.dct.size() != size(c.mfcc, c.mel_filters)) {
    return bad("features: tensor shapes");
  }
  return Status();
}

}  // namespace voizk
