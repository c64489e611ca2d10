#include "accuracy/segments.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <utility>

namespace voizk {

std::vector<Utterance> Pieces(const std::vector<Utterance>& speech, size_t samples) {
  std::vector<Utterance> pieces;
  for (const Utterance& line : speech) {
    for (size_t at = 0; at + samples <= line.pcm.size(); at += samples) {
      pieces.push_back({line.corpus, line.speaker, line.name, {}, {}});
      const auto begin = line.pcm.begin() + static_cast<ptrdiff_t>(at);
      pieces.back().pcm.assign(begin, begin + static_cast<ptrdiff_t>(samples));
    }
  }
  return pieces;
}

std::vector<Heard> HearAll(const PlainModel& model, const std::vector<Utterance>& speech,
                           ThreadPool& pool) {
  std::vector<Heard> heard(speech.size());
  pool.ParallelFor(speech.size(), 1, [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) {
      auto found = model.Hear(speech[i].pcm);
      EXPECT_TRUE(found.ok()) << speech[i].name << ": " << found.error().message;
      if (found.ok()) heard[i] = std::move(*found);
    }
  });
  return heard;
}

std::vector<Segment> EmbedAll(const PlainModel& model, const std::vector<Utterance>& speech,
                              const std::vector<Heard>& heard, ThreadPool& pool) {
  std::vector<Segment> segments(speech.size());
  pool.ParallelFor(speech.size(), 1, [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) {
      const std::vector<int32_t>& mask = heard[i].voiced;
      if (std::accumulate(mask.begin(), mask.end(), 0) < 10) continue;
      const auto e = model.Embed(heard[i], mask);
      EXPECT_TRUE(e.ok()) << speech[i].name << ": " << e.error().message;
      if (!e.ok() || e->size() != kEmbeddingSize) continue;
      segments[i].speaker = speech[i].speaker;
      segments[i].line = speech[i].name;
      std::ranges::copy(*e, segments[i].embedding.begin());
    }
  });
  std::erase_if(segments, [](const Segment& s) { return s.speaker.empty(); });
  return segments;
}

}  // namespace voizk
