// The cosine decision: the relation against 128-bit integers, and lying provers.
#include "login/relation/cosine.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "login/relation/refusals.h"
#include "login/relation/template.h"
#include "relation/gadgets/commit.h"
#include "support/relation_harness.h"

namespace voizk {
namespace {

DecisionConfig Config() {
  DecisionConfig c;
  c.theta_q12 = 2048;
  c.template_norm = 512;
  c.template_norm2_lo = 252004;
  c.template_norm2_hi = 272484;
  c.embedding_norm2_min = 4096;
  return c;
}

RelationHarness Cosine(const DecisionConfig& c) {
  Builder b;
  const TensorId e = gadgets::Input(b, "embedding", MakeShape({1, 64}), -127, 127);
  const TensorId t = gadgets::Input(b, "template", MakeShape({64}), -127, 127);
  RequireSameVoice(b, c, e, t);
  return RelationHarness(std::move(b));
}

std::vector<double> Gaussian(std::mt19937& rng) {
  std::normal_distribution<double> normal;
  std::vector<double> v(64);
  for (double& x : v) x = normal(rng);
  return v;
}

std::vector<int32_t> Rounded(const std::vector<double>& v, double norm) {
  double n2 = 0;
  for (const double x : v) n2 += x * x;
  std::vector<int32_t> out;
  for (const double x : v) {
    out.push_back(
        std::clamp(static_cast<int32_t>(std::lround(x * norm / std::sqrt(n2))), -127, 127));
  }
  return out;
}

std::vector<int8_t> Narrow(const std::vector<int32_t>& v) { return {v.begin(), v.end()}; }

TEST(CosineTest, DecidesAsTheIntegersDo) {
  const DecisionConfig c = Config();
  const RelationHarness h = Cosine(c);
  ASSERT_TRUE(h.ok());
  std::mt19937 rng(1);
  int accepted = 0, close = 0;
  for (int trial = 0; trial < 400; ++trial) {
    const auto a = Gaussian(rng), noise = Gaussian(rng);
    std::vector<double> mixed;
    // Around cos 0.5: weight tan(60 degrees) of an independent direction.
    const double weight = 1.5 + 0.001 * trial;
    for (size_t i = 0; i < 64; ++i) mixed.push_back(a[i] + weight * noise[i]);
    const auto e = Rounded(mixed, 400), t = Rounded(a, 510);
    const bool same = SameVoice(c, e, Narrow(t));
    const auto w = h.Run({{"embedding", e}, {"template", t}});
    ASSERT_EQ(w.ok(), same) << trial << " " << (w.ok() ? "" : w.error().message);
    if (same) {
      EXPECT_TRUE(CheckRelation(h.relation(), *w).ok());
      ++accepted;
    } else {
      ++close;
      EXPECT_EQ(w.error().code, ErrorCode::kRefused);
    }
  }
  EXPECT_GT(accepted, 50);
  EXPECT_GT(close, 50);
}

// cos = 1 with theta = 1: equality of the two sides is accepted, one unit less is not.
TEST(CosineTest, EqualityIsAccepted) {
  DecisionConfig c = Config();
  c.theta_q12 = 4096;
  const RelationHarness h = Cosine(c);
  const std::vector<int32_t> t(64, 64);  // |t|^2 = 262144
  std::vector<int32_t> e(64, 50);
  EXPECT_TRUE(h.Run({{"embedding", e}, {"template", t}}).ok());
  e[5] = 51;
  EXPECT_FALSE(h.Run({{"embedding", e}, {"template", t}}).ok());
}

class LyingCosine : public ::testing::Test {
 protected:
  bool Accepted(const std::vector<int32_t>& e, const std::vector<int32_t>& t) {
    Relation lying = harness_.relation();
    std::erase_if(lying.steps, [](const Step& s) { return s.kind == StepKind::kCheckRange; });
    const auto w = Execute(lying, {{"embedding", e}, {"template", t}}, nullptr, LoginHints());
    return w.ok() && harness_.Accepts(*w);
  }
  RelationHarness harness_ = Cosine(Config());
};

TEST_F(LyingCosine, ZeroHugeAndOppositeTemplatesAreRejected) {
  const std::vector<int32_t> e(64, 50), good(64, 64);
  EXPECT_TRUE(Accepted(e, good));
  EXPECT_FALSE(Accepted(e, std::vector<int32_t>(64, 0)));
  EXPECT_FALSE(Accepted(e, std::vector<int32_t>(64, 127)));  // norm above the interval
  EXPECT_FALSE(Accepted(e, std::vector<int32_t>(64, 30)));   // below
  EXPECT_FALSE(Accepted(e, std::vector<int32_t>(64, -64)));  // the square alone would accept
  EXPECT_FALSE(Accepted(std::vector<int32_t>(64, 0), good));
  EXPECT_FALSE(Accepted(std::vector<int32_t>(64, 7), good));  // |e|^2 below its floor
}

TEST_F(LyingCosine, NoLimbOrCarryCanMove) {
  const auto w = harness_.Run(
      {{"embedding", std::vector<int32_t>(64, 50)}, {"template", std::vector<int32_t>(64, 64)}});
  ASSERT_TRUE(w.ok());
  for (const char* name :
       {"cosine.dot", "cosine.embedding", "cosine.template", "cosine.norms", "cosine.norm_carries",
        "cosine.square", "cosine.difference", "cosine.carries"}) {
    const TensorId t = harness_.Find(name);
    for (size_t i = 0; i < (*w)[t].size(); ++i) {
      for (const int32_t step : {-1, 1, 1024, -1024}) {
        EXPECT_FALSE(harness_.AcceptsWith(*w, t, i, (*w)[t][i] + step)) << name << i;
      }
    }
  }
}

TEST(CosineTest, RefusesShapesThatDoNotFit) {
  Builder b;
  const TensorId e = gadgets::Input(b, "embedding", MakeShape({1, 64}), -128, 127);
  const TensorId t = gadgets::Input(b, "template", MakeShape({64}), -127, 127);
  RequireSameVoice(b, Config(), e, t);
  EXPECT_TRUE(b.failed());
}

TEST(TemplateTest, AverageHasThePublishedNorm) {
  const DecisionConfig c = Config();
  std::mt19937 rng(2);
  const auto voice = Gaussian(rng);
  std::vector<Embedding> utterances(4);
  for (Embedding& u : utterances) {
    auto v = Gaussian(rng);
    for (size_t i = 0; i < 64; ++i) v[i] = voice[i] + 0.5 * v[i];
    const auto e = Rounded(v, 300);
    std::copy(e.begin(), e.end(), u.begin());
  }
  const auto t = AverageEmbeddings(c, utterances);
  ASSERT_TRUE(t.ok());
  for (const Embedding& u : utterances) {
    EXPECT_TRUE(SameVoice(c, std::span<const int32_t>(u.data(), 64),
                          std::span<const int8_t>(t->data(), 64)));
  }
  // One dominant component is clamped; the scale makes up for it or refuses.
  Embedding spike;
  spike[0] = 100;
  EXPECT_EQ(AverageEmbeddings(c, std::span(&spike, 1)).error().code, ErrorCode::kRefused);
  const Embedding zero;
  EXPECT_EQ(AverageEmbeddings(c, std::span(&zero, 1)).error().code, ErrorCode::kRefused);
}

}  // namespace
}  // namespace voizk
