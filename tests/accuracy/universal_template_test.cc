// The template that fits everybody (docs/decision.md, 10): searched for among any 64 numbers, which
// an enrolment without proof accepts, and among means of recordings each of which the others
// accept, which is what a proof leaves.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <thread>

#include "accuracy/segments.h"
#include "login/bundle/bundle_data.h"
#include "login/relation/template.h"
#include "source_dir.h"

namespace voizk {
namespace {

constexpr size_t kPieces = 4;  // of an enrolment

using Direction = std::array<double, kEmbeddingSize>;

class UniversalTemplate : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto folder = SpeechFolder();
    if (!folder) GTEST_SKIP() << "no recordings: set VOIZK_SPEECH_DIR to the folder of index.tsv";
    auto bundle = Bundle::Load(std::string(VOIZK_SOURCE_DIR) + "/models/digits8k");
    ASSERT_TRUE(bundle.ok()) << bundle.error().message;
    const PlainModel model(*bundle, PlainModel::Refusals::kIgnored, pool_);
    decision_ = bundle->data().decision;
    std::map<std::string, int> taken;
    for (const char* corpus : {"librispeech", "hyke", "an4"}) {
      std::vector<Utterance> pieces =
          Pieces(LoadDevSpeech(*folder, {corpus}, pool_), 3 * kSpeechRate);
      std::erase_if(pieces, [&](const Utterance& u) { return ++taken[u.speaker] > 12; });
      for (Segment& s : EmbedAll(model, pieces, HearAll(model, pieces, pool_), pool_)) {
        speakers_.insert(s.speaker);
        segments_.push_back(std::move(s));
      }
    }
    size_t k = 0;  // every second speaker is a stranger, the others the attacker knows
    for (const std::string& speaker : speakers_) {
      for (const Segment& s : segments_) {
        if (s.speaker == speaker) (k % 2 == 0 ? known_ : strangers_).push_back(s.embedding);
      }
      ++k;
    }
  }

  bool Opens(const Embedding& e, const VoiceTemplate& t) const {
    return SameVoice(decision_, e.span(), t.span());
  }
  double Rate(const std::vector<Embedding>& voices, const VoiceTemplate& t) const {
    const auto open = std::ranges::count_if(voices, [&](const auto& e) { return Opens(e, t); });
    return static_cast<double>(open) / static_cast<double>(voices.size());
  }
  std::optional<VoiceTemplate> TemplateOf(const Direction& d) const {
    std::array<int64_t, kEmbeddingSize> m{};
    double norm2 = 0;
    for (const double v : d) norm2 += v * v;
    for (size_t k = 0; k < kEmbeddingSize; ++k) {
      m[k] = std::llround(d[k] / std::sqrt(norm2) * 16384);
    }
    const auto scale = TemplateScale(decision_, m);
    if (!scale.ok()) return {};
    return ScaledTemplate(m, *scale);
  }
  /// How many known voices a template opens to, nearly opening counted in part, so that there is a
  /// way uphill.
  double Reach(const VoiceTemplate& t) const {
    double sum = 0;
    for (const Embedding& e : known_) {
      sum += 1 / (1 + std::exp(-(Cosine(e, t) - decision_.theta_q12 / 4096.0) / 0.05));
    }
    return sum;
  }
  /// Uphill from known voices: a little of one or another added or taken away.
  VoiceTemplate AnyNumbers(std::mt19937& rng) const {
    VoiceTemplate best;
    double best_rate = -1;
    for (int start = 0; start < 60; ++start) {
      Direction d{};
      Add(known_[rng() % known_.size()], 1, &d);
      double reach = -1;
      for (int round = 0; round < 400; ++round) {
        Direction tried = Unit(d);
        Add(known_[rng() % known_.size()], round % 3 == 0 ? -0.1 : 0.2, &tried);
        const auto t = TemplateOf(tried);
        if (!t || Reach(*t) <= reach) continue;
        reach = Reach(*t);
        d = tried;
        if (const double rate = Rate(known_, *t); rate > best_rate) {
          best_rate = rate;
          best = *t;
        }
      }
    }
    return best;
  }
  /// What a proof would accept: every piece accepted by the template of the others.
  bool Provable(const std::vector<Embedding>& pieces) const {
    for (size_t i = 0; i < pieces.size(); ++i) {
      std::vector<Embedding> others = pieces;
      others.erase(others.begin() + static_cast<ptrdiff_t>(i));
      const auto t = AverageEmbeddings(decision_, others);
      if (!t.ok() || !Opens(pieces[i], *t)) return false;
    }
    return true;
  }
  /// The best provable choice of known recordings that exchanging one after another finds.
  VoiceTemplate Recordings(std::mt19937& rng) const {
    VoiceTemplate best;
    double best_rate = -1;
    for (int start = 0; start < 60; ++start) {
      std::vector<Embedding> pieces;
      for (size_t k = 0; k < kPieces; ++k) pieces.push_back(known_[rng() % known_.size()]);
      double rate = -1;
      for (int round = 0; round < 400; ++round) {
        std::vector<Embedding> tried = pieces;
        tried[rng() % kPieces] = known_[rng() % known_.size()];
        const auto t = AverageEmbeddings(decision_, tried);
        if (!t.ok()) continue;
        const bool provable = Provable(tried);
        const double score = Rate(known_, *t) - (provable ? 0 : 1);
        if (score < rate) continue;
        rate = score;
        pieces = tried;
        if (provable && score > best_rate) {
          best_rate = score;
          best = *t;
        }
      }
    }
    return best;
  }

