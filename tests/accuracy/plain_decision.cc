#include "accuracy/plain_decision.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "login/bundle/bundle_data.h"
#include "login/relation/template.h"

namespace voizk {
namespace {

constexpr int64_t kInfinite = int64_t{1} << 50;

// One entry per state: G_0, S_1,1 .. S_1,D, G_1, ..
struct State {
  int32_t digit = -1;    // -1: a pause
  int32_t position = 0;  // of the digit in the phrase, from 1; 0: a pause
  bool may_stay = true;  // pauses and the last sub-state of a digit
  bool entry = false;    // the first sub-state of a digit
};

std::vector<State> StatesOf(std::span<const uint8_t> phrase, const MinFrames& min_frames) {
  std::vector<State> states{State{}};
  int32_t position = 0;
  for (const uint8_t digit : phrase) {
    ++position;
    for (int32_t j = 0; j < min_frames[digit]; ++j) {
      states.push_back({digit, position, j + 1 == min_frames[digit], j == 0});
    }
    states.push_back({});
  }
  return states;
}

// How far the best label of a state lies below the best of all classes.
int64_t FrameCost(const int32_t* c, int32_t digit) {
  const int32_t top = *std::max_element(c, c + kClasses);
  int32_t own = 0;
  if (digit < 0) {
    own = std::max(c[kClassSilence], c[kClassOther]);
  } else {
    own = digit == 0 ? std::max(c[0], c[kClassOh]) : c[digit];
  }
  return int64_t{top} - own;
}

}  // namespace

PhrasePath BestPhrasePath(std::span<const int32_t> logits, std::span<const int32_t> weights,
                          std::span<const uint8_t> phrase, const MinFrames& min_frames,
                          int64_t pause_price) {
  const std::vector<State> states = StatesOf(phrase, min_frames);
  const size_t n = logits.size() / kClasses, count = states.size();
  std::vector<std::vector<int64_t>> price(n, std::vector<int64_t>(count, kInfinite));
  std::vector<std::vector<size_t>> from(n, std::vector<size_t>(count, 0));
  const auto own = [&](size_t t, size_t s) {
    const int64_t dear = states[s].digit < 0 && !weights.empty() ? weights[t] : 0;
    return FrameCost(&logits[t * kClasses], states[s].digit) + dear * pause_price;
  };
  for (size_t t = 0; t < n; ++t) {
    for (size_t s = 0; s < count; ++s) {
      if (t == 0) {
        if (s < 2) price[0][s] = own(0, s);
        continue;
      }
      // The latest state first, so that only a cheaper one displaces it: stay, the state before,
      // and for a digit's first sub-state the digit before the pause.
      for (size_t back = 0; back <= std::min<size_t>(s, 2); ++back) {
        if (back == 0 && !states[s].may_stay) continue;
        if (back == 2 && (!states[s].entry || s < 3)) continue;
        if (price[t - 1][s - back] < price[t][s]) {
          price[t][s] = price[t - 1][s - back];
          from[t][s] = s - back;
        }
      }
      if (price[t][s] < kInfinite) price[t][s] += own(t, s);
    }
  }
  PhrasePath path;
  if (n == 0) return path;
  size_t s = price[n - 1][count - 1] <= price[n - 1][count - 2] ? count - 1 : count - 2;
  if (price[n - 1][s] >= kInfinite) return path;
  path.exists = true;
  path.position.assign(n, 0);
  for (size_t t = n; t-- > 0; s = from[t][s]) {
    path.position[t] = states[s].position;
    path.cost += FrameCost(&logits[t * kClasses], states[s].digit);
  }
  return path;
}

std::vector<SpokenPath> PathsWithin(const DecisionConfig& c, const Heard& heard,
                                    std::span<const uint8_t> phrase,
                                    std::span<const int32_t> preferred) {
  const int64_t margin = c.margin_base + int64_t{c.margin_per_digit} * int64_t(phrase.size());
  const std::span<const int32_t> weights = preferred.empty() ? heard.voiced : preferred;
  std::vector<SpokenPath> found;
  for (const int64_t price : {0, 1, 2, 4, 8, 16, 32}) {
    PhrasePath path = BestPhrasePath(heard.logits, weights, phrase, c.min_frames, price);
    if (!path.exists) break;
    std::vector<int32_t> mask;
    int64_t inside = 0, outside = 0;
    for (size_t t = 0; t < heard.voiced.size(); ++t) {
      mask.push_back(path.position[t] > 0 ? heard.voiced[t] : 0);
      inside += mask.back();
      outside += heard.voiced[t] - mask.back();
    }
    if (path.cost > margin || outside > c.outside_max) continue;
    if (inside < c.inside_min) mask.clear();
    found.push_back({std::move(path), std::move(mask)});
  }
  return found;
}

// The first path within all bounds is the one that is taken, or else the first within the margin.
SpokenPath PathOf(const DecisionConfig& c, const Heard& heard, std::span<const uint8_t> phrase) {
  std::vector<SpokenPath> within = PathsWithin(c, heard, phrase, {});
  for (SpokenPath& path : within) {
    if (DigitsAreEven(c.digits, heard, path, phrase.size())) return std::move(path);
  }
  return within.empty() ? SpokenPath() : std::move(within.front());
}

std::vector<int32_t> SpokenMask(const DecisionConfig& c, const Heard& heard,
                                std::span<const uint8_t> phrase) {
  return PathOf(c, heard, phrase).mask;
}

bool DigitsAreEven(const EvenDigits& c, const Heard& heard, const SpokenPath& spoken,
                   size_t digits) {
  std::vector<int64_t> frames(digits + 1, 0), voiced(digits + 1, 0), energy(digits + 1, 0);
  int64_t all = 0;
  for (size_t t = 0; t < spoken.mask.size(); ++t) {
    const auto k = static_cast<size_t>(spoken.path.position[t]);
    ++frames[k];
    voiced[k] += spoken.mask[t];
    energy[k] += int64_t{spoken.mask[t]} * heard.energy[t];
    all += spoken.mask[t];
  }
  int64_t loudest = 0;  // the mean over a digit's voiced frames, rounded up
  for (size_t k = 1; k <= digits; ++k) {
    if (voiced[k] > 0) loudest = std::max(loudest, (energy[k] + voiced[k] - 1) / voiced[k]);
  }
  for (size_t k = 1; k <= digits; ++k) {
    const int64_t share = 100 * static_cast<int64_t>(digits) * voiced[k];
    if (frames[k] > c.frames_max || voiced[k] < c.voiced_min ||
        100 * voiced[k] < c.voiced_percent * frames[k] || share < c.share_percent_lo * all ||
        share > c.share_percent_hi * all || energy[k] < (loudest - c.level_range) * voiced[k]) {
      return false;
    }
  }
  return true;
}

Refusal Decide(const PlainModel& model, const Heard& heard, std::span<const uint8_t> phrase,
               const VoiceTemplate& voice_template) {
  const DecisionConfig& c = model.bundle().data().decision;
  const SpokenPath spoken = PathOf(c, heard, phrase);
  if (spoken.mask.empty()) return Refusal::kWrongWords;
  if (!DigitsAreEven(c.digits, heard, spoken, phrase.size())) return Refusal::kUnevenDigits;
  const auto e = model.Embed(heard, spoken.mask);
  EXPECT_TRUE(e.ok()) << e.error().message;
  return e.ok() && SameVoice(c, *e, voice_template.span()) ? Refusal::kNone
                                                           : Refusal::kNotThisVoice;
}

}  // namespace voizk
