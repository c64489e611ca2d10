// Scores lie on the side of the threshold that the decision says; embeddings that are kept come
// back; strings of digits of unknown length against all strings.
#include <gtest/gtest.h>

#include <algorithm>
#include <climits>
#include <random>

#include "evaluation/voice/kept_voices.h"
#include "evaluation/voice/phrase_model.h"
#include "evaluation/voice/voice_score.h"
#include "login/relation/template.h"

namespace voizk {
namespace {

DecisionConfig Config() {
  DecisionConfig c;
  c.theta_q12 = 2048;  // 1/2, which cosines of integers can be exactly
  c.template_norm2_lo = 1;
  c.template_norm2_hi = 1 << 20;
  c.embedding_norm2_min = 1;
  return c;
}

TEST(VoiceScore, AgreesWithTheDecision) {
  const DecisionConfig c = Config();
  std::mt19937_64 random(1);
  int accepted = 0;
  for (int round = 0; round < 20000; ++round) {
    Embedding e;
    VoiceTemplate t;
    for (size_t i = 0; i < kEmbeddingSize; ++i) {
      // Few cells and small values: exact ties with the threshold are frequent.
      e[i] = i < 3 ? static_cast<int>(random() % 5) - 2 : 0;
      t[i] = static_cast<int8_t>(i < 3 ? static_cast<int>(random() % 5) - 2 : 0);
    }
    const double score = VoiceScore(c, e.span(), t.span());
    EXPECT_EQ(score >= VoiceThreshold(c), SameVoice(c, e.span(), t.span()));
    EXPECT_GE(score, -1);
    EXPECT_LE(score, 1);
    accepted += score >= VoiceThreshold(c) ? 1 : 0;
  }
  EXPECT_GT(accepted, 1000);
}

TEST(KeptVoices, ComeBackOfTheSameBundleOnly) {
  std::array<uint8_t, 32> digest{}, other{};
  other[31] = 1;
  KeptVoice kept{.id = "a b.wav", .stamp = "1|2", .seconds = 1.25, .voice = {}};
  kept.voice.voiced = 77;
  for (int piece = 0; piece < 2; ++piece) {
    Embedding e;
    for (size_t i = 0; i < kEmbeddingSize; ++i) e[i] = static_cast<int>(i) * 3 - 100 + piece;
    kept.voice.pieces.push_back(e);
  }
  KeptVoice refused{.id = "c", .stamp = "", .seconds = 0, .voice = {}};
  refused.voice.refusal = Refusal::kNoisy;
  const auto line = FormatKept(kept), second = FormatKept(refused);
  const std::string text = KeptHeader(digest) + std::string(line.begin(), line.end()) +
                           std::string(second.begin(), second.end());
  const auto read = ParseKept(text + "half a li", "f", digest);
  ASSERT_TRUE(read.ok()) << read.error().message;
  ASSERT_EQ(read->size(), 2U);
  EXPECT_EQ((*read)[0].id, kept.id);
  EXPECT_EQ((*read)[0].seconds, 1.25);
  ASSERT_EQ((*read)[0].voice.pieces.size(), 2U);
  EXPECT_TRUE(std::ranges::equal((*read)[0].voice.pieces[1], kept.voice.pieces[1]));
  EXPECT_EQ((*read)[1].voice.refusal, Refusal::kNoisy);

  const auto another = ParseKept(text, "f", other);
  ASSERT_FALSE(another.ok());
  EXPECT_EQ(another.error().code, ErrorCode::kInvalidArgument);
  EXPECT_TRUE(another.error().message.starts_with("f:1: ")) << another.error().message;
  for (size_t at = KeptHeader(digest).size(); at < text.size(); at += 3) {
    std::string changed = text;
    changed[at] = '\x01';
    EXPECT_FALSE(ParseKept(changed, "f", digest).ok()) << at;
  }
  std::string damaged = text;
  damaged[KeptHeader(digest).size() + line.size() - 2] = 'x';
  EXPECT_TRUE(ParseKept(damaged, "f", digest).error().message.starts_with("f:2: "));
}

/// The cost of a string by trying every segmentation, frame by frame.
int64_t Cost(const DecisionConfig& c, std::span<const int32_t> logits,
             const std::vector<uint8_t>& digits, int64_t price) {
  constexpr int64_t kNever = INT64_MAX / 4;
  const size_t frames = logits.size() / kClasses, n = digits.size();
  const auto cost = [&](size_t t, int digit) {
    const auto row = logits.subspan(t * kClasses, kClasses);
    const int64_t top = *std::ranges::max_element(row);
    if (digit < 0) return top - std::max(row[kClassSilence], row[kClassOther]);
    return top - (digit == 0 ? std::max(row[0], row[kClassOh]) : row[static_cast<size_t>(digit)]);
  };
  // best[t][k][g]: of the first t frames, k digits done, g: the last frame was a pause's.
  std::vector<std::array<int64_t, 2>> best((frames + 1) * (n + 1), {kNever, kNever});
  const auto at = [&](size_t t, size_t k) -> auto& { return best[t * (n + 1) + k]; };
  at(0, 0)[1] = 0;
  for (size_t t = 0; t < frames; ++t) {
    for (size_t k = 0; k <= n; ++k) {
      for (size_t g = 0; g < 2; ++g) {
        const int64_t now = at(t, k)[g];
        if (now >= kNever) continue;
        at(t + 1, k)[1] = std::min(at(t + 1, k)[1], now + cost(t, -1));
        if (k == n || (g == 0 && k > 0 && digits[k] == digits[k - 1])) continue;
        int64_t sum = now + price;
        for (size_t end = t + 1; end <= frames; ++end) {
          sum += cost(end - 1, digits[k]);
          if (end - t >= static_cast<size_t>(c.min_frames[digits[k]])) {
            at(end, k + 1)[0] = std::min(at(end, k + 1)[0], sum);
          }
        }
      }
    }
  }
  return std::min(at(frames, n)[0], at(frames, n)[1]);
}

TEST(DecodeDigits, IsTheCheapestOfAllStrings) {
  DecisionConfig c = Config();
  c.min_frames.fill(2);
  c.min_frames[1] = 3;
  std::mt19937_64 random(4);
  for (int round = 0; round < 20; ++round) {
    std::vector<int32_t> logits(9 * kClasses);
    for (int32_t& v : logits) v = static_cast<int32_t>(random() % 100);
    for (size_t t = 0; t < 9; ++t) {  // digits 3 to 9 are out of reach: strings of 0, 1 and 2
      for (size_t d = 3; d < 10; ++d) logits[t * kClasses + d] = -500;
    }
    const auto found = DecodeDigits(c, logits, kDigitPrice);
    int64_t least = INT64_MAX;
    for (int code = 0; code < 4 * 4 * 4 * 4; ++code) {
      std::vector<uint8_t> digits;
      for (int rest = code; rest > 0; rest /= 4) {
        if (rest % 4 > 0) digits.push_back(static_cast<uint8_t>(rest % 4 - 1));
      }
      least = std::min(least, Cost(c, logits, digits, kDigitPrice));
    }
    EXPECT_EQ(Cost(c, logits, found, kDigitPrice), least) << round;
  }
  EXPECT_TRUE(DecodeDigits(c, {}, kDigitPrice).empty());
}

TEST(Edits, AreLevenshteins) {
  const std::vector<uint8_t> a{1, 2, 3, 4};
  EXPECT_EQ(Edits(a, a), 0U);
  EXPECT_EQ(Edits(a, {}), 4U);
  EXPECT_EQ(Edits({}, a), 4U);
  EXPECT_EQ(Edits(a, std::vector<uint8_t>{1, 3, 4}), 1U);
  EXPECT_EQ(Edits(a, std::vector<uint8_t>{2, 1, 3, 4, 5}), 3U);
}

}  // namespace
}  // namespace voizk
