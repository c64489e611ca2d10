// A recording to a file or to standard output.
#ifndef VOIZK_CLI_WAV_OUTPUT_H_
#define VOIZK_CLI_WAV_OUTPUT_H_

#include <string>

#include "voizk/audio.h"

namespace voizk::cli {

/// WriteWav (audio.h), whole also when a signal comes; "-" is standard output.
Status WriteRecording(const std::string& path, const PcmBuffer& pcm, bool overwrite);

}  // namespace voizk::cli

#endif  // VOIZK_CLI_WAV_OUTPUT_H_
