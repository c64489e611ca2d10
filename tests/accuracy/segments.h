// Pieces of dev speech and what the plain model makes of them.
#ifndef VOIZK_TESTS_ACCURACY_SEGMENTS_H_
#define VOIZK_TESTS_ACCURACY_SEGMENTS_H_

#include <string>
#include <vector>

#include "accuracy/plain_model.h"
#include "accuracy/speech_data.h"
#include "base/threads.h"
#include "login/relation/template.h"

namespace voizk {

struct Segment {
  std::string speaker;
  std::string line;  // the recording it is from
  Embedding embedding;
};

/// The utterances in pieces of `samples`; what is left at an end is dropped.
std::vector<Utterance> Pieces(const std::vector<Utterance>& speech, size_t samples);

/// Failures are test failures.
std::vector<Heard> HearAll(const PlainModel& model, const std::vector<Utterance>& speech,
                           ThreadPool& pool);

/// Embeddings over all voiced frames, as at an enrolment without phrases; segments without 0.2 s of
/// them left out.
std::vector<Segment> EmbedAll(const PlainModel& model, const std::vector<Utterance>& speech,
                              const std::vector<Heard>& heard, ThreadPool& pool);

}  // namespace voizk

#endif  // VOIZK_TESTS_ACCURACY_SEGMENTS_H_
