#include "login/user/recording.h"

#include <algorithm>
#include <utility>

#include "base/secure.h"
#include "login/bundle/bundle_data.h"
#include "login/bundle/login_model.h"
#include "login/hints/hints.h"
#include "speech/features/front_end.h"
#include "speech/features/level.h"
#include "voizk/login.h"

namespace voizk {

std::span<const int16_t> WithoutQuietEnds(std::span<const int16_t> pcm, int rate_hz) {
  const auto frame = static_cast<size_t>(std::max(rate_hz / 50, 1));
  const auto margin = static_cast<size_t>(rate_hz / 4);
  SecureVector<int64_t> power;
  for (size_t begin = 0; begin + frame <= pcm.size(); begin += frame) {
    int64_t sum = 0;
    int64_t squares = 0;
    for (const int16_t x : pcm.subspan(begin, frame)) {
      sum += x;
      squares += int64_t{x} * x;
    }
    power.push_back(squares - sum * sum / static_cast<int64_t>(frame));
  }
  if (power.empty()) return pcm;
  const int64_t floor = *std::max_element(power.begin(), power.end()) / 1000;
  const auto loud = [floor](int64_t p) { return p > floor; };
  const auto first = std::find_if(power.begin(), power.end(), loud);
  const auto last = std::find_if(power.rbegin(), power.rend(), loud);
  if (first == power.end()) return pcm;
  const size_t begin = static_cast<size_t>(first - power.begin()) * frame;
  const size_t end = static_cast<size_t>(power.rend() - last) * frame;
  const size_t from = begin > margin ? begin - margin : 0;
  return pcm.subspan(from, std::min(end + margin, pcm.size()) - from);
}

Result<uint32_t> FitToBucket(const Bundle& bundle, std::span<const int16_t>* pcm) {
  auto bucket = BucketFor(bundle.data(), pcm->size());
  if (!bucket.ok()) {
    *pcm = WithoutQuietEnds(*pcm, bundle.sample_rate_hz());
    bucket = BucketFor(bundle.data(), pcm->size());
  }
  if (!bucket.ok()) return {ErrorCode::kRefused, RefusalText(Refusal::kTooLong)};
  return bucket;
}

Result<Inputs> PcmInputsOf(const Bundle& bundle, uint32_t frames, std::span<const int16_t> pcm) {
  return SplitPcm(bundle.data().features, frames, pcm);
}

Result<RunnableRelation> RunnableRelation::Make(Relation relation) {
  auto shared = std::make_shared<const Relation>(std::move(relation));
  VOIZK_ASSIGN_OR_RETURN(Executor executor, Executor::Make(*shared, LoginHints()));
  return RunnableRelation(std::move(shared), std::move(executor));
}

}  // namespace voizk
