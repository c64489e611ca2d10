// Error rates of the shipped integer models on dev speakers, by our own decoder and pipeline alone:
// the trials of tools/train/evaluate_bundle.py, against floors a little above what was measured.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <random>
#include <thread>

#include "accuracy/plain_decision.h"
#include "accuracy/plain_model.h"
#include "accuracy/segments.h"
#include "accuracy/speech_data.h"
#include "login/bundle/bundle_data.h"
#include "login/relation/template.h"
#include "source_dir.h"

namespace voizk {
namespace {

constexpr int kDraws = 200;  // templates per speaker; the reference draws 20 of the same kind

struct Rates {
  double eer = 1.0;
  size_t genuine = 0, impostor = 0;
};

/// Where false rejects and false accepts meet; the mean of the two there.
Rates EqualErrorRate(std::vector<double> genuine, std::vector<double> impostor) {
  std::ranges::sort(genuine);
  std::ranges::sort(impostor);
  std::vector<double> thresholds = genuine;
  thresholds.insert(thresholds.end(), impostor.begin(), impostor.end());
  std::ranges::sort(thresholds);
  const auto below = [](const std::vector<double>& scores, double t) {
    return double(std::ranges::lower_bound(scores, t) - scores.begin()) / double(scores.size());
  };
  for (const double t : thresholds) {
    const double frr = below(genuine, t), far = 1 - below(impostor, t);
    if (frr >= far) return {(frr + far) / 2, genuine.size(), impostor.size()};
  }
  return {};
}

double Cosine(const Embedding& e, const VoiceTemplate& t) {
  double dot = 0, e2 = 0, t2 = 0;
  for (size_t i = 0; i < kEmbeddingSize; ++i) {
    dot += double(e[i]) * t[i];
    e2 += double(e[i]) * e[i];
    t2 += double(t[i]) * t[i];
  }
  return dot / std::sqrt(std::max(e2 * t2, 1.0));
}

/// kDraws templates of `enrol` segments for every speaker against all segments outside of it;
/// other_lines: and outside of its recordings.
Rates SpeakerTrials(const DecisionConfig& c, const std::vector<Segment>& segments, size_t enrol,
                    bool other_lines) {
  std::map<std::string, std::vector<const Segment*>> by_speaker;
  for (const Segment& s : segments) by_speaker[s.speaker].push_back(&s);
  std::vector<double> genuine, impostor;
  std::mt19937_64 random(1);
  for (const auto& [speaker, own] : by_speaker) {
    EXPECT_GT(own.size(), enrol) << speaker;
    for (int draw = 0; draw < kDraws && own.size() > enrol; ++draw) {
      std::vector<const Segment*> order = own;
      for (size_t i = 0; i < enrol; ++i)
        std::swap(order[i], order[i + random() % (own.size() - i)]);
      order.resize(enrol);
      std::vector<Embedding> chosen;
      for (const Segment* s : order) chosen.push_back(s->embedding);
      const auto voice = AverageEmbeddings(c, chosen);
      EXPECT_TRUE(voice.ok()) << voice.error().message;
      if (!voice.ok()) continue;
      for (const Segment& s : segments) {
        const bool used = std::ranges::any_of(
            order, [&](const Segment* o) { return o == &s || (other_lines && o->line == s.line); });
        if (!used)
          (s.speaker == speaker ? genuine : impostor).push_back(Cosine(s.embedding, *voice));
      }
    }
  }
  return EqualErrorRate(std::move(genuine), std::move(impostor));
}

uint8_t BestDigit(std::span<const int32_t> logits) {
  const auto frames = static_cast<int32_t>(logits.size() / kClasses);
  MinFrames shortest;
  shortest.fill(std::min(4, std::max(1, frames - 1)));
  uint8_t best = 0;
  int64_t cost = INT64_MAX;
  for (uint8_t digit = 0; digit < 10; ++digit) {
    const PhrasePath path = BestPhrasePath(logits, {}, {&digit, 1}, shortest, 0);
    if (path.exists && path.cost < cost) {
      cost = path.cost;
      best = digit;
    }
  }
  return best;
}

struct Count {
  int wrong = 0, all = 0;
  double rate() const { return all == 0 ? 1.0 : double(wrong) / all; }
};

struct Shipped {
  const char* name;  // under models/
  double hyke_eer, an4_eer, librispeech_eer;
};

class ErrorRates : public ::testing::TestWithParam<Shipped> {
 protected:
  void SetUp() override {
    const auto folder = SpeechFolder();
    if (!folder) GTEST_SKIP() << "no recordings: set VOIZK_SPEECH_DIR to the folder of index.tsv";
    folder_ = *folder;
    auto bundle = Bundle::Load(std::string(VOIZK_SOURCE_DIR) + "/models/" + GetParam().name);
    ASSERT_TRUE(bundle.ok()) << bundle.error().message;
    model_.emplace(*bundle, PlainModel::Refusals::kIgnored, pool_);
  }

