// Recordings to disk, at the user's explicit wish only (`voizk record`).
#ifndef VOIZK_AUDIO_WAV_WRITE_H_
#define VOIZK_AUDIO_WAV_WRITE_H_

#include <filesystem>

#include "audio/pcm.h"
#include "base/result.h"

namespace voizk {

enum class Overwrite { kNo, kYes };

/// Writes 16-bit mono WAV, readable by its owner alone (mode 0600, also where an older file was
/// open to others), and waits until it is on the disk.  Nothing is written beside the file itself;
/// after an error no half-written file is left.
/// kInvalidArgument: no samples or no rate; the file exists and `overwrite` is kNo.
/// kIo: the file cannot be created or the disk is full (an overwritten recording is then lost).
Status WriteWav(const std::filesystem::path& path, const PcmBuffer& pcm,
                Overwrite overwrite = Overwrite::kNo);

}  // namespace voizk

#endif  // VOIZK_AUDIO_WAV_WRITE_H_
