#include "login/user/recording.h"

#include <algorithm>
#include <utility>

#include "base/secure.h"
#include "login/bundle/bundle_data.h"
#include "login/hints/hints.h"
#include "speech/features/front_end.h"
#include "speech/features/level.h"

namespace voizk {

std::span<const int16_t> WithoutQuietEnds(std::span<const int16_t> pcm, int rate_hz) {
  const auto frame = static_cast<size_t>(std::max(rate_hz / 50, 1));
  const auto margin = static_cast<size_t>(rate_hz / 4);
  SecureVector<int64_t> power;
  for (size_t begin = 0; begin + frame <= pcm.size(); begin += frame) {
    int64_t sum = 0;
    for (const int16_t x : pcm.subspan(begin, frame)) sum += int64_t{x} * x;
    power.push_back(sum);
  }
  if (power.empty()) return pcm;
  const int64_t floor = *std::ranges::max_element(power) / 1000;
  const auto loud = [floor](int64_t p) { return p > floor; };
  const auto first = std::find_if(power.begin(), power.end(), loud);
  const auto last = std::find_if(power.rbegin(), power.rend(), loud);
  if (first == power.end()) return pcm;
  const size_t begin = static_cast<size_t>(first - power.begin()) * frame;
  const size_t end = static_cast<size_t>(power.rend() - last) * frame;
  const size_t from = begin > margin ? begin - margin : 0;
  return pcm.subspan(from, std::min(end + margin, pcm.size()) - from);
}

Result<Inputs> PcmInputsOf(const Bundle& bundle, uint32_t frames, std::span<const int16_t> pcm) {
  VOIZK_ASSIGN_OR_RETURN(PcmInputs split, SplitPcm(bundle.data().features, frames, pcm));
  Inputs inputs;
  inputs[kPcmLow] = std::move(split.low);
  inputs[kPcmHigh] = std::move(split.high);
  return inputs;
}

InputsEraser::~InputsEraser() {
  for (auto& [name, values] : inputs_) Zeroise(std::span(values));
}

Result<Model> Model::Make(Relation relation) {
  auto shared = std::make_shared<const Relation>(std::move(relation));
  VOIZK_ASSIGN_OR_RETURN(Executor executor, Executor::Make(*shared, LoginHints()));
  return Model(std::move(shared), std::move(executor));
}

}  // namespace voizk
