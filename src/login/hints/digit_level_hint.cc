#include <algorithm>

#include "login/hints/hints.h"

namespace voizk {

Status DigitLevelHint(const HintCall& call) {
  if (call.views.size() != 2 || call.views[0].size() != call.views[1].size() ||
      call.outputs.size() != 1 || call.outputs[0].size() != 1) {
    return {ErrorCode::kInternal, "digit level: step does not fit"};
  }
  int64_t loudest = 0;
  for (size_t i = 0; i < call.views[0].size(); ++i) {
    const int64_t sum = call.views[0][i], voiced = call.views[1][i];
    if (voiced > 0) loudest = std::max(loudest, (sum + voiced - 1) / voiced);
  }
  call.outputs[0][0] = static_cast<int32_t>(loudest);
  return {};
}

}  // namespace voizk
