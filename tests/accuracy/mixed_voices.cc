#include "accuracy/mixed_voices.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

namespace voizk {
namespace {

using Samples = std::vector<int16_t>;
using Sound = std::span<const int16_t>;
constexpr double kLoud = 8000;  // rms of the carrier
constexpr size_t kBlock = 160;  // 20 ms

double Power(Sound pcm) {
  double sum = 0;
  for (const int16_t x : pcm) sum += double(x) * x;
  return sum;
}

int16_t Clamped(double x) { return static_cast<int16_t>(std::clamp(x, -32000.0, 32000.0)); }

// The rms of what is not silence: samples within 26 dB of the peak.
double Loudness(Sound pcm) {
  int peak = 0;
  for (const int16_t x : pcm) peak = std::max(peak, std::abs(int{x}));
  double sum = 0;
  size_t count = 0;
  for (const int16_t x : pcm) {
    if (std::abs(int{x}) * 20 < peak) continue;
    sum += double(x) * x;
    ++count;
  }
  return count == 0 ? 1 : std::max(1.0, std::sqrt(sum / double(count)));
}

// Without the 20 ms blocks at either end that are 25 dB below the loudest.
Sound Trimmed(Sound pcm) {
  const size_t blocks = pcm.size() / kBlock;
  std::vector<double> power;
  for (size_t i = 0; i < blocks; ++i) {
    power.push_back(Power(pcm.subspan(i * kBlock, kBlock)));
  }
  if (blocks < 3) return pcm;
  const double least = *std::ranges::max_element(power) / 316;
  const auto loud = [least](double p) { return p >= least; };
  const auto first = std::ranges::find_if(power, loud) - power.begin();
  const auto last = std::find_if(power.rbegin(), power.rend(), loud).base() - power.begin();
  return pcm.subspan(static_cast<size_t>(first) * kBlock,
                     static_cast<size_t>(last - first) * kBlock);
}

Sound LoudestPart(Sound pcm, size_t length) {
  if (pcm.size() <= length) return pcm;
  size_t best = 0;
  double most = -1;
  for (size_t at = 0; at + length <= pcm.size(); at += 80) {
    const double p = Power(pcm.subspan(at, length));
    if (p > most) best = at, most = p;
  }
  return pcm.subspan(best, length);
}

// Appends with a short fade from what is there.
void Append(Samples& out, Sound more, size_t fade) {
  fade = std::min({fade, out.size(), more.size()});
  const size_t base = out.size() - fade;
  for (size_t i = 0; i < fade; ++i) {
    const double in = double(i) / double(fade);
    out[base + i] = Clamped(out[base + i] * (1 - in) + more[i] * in);
  }
  for (const int16_t x : more.subspan(fade)) out.push_back(x);
}

Samples Looped(Sound pcm, double seconds) {
  Samples out;
  while (double(out.size()) < seconds * kSpeechRate || out.empty()) Append(out, pcm, 64);
  return out;
}

// Grains of 40 ms left out so that the pitch stays.
Samples Faster(Sound pcm, double factor) {
  constexpr size_t kGrain = 320, kFade = 80;
  Samples out;
  if (factor <= 1) out.assign(pcm.begin(), pcm.end());
  for (double at = 0; factor > 1 && size_t(at) + kGrain <= pcm.size();
       at += double(kGrain - kFade) * factor) {
    Append(out, pcm.subspan(size_t(at), kGrain), kFade);
  }
  return out;
}

}  // namespace

MixedRecording MixVoices(const MixedPlan& plan, std::span<const uint8_t> phrase,
                         std::span<const Samples> said, const Samples& carrier,
                         std::mt19937_64& random) {
  const Sound whole = Trimmed(carrier);
  const Samples source = Looped(plan.loudest ? LoudestPart(whole, 1280) : whole, plan.seconds);
  MixedRecording out;
  const auto put = [&](Sound pcm, double loudness, int32_t victims) {
    const double gain = loudness / Loudness(pcm);
    for (const int16_t x : pcm) {
      if (out.pcm.size() % kBlock == 0) out.victims.push_back(victims);
      out.pcm.push_back(Clamped(x * gain));
    }
  };
  const auto pause = [&](size_t samples) { put(Samples(samples, 0), 1, 0); };
  pause(400);
  for (size_t k = 0; k < phrase.size(); ++k) {
    const bool carries = k == plan.carrier || (plan.repeated && phrase[k] == phrase[plan.carrier]);
    if (carries) {
      put(source, kLoud, 1);
    } else {
      put(Faster(Trimmed(said[k]), plan.faster), kLoud * std::pow(10, -plan.quieter_db / 20), 0);
    }
    pause(k + 1 < phrase.size() ? 240 + random() % 400 : 400);
  }
  if (plan.noise_db > 0) {
    const double amplitude = kLoud * std::pow(10, -plan.noise_db / 20) * std::sqrt(3);
    for (int16_t& x : out.pcm) {
      x = Clamped(x + amplitude * (double(random() % 20001) / 10000 - 1));
    }
  }
  return out;
}

namespace {

double OneOf(std::initializer_list<double> values, std::mt19937_64& random) {
  return values.begin()[random() % values.size()];
}

}  // namespace

MixedPlan FoundPlan(std::span<const size_t> carriers, std::mt19937_64& random) {
  return {.carrier = carriers[random() % carriers.size()],
          .seconds = OneOf({0.8, 1.2, 1.6, 2.2}, random),
          .loudest = random() % 2 == 1,
          .quieter_db = OneOf({8, 10, 12, 14}, random),
          .noise_db = OneOf({0, 34, 28, 22}, random)};
}

MixedPlan AnyPlan(std::span<const size_t> carriers, std::mt19937_64& random) {
  return {.carrier = carriers[random() % carriers.size()],
          .seconds = OneOf({0.1, 0.3, 0.4, 0.5, 0.65, 0.8, 1.2}, random),
          .loudest = random() % 2 == 1,
          .repeated = true,
          .quieter_db = OneOf({0, 3, 6, 8, 10, 12, 14}, random),
          .faster = OneOf({1, 1.3, 1.6, 2}, random),
          .noise_db = OneOf({0, 34, 28, 22}, random)};
}

}  // namespace voizk