  static double Cosine(const Embedding& e, const VoiceTemplate& t) {
    double dot = 0, a = 0, b = 0;
    for (size_t k = 0; k < kEmbeddingSize; ++k) {
      dot += double(e[k]) * t[k];
      a += double(e[k]) * e[k];
      b += double(t[k]) * t[k];
    }
    return dot / std::sqrt(std::max(a * b, 1.0));
  }
  static Direction Unit(const Direction& d) {
    double norm2 = 1e-12;
    for (const double v : d) norm2 += v * v;
    Direction unit = d;
    for (double& v : unit) v /= std::sqrt(norm2);
    return unit;
  }
  static void Add(const Embedding& e, double weight, Direction* d) {
    double norm2 = 1;
    for (const int32_t v : e) norm2 += double(v) * v;
    for (size_t k = 0; k < kEmbeddingSize; ++k) (*d)[k] += weight * e[k] / std::sqrt(norm2);
  }

  ThreadPool pool_{std::max(1U, std::thread::hardware_concurrency())};
  DecisionConfig decision_;
  std::vector<Segment> segments_;
  std::set<std::string> speakers_;
  std::vector<Embedding> known_, strangers_;
};

TEST_F(UniversalTemplate, FitsThoseWhoAreKnownAndNoStrangers) {
  std::mt19937 rng(1);
  const VoiceTemplate any = AnyNumbers(rng), proven = Recordings(rng);
  double honest = 0, wolf = 0;
  size_t users = 0;
  for (const std::string& speaker : speakers_) {
    std::vector<Embedding> own, others;
    for (const Segment& s : segments_) {
      if (s.speaker == speaker && own.size() < kPieces) own.push_back(s.embedding);
      if (s.speaker != speaker) others.push_back(s.embedding);
    }
    if (own.size() < kPieces) continue;
    const auto t = AverageEmbeddings(decision_, own);
    if (!t.ok()) continue;
    honest += Rate(others, *t);
    wolf = std::max(wolf, Rate(others, *t));
    ++users;
  }
  honest /= static_cast<double>(users);
  std::printf(
      "recordings of others (%zu speakers) that a template opens to: a user's %.1f %% on "
      "average, the worst user's %.1f %%; any 64 numbers: %.1f %% of the %zu that the "
      "attacker has, %.1f %% of the %zu of strangers; provable: %.1f and %.1f %%\n",
      speakers_.size(), 100 * honest, 100 * wolf, 100 * Rate(known_, any), known_.size(),
      100 * Rate(strangers_, any), strangers_.size(), 100 * Rate(known_, proven),
      100 * Rate(strangers_, proven));
  EXPECT_GT(Rate(known_, any), 3 * honest);  // the search works
  EXPECT_LE(Rate(known_, proven), Rate(known_, any) + 0.02);
  EXPECT_LT(Rate(strangers_, any), 2 * wolf);
  EXPECT_LT(Rate(strangers_, proven), 2 * wolf);
}

}  // namespace
}  // namespace voizk
