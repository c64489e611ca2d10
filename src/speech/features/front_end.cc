#include "speech/features/front_end.h"

#include <vector>

#include "speech/features/level.h"
#include "speech/features/mean_norm.h"
#include "speech/features/spectrum.h"

namespace voizk {

FrontEnd AddFrontEnd(Builder& b, const FrontEndConfig& c, uint32_t frames) {
  FrontEnd f;
  f.x1 = AddLevel(b, c, frames);
  f.spectrum = AddSpectrum(b, c, f.x1, frames);
  const TensorId power = AddPower(b, c, f.spectrum);
  f.log = AddLogMel(b, c, MelView(b, c, power));
  f.activity = AddVoiceActivity(b, c, f.log);
  RequireSignalToNoise(b, c, f.activity);
  f.features = AddMeanNorm(b, c, f.log, f.activity);
  return f;
}

Result<Inputs> SplitPcm(const FrontEndConfig& c, uint32_t frames, std::span<const int16_t> pcm) {
  if (pcm.size() > c.Samples(frames)) {
    return {ErrorCode::kInvalidArgument, "audio longer than its bucket"};
  }
  Inputs inputs;
  std::vector<int32_t>& low = inputs[kPcmLow];
  std::vector<int32_t>& high = inputs[kPcmHigh];
  low.assign(size_t{c.Rows(frames)} * c.RowWidth(), 0);
  high = low;  // the last allocation: nothing throws once a secret is in its place
  for (size_t n = 0; n < pcm.size(); ++n) {
    low[n] = pcm[n] & 0xff;
    high[n] = pcm[n] >> 8;
  }
  return inputs;
}

}  // namespace voizk
