// Recordings to log in with, made of the dev speakers' speech: AN4 utterances of digits as they are
// or cut between words, and single digits of one speaker joined with pauses of faint noise (a
// splice; it tests agreement, not accuracy).
#ifndef VOIZK_TESTS_ACCURACY_SPOKEN_PHRASES_H_
#define VOIZK_TESTS_ACCURACY_SPOKEN_PHRASES_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "accuracy/speech_data.h"

namespace voizk {

inline constexpr char kJoinedDigits[] = "joined digits";

struct SpokenPhrase {
  std::string source;  // what it was made of
  std::string speaker;
  std::vector<uint8_t> digits;  // 5..8, no equal neighbours
  std::vector<int16_t> pcm;
};

/// All runs of 5 to 8 digits without equal neighbours in AN4's utterances of digits alone; whole
/// utterances where they are such a run.
std::vector<SpokenPhrase> NaturalPhrases(const std::vector<Utterance>& speech,
                                         const Alignments& alignments);

/// `per_speaker` phrases of AN4's speakers with seven different digits, and of FSDD's speakers from
/// takes 25 and on.  Deterministic.
std::vector<SpokenPhrase> JoinedPhrases(const std::vector<Utterance>& speech,
                                        const Alignments& alignments, int per_speaker);

/// One speaker's recordings of single digits.
using DigitTakes = std::map<uint8_t, std::vector<std::vector<int16_t>>>;

/// Cut out of AN4 (40 ms more at either end) or FSDD's takes from 25 on, by speaker.
std::map<std::string, DigitTakes> DigitsToSpeak(const std::vector<Utterance>& speech,
                                                const Alignments& alignments);

/// What a speaker enrols with, disjoint from all of the above: AN4 utterances without digits, the
/// four longest; FSDD takes before 25, joined to four utterances.
std::vector<std::vector<int16_t>> EnrolmentOf(const std::string& speaker,
                                              const std::vector<Utterance>& speech,
                                              const Alignments& alignments);

}  // namespace voizk

#endif  // VOIZK_TESTS_ACCURACY_SPOKEN_PHRASES_H_
