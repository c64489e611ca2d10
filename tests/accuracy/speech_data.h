// The dev speakers' recordings of ../shared/data (index.tsv, an4_digits.tsv), decoded by our own
// audio library to the bundle's rate.  Nothing of them is part of the project.
#ifndef VOIZK_TESTS_ACCURACY_SPEECH_DATA_H_
#define VOIZK_TESTS_ACCURACY_SPEECH_DATA_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/threads.h"

namespace voizk {

inline constexpr int kSpeechRate = 8000;

struct Utterance {
  std::string corpus, speaker, name;
  std::vector<std::string> words;
  std::vector<int16_t> pcm;  // at kSpeechRate
};

struct AlignedDigit {
  uint8_t digit = 0;  // "oh" is 0
  double begin_s = 0, end_s = 0;
};
using Alignments = std::map<std::string, std::vector<AlignedDigit>>;  // by utterance

/// VOIZK_SPEECH_DIR, else VOIZK_DATA, else ../shared/data beside the sources; none if it holds no
/// index.
std::optional<std::string> SpeechFolder();

/// Dev utterances of the corpora in the order of the index; failures are test failures.
std::vector<Utterance> LoadDevSpeech(const std::string& folder,
                                     const std::set<std::string>& corpora, ThreadPool& pool);

Alignments LoadAlignments(const std::string& folder);

/// 0..9; none for other words.
std::optional<uint8_t> DigitOf(const std::string& word);

/// All words as digits; none if one of them is something else or there are no words.
std::optional<std::vector<uint8_t>> DigitsOf(const std::vector<std::string>& words);

}  // namespace voizk

#endif  // VOIZK_TESTS_ACCURACY_SPEECH_DATA_H_
