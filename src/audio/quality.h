// Cheap local checks of a recording, with advice for the person who made it.  They save time and
// explain; no proof depends on them.  What they cannot see (noise, wrong words, another voice)
// comes from the pipeline itself.
#ifndef VOIZK_AUDIO_QUALITY_H_
#define VOIZK_AUDIO_QUALITY_H_

#include <vector>

#include "audio/pcm.h"

namespace voizk {

enum class QualityProblem {
  kSilent,    // no 0.5 s of it reach min_level_dbfs
  kTooShort,  // less active sound than min_active_seconds (not reported when silent)
  kClipped,   // more of the active sound than max_clipped_fraction lies in full-scale runs
};

struct QualityLimits {
  double min_active_seconds = 1.0;
  double min_level_dbfs = -50.0;
  double max_clipped_fraction = 0.002;
};

/// What was measured.  Frames of 20 ms; the level is that of the frame which 0.5 s of others
/// exceed; a frame is active when it lies less than 30 dB below that level and above
/// min_level_dbfs.
struct QualityReport {
  double seconds = 0.0;
  double active_seconds = 0.0;
  double level_dbfs = 0.0;
  /// Samples at or beyond 0.976 of full scale, three or more in a row, over active samples.
  double clipped_fraction = 0.0;
  std::vector<QualityProblem> problems;

  bool ok() const { return problems.empty(); }
};

/// `pcm.rate_hz` must be positive; an empty buffer is silent.
QualityReport CheckQuality(const PcmBuffer& pcm, const QualityLimits& limits = {});

/// A short name for --json ("too_short", "clipped", "silent").
const char* Name(QualityProblem problem);

/// One sentence on what to change.
const char* Advice(QualityProblem problem);

}  // namespace voizk

#endif  // VOIZK_AUDIO_QUALITY_H_
