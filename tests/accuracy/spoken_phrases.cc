#include "accuracy/spoken_phrases.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <random>
#include <utility>

namespace voizk {
namespace {

using Samples = std::vector<int16_t>;
using Clips = DigitTakes;

constexpr size_t kEnrolTakes = 25;  // of FSDD's 50 takes a digit

bool AlikeNeighbours(std::span<const uint8_t> digits) {
  return std::ranges::adjacent_find(digits) != digits.end();
}

Samples Cut(const Samples& pcm, double begin_s, double end_s) {
  const auto at = [&](double s) {
    const double n = std::clamp(s * kSpeechRate, 0.0, static_cast<double>(pcm.size()));
    return pcm.begin() + static_cast<ptrdiff_t>(n);
  };
  return {at(begin_s), at(std::max(begin_s, end_s))};
}

// "7_theo_31": the take.
size_t TakeOf(const Utterance& u) {
  return static_cast<size_t>(std::atoi(u.name.c_str() + u.name.rfind('_') + 1));
}

// Runs of an utterance's digits, each as long as it can be up to 8.
void AddRuns(const Utterance& u, const std::vector<AlignedDigit>& digits,
             std::vector<SpokenPhrase>& out) {
  for (size_t begin = 0; begin < digits.size();) {
    size_t end = begin + 1;
    while (end < digits.size() && end - begin < 8 && digits[end].digit != digits[end - 1].digit) {
      ++end;
    }
    if (end - begin >= 5) {
      SpokenPhrase phrase{"AN4 run", u.speaker, {}, {}};
      for (size_t k = begin; k < end; ++k) phrase.digits.push_back(digits[k].digit);
      const double before = begin == 0 ? 0.0 : digits[begin - 1].end_s;
      const double after = end == digits.size() ? 1e9 : digits[end].begin_s;
      phrase.pcm = Cut(u.pcm, std::max(before, digits[begin].begin_s - 0.2),
                       std::min(after, digits[end - 1].end_s + 0.2));
      out.push_back(std::move(phrase));
    }
    begin = end;
  }
}

// enrolment: FSDD's takes for enrolment, not those for phrases.
std::map<std::string, Clips> DigitClips(const std::vector<Utterance>& speech,
                                        const Alignments& alignments, bool enrolment) {
  std::map<std::string, Clips> clips;
  for (const Utterance& u : speech) {
    if (u.corpus == "fsdd" && (TakeOf(u) < kEnrolTakes) == enrolment) {
      clips[u.speaker][*DigitOf(u.words.at(0))].push_back(u.pcm);
    }
    const auto found = alignments.find(u.name);
    if (u.corpus != "an4" || found == alignments.end()) continue;
    for (const AlignedDigit& d : found->second) {
      Samples clip = Cut(u.pcm, d.begin_s - 0.04, d.end_s + 0.04);
      if (clip.size() > 1200) clips[u.speaker][d.digit].push_back(std::move(clip));
    }
  }
  return clips;
}

// The 15 % point of |x|.
int QuietLevel(Samples pcm) {
  for (int16_t& x : pcm) x = static_cast<int16_t>(std::min(std::abs(int{x}), 32767));
  const auto at = pcm.begin() + static_cast<ptrdiff_t>(pcm.size() * 15 / 100);
  std::nth_element(pcm.begin(), at, pcm.end());
  return *at;
}

SpokenPhrase Join(const std::string& speaker, const Clips& clips, std::mt19937_64& random) {
  SpokenPhrase phrase{kJoinedDigits, speaker, {}, {}};
  std::vector<uint8_t> known;
  for (const auto& [digit, takes] : clips) known.push_back(digit);
  std::vector<const Samples*> chosen;
  const size_t length = 5 + random() % 4;
  int floor = 32767;
  while (phrase.digits.size() < length) {
    const uint8_t digit = known[random() % known.size()];
    if (!phrase.digits.empty() && phrase.digits.back() == digit) continue;
    phrase.digits.push_back(digit);
    const std::vector<Samples>& takes = clips.at(digit);
    chosen.push_back(&takes[random() % takes.size()]);
    floor = std::min(floor, QuietLevel(*chosen.back()));
  }
  const auto pause = [&](size_t least_ms, size_t most_ms) {
    const size_t ms = least_ms + random() % (most_ms - least_ms);
    for (size_t n = 0; n < ms * kSpeechRate / 1000; ++n) {
      const int span = 2 * floor + 3;
      phrase.pcm.push_back(
          static_cast<int16_t>(static_cast<int>(random() % size_t(span)) - floor - 1));
    }
  };
  pause(100, 500);
  for (const Samples* clip : chosen) {
    phrase.pcm.insert(phrase.pcm.end(), clip->begin(), clip->end());
    pause(20, 300);
  }
  pause(100, 400);
  return phrase;
}

}  // namespace

std::vector<SpokenPhrase> NaturalPhrases(const std::vector<Utterance>& speech,
                                         const Alignments& alignments) {
  std::vector<SpokenPhrase> out;
  for (const Utterance& u : speech) {
    const auto digits = DigitsOf(u.words);
    if (u.corpus != "an4" || !digits) continue;
    if (digits->size() >= 5 && digits->size() <= 8 && !AlikeNeighbours(*digits)) {
      out.push_back({"AN4 utterance", u.speaker, *digits, u.pcm});
    } else if (alignments.contains(u.name)) {
      AddRuns(u, alignments.at(u.name), out);
    }
  }
  return out;
}

std::vector<SpokenPhrase> JoinedPhrases(const std::vector<Utterance>& speech,
                                        const Alignments& alignments, int per_speaker) {
  std::vector<SpokenPhrase> out;
  std::mt19937_64 random(5);
  for (const auto& [speaker, clips] : DigitsToSpeak(speech, alignments)) {
    if (clips.size() < 7) continue;
    for (int i = 0; i < per_speaker; ++i) out.push_back(Join(speaker, clips, random));
  }
  return out;
}

std::map<std::string, DigitTakes> DigitsToSpeak(const std::vector<Utterance>& speech,
                                                const Alignments& alignments) {
  return DigitClips(speech, alignments, /*enrolment=*/false);
}

std::vector<std::vector<int16_t>> EnrolmentOf(const std::string& speaker,
                                              const std::vector<Utterance>& speech,
                                              const Alignments& alignments) {
  std::vector<Samples> out;
  for (const Utterance& u : speech) {
    if (u.speaker == speaker && u.corpus == "an4" && !alignments.contains(u.name)) {
      out.push_back(u.pcm);
    }
  }
  if (out.empty()) {
    const Clips clips = DigitClips(speech, {}, /*enrolment=*/true).at(speaker);
    std::mt19937_64 random(6);
    for (int i = 0; i < 4; ++i) out.push_back(Join(speaker, clips, random).pcm);
  }
  std::ranges::stable_sort(out, {}, [](const Samples& pcm) { return -ptrdiff_t(pcm.size()); });
  if (out.size() > 4) out.resize(4);
  return out;
}

}  // namespace voizk
