// Of several recordings' embeddings: whether they are of one voice, the template that they make,
// and which recording is to blame.  Against plain cosines.
#include "login/user/common_voice.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace voizk {
namespace {

DecisionConfig Decision() {
  DecisionConfig c;
  c.template_norm = 400;
  c.template_norm2_lo = 128000;
  c.template_norm2_hi = 176000;
  c.embedding_norm2_min = 2808;
  c.theta_q12 = 2048;  // cosine 0.5
  return c;
}

using Direction = std::vector<double>;

Direction RandomDirection(std::mt19937& rng) {
  std::normal_distribution<double> normal;
  Direction d(kEmbeddingSize);
  double norm2 = 0;
  for (double& v : d) {
    v = normal(rng);
    norm2 += v * v;
  }
  for (double& v : d) v /= std::sqrt(norm2);
  return d;
}

/// Near the direction: cosine about 1 / sqrt(1 + spread^2).
Embedding Near(const Direction& voice, double spread, std::mt19937& rng) {
  const Direction other = RandomDirection(rng);
  Embedding e;
  for (size_t k = 0; k < kEmbeddingSize; ++k) {
    const double v = 250 * (voice[k] + spread * other[k]) / std::sqrt(1 + spread * spread);
    e[k] = static_cast<int32_t>(std::clamp(std::round(v), -127.0, 127.0));
  }
  return e;
}

TEST(CommonVoice, OfOneVoiceIsTheirTemplate) {
  std::mt19937 rng(1);
  const DecisionConfig c = Decision();
  for (size_t n = 2; n <= kMaxSummed; ++n) {
    const Direction voice = RandomDirection(rng);
    std::vector<Embedding> embeddings;
    for (size_t i = 0; i < n; ++i) embeddings.push_back(Near(voice, 0.4, rng));
    const auto found = FindCommonVoice(c, embeddings);
    ASSERT_TRUE(found.ok()) << found.error().message;
    ASSERT_EQ(found->refusal, Refusal::kNone) << n;
    const auto expected = AverageEmbeddings(c, embeddings);
    ASSERT_TRUE(expected.ok());
    EXPECT_TRUE(std::ranges::equal(found->values, *expected)) << n;
  }
}

TEST(CommonVoice, TheStrangerIsNamedWhereverHeIs) {
  std::mt19937 rng(2);
  const DecisionConfig c = Decision();
  for (size_t n = 3; n <= kMaxSummed; ++n) {
    for (size_t stranger = 0; stranger < n; ++stranger) {
      const Direction voice = RandomDirection(rng), other = RandomDirection(rng);
      std::vector<Embedding> embeddings;
      for (size_t i = 0; i < n; ++i) {
        embeddings.push_back(Near(i == stranger ? other : voice, 0.4, rng));
      }
      const auto found = FindCommonVoice(c, embeddings);
      ASSERT_TRUE(found.ok());
      EXPECT_EQ(found->refusal, Refusal::kUnlikeTheOthers);
      EXPECT_EQ(found->recording, stranger + 1) << n;
    }
  }
}

TEST(CommonVoice, OfTwoNobodyCanSayWhich) {
  std::mt19937 rng(3);
  const std::vector<Embedding> two{Near(RandomDirection(rng), 0, rng),
                                   Near(RandomDirection(rng), 0, rng)};
  const auto found = FindCommonVoice(Decision(), two);
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->refusal, Refusal::kUnlikeTheOthers);
  EXPECT_EQ(found->recording, 0U);
}

TEST(CommonVoice, TooLittleOfAVoiceAndOppositeVoices) {
  std::mt19937 rng(4);
  const Direction voice = RandomDirection(rng);
  std::vector<Embedding> embeddings;
  for (size_t i = 0; i < 4; ++i) embeddings.push_back(Near(voice, 0.2, rng));
  embeddings[2] = Embedding();
  embeddings[2][0] = 52;  // 52^2 is below embedding_norm2_min
  auto found = FindCommonVoice(Decision(), embeddings);
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->refusal, Refusal::kTooShort);
  EXPECT_EQ(found->recording, 3U);
  // Of three where two cancel out, the third has no others to be like.
  embeddings.resize(3);
  embeddings[2] = Near(RandomDirection(rng), 0, rng);
  for (size_t k = 0; k < kEmbeddingSize; ++k) embeddings[0][k] = -embeddings[1][k];
  found = FindCommonVoice(Decision(), embeddings);
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->refusal, Refusal::kUnlikeTheOthers);
  EXPECT_EQ(found->recording, 0U);
  EXPECT_EQ(FindCommonVoice(Decision(), std::span(embeddings).first(1)).error().code,
            ErrorCode::kInternal);
}

}  // namespace
}  // namespace voizk