  const DecisionConfig& decision() const { return model_->bundle().data().decision; }
  std::vector<Utterance> Load(const std::string& corpus) {
    return LoadDevSpeech(folder_, {corpus}, pool_);
  }
  std::vector<Heard> HearAll(const std::vector<Utterance>& speech) {
    return voizk::HearAll(*model_, speech, pool_);
  }
  std::vector<Segment> EmbedAll(const std::vector<Utterance>& speech,
                                const std::vector<Heard>& heard) {
    return voizk::EmbedAll(*model_, speech, heard, pool_);
  }

  ThreadPool pool_{std::max(1U, std::thread::hardware_concurrency())};
  std::string folder_;
  std::optional<PlainModel> model_;
};

void Print(const char* what, const Rates& r) {
  std::printf("EER %s: %.2f %% of %zu genuine and %zu impostor trials\n", what, 100 * r.eer,
              r.genuine, r.impostor);
}

TEST_P(ErrorRates, HykeSpeakers) {
  const std::vector<Utterance> pieces = Pieces(Load("hyke"), 6 * kSpeechRate);
  const std::vector<Segment> segments = EmbedAll(pieces, HearAll(pieces));
  const Rates rates = SpeakerTrials(decision(), segments, 3, /*other_lines=*/false);
  Print("Hyke, enrol 3 x 6 s, test 6 s", rates);
  EXPECT_LE(rates.eer, GetParam().hyke_eer);
  const Rates strict = SpeakerTrials(decision(), segments, 3, /*other_lines=*/true);
  Print("Hyke, the same, tests from other lines only", strict);
  EXPECT_GT(strict.genuine, 0U);
}

TEST_P(ErrorRates, LibriSpeechSpeakers) {
  constexpr size_t kEnrol = 2;
  const std::vector<Utterance> pieces = Pieces(Load("librispeech"), 3 * kSpeechRate);
  std::vector<Segment> segments = EmbedAll(pieces, HearAll(pieces));
  std::map<std::string, size_t> count;
  for (const Segment& s : segments) ++count[s.speaker];
  std::erase_if(segments, [&](const Segment& s) { return count[s.speaker] <= kEnrol; });
  const Rates rates = SpeakerTrials(decision(), segments, kEnrol, /*other_lines=*/false);
  Print("LibriSpeech, enrol 2 x 3 s, test 3 s", rates);
  EXPECT_LE(rates.eer, GetParam().librispeech_eer);
}

TEST_P(ErrorRates, An4SpeakersAndDigits) {
  const std::vector<Utterance> speech = Load("an4");
  const std::vector<Heard> heard = HearAll(speech);
  const Rates rates = SpeakerTrials(decision(), EmbedAll(speech, heard), 4, /*other_lines=*/false);
  Print("AN4, four utterances against one", rates);
  EXPECT_LE(rates.eer, GetParam().an4_eer);

  const Alignments alignments = LoadAlignments(folder_);
  Count count;
  for (size_t i = 0; i < speech.size(); ++i) {
    const auto found = alignments.find(speech[i].name);
    if (found == alignments.end()) continue;
    const auto frames = static_cast<int64_t>(speech[i].pcm.size() / 160);
    for (const AlignedDigit& d : found->second) {
      const int64_t begin = std::max<int64_t>(0, static_cast<int64_t>(d.begin_s * 50) - 2);
      const int64_t end = std::min(frames, static_cast<int64_t>(d.end_s * 50) + 2);
      if (end - begin < 5) continue;
      const auto cut = std::span(heard[i].logits)
                           .subspan(static_cast<size_t>(begin * kClasses),
                                    static_cast<size_t>((end - begin) * kClasses));
      count.wrong += BestDigit(cut) != d.digit ? 1 : 0;
      ++count.all;
    }
  }
  std::printf("digit error AN4, aligned digits: %.2f %% of %d\n", 100 * count.rate(), count.all);
  EXPECT_LE(count.rate(), 0.08);
}

TEST_P(ErrorRates, FsddDigits) {
  const std::vector<Utterance> speech = Load("fsdd");
  const std::vector<Heard> heard = HearAll(speech);
  std::atomic<int> wrong = 0;
  pool_.ParallelFor(speech.size(), 1, [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) {
      const auto digits = DigitsOf(speech[i].words);
      ASSERT_TRUE(digits && digits->size() == 1) << speech[i].name;
      const size_t frames = std::max<size_t>(6, speech[i].pcm.size() / 160);
      wrong += BestDigit(std::span(heard[i].logits).first(frames * kClasses)) != digits->front();
    }
  });
  const Count count{wrong, static_cast<int>(speech.size())};
  std::printf("digit error FSDD, isolated: %.2f %% of %d\n", 100 * count.rate(), count.all);
  EXPECT_LE(count.rate(), 0.08);
}

INSTANTIATE_TEST_SUITE_P(Bundles, ErrorRates,
                         ::testing::Values(Shipped{"digits8k", 0.08, 0.14, 0.14},
                                           Shipped{"large8k", 0.065, 0.12, 0.12}),
                         [](const auto& shipped) { return std::string(shipped.param.name); });

}  // namespace
}  // namespace voizk
