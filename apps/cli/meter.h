// The level meter of the commands that record.
#ifndef VOIZK_CLI_METER_H_
#define VOIZK_CLI_METER_H_

#include <functional>

#include "common.h"
#include "voizk/audio.h"

namespace voizk::cli {

/// A callback for CaptureOptions::on_level that draws one line on stderr (if that is a terminal).
std::function<bool(const CaptureLevel&)> LevelMeter(const Context& context);
void FinishLevelMeter(const Context& context);

}  // namespace voizk::cli

#endif  // VOIZK_CLI_METER_H_
