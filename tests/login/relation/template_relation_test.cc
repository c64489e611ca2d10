// The proven template: the relation against the integers of template.h and a template in floating
// point, and provers who lie about any cell of it.
#include "login/relation/template_relation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "login/relation/template.h"
#include "relation/builder/view_arithmetic.h"
#include "relation/gadgets/commit.h"
#include "support/relation_harness.h"

namespace voizk {
namespace {

DecisionConfig Published() {
  DecisionConfig c;
  c.template_norm = 400;
  c.template_norm2_lo = 128000;
  c.template_norm2_hi = 176000;
  c.embedding_norm2_min = 2808;
  return c;
}

constexpr size_t kUtterances = 4;

std::string NameOf(size_t i) { return "e" + std::to_string(i); }

RelationHarness MeanOf(const DecisionConfig& c) {
  Builder b;
  View sum = views::Constant(MakeShape({kEmbeddingSize}), 0);
  for (size_t i = 0; i < kUtterances; ++i) {
    const Shape shape = i % 2 == 0 ? MakeShape({1, kEmbeddingSize}) : MakeShape({kEmbeddingSize});
    const TensorId e = gadgets::Input(b, NameOf(i), shape, -kEmbeddingMax, kEmbeddingMax);
    sum = views::Add(sum, b.Identity(AddUnitEmbedding(b, c, e)));
  }
  const TensorId t = AddTemplate(b, c, "mean", sum);
  RequireTemplateNorm(b, c, t);
  return RelationHarness(std::move(b));
}

std::vector<Embedding> Voice(std::mt19937& rng, double spread) {
  std::normal_distribution<double> normal;
  std::vector<double> voice(kEmbeddingSize);
  for (double& v : voice) v = normal(rng);
  std::vector<Embedding> utterances(kUtterances);
  for (Embedding& u : utterances) {
    const double length = 8 + static_cast<double>(rng() % 50);
    for (size_t k = 0; k < kEmbeddingSize; ++k) {
      const double v = std::round(length * (voice[k] + spread * normal(rng)));
      u[k] = static_cast<int32_t>(std::clamp(v, -127.0, 127.0));
    }
  }
  return utterances;
}

Inputs InputsOf(const std::vector<Embedding>& utterances) {
  Inputs inputs;
  for (size_t i = 0; i < utterances.size(); ++i) {
    inputs[NameOf(i)].assign(utterances[i].begin(), utterances[i].end());
  }
  return inputs;
}

TEST(ProvenTemplate, IsTheIntegersAndNearlyTheMean) {
  const DecisionConfig c = Published();
  const RelationHarness h = MeanOf(c);
  ASSERT_TRUE(h.ok());
  const auto mean_id = [&] {
    for (size_t t = h.relation().tensors.size(); t-- > 0;) {
      if (h.relation().tensors[t].name == "mean") return t;  // the last of that name
    }
    return size_t{0};
  }();
  std::mt19937 rng(7);
  int plain = 0;
  for (int trial = 0; trial < 60; ++trial) {
    const auto utterances = Voice(rng, 0.02 * trial);
    const auto t = AverageEmbeddings(c, utterances);
    const auto w = h.Run(InputsOf(utterances));
    ASSERT_EQ(t.ok(), w.ok()) << trial;
    if (!t.ok()) continue;
    EXPECT_TRUE(CheckRelation(h.relation(), *w).ok());
    std::vector<double> mean(kEmbeddingSize);
    for (const Embedding& u : utterances) {
      double norm2 = 0;
      for (const int32_t v : u) norm2 += v * v;
      for (size_t k = 0; k < kEmbeddingSize; ++k) mean[k] += u[k] / std::sqrt(norm2);
    }
    double dot = 0, a = 0, b = 0;
    for (size_t k = 0; k < kEmbeddingSize; ++k) {
      EXPECT_EQ((*w)[mean_id][k], (*t)[k]);
      dot += mean[k] * (*t)[k];
      a += mean[k] * mean[k];
      b += (*t)[k] * (*t)[k];
    }
    // What rounding to about 50 a component leaves, and clamping to 127.
    const auto clamped =
        std::count_if(t->begin(), t->end(), [](int8_t v) { return std::abs(v) == kEmbeddingMax; });
    EXPECT_GT(dot / std::sqrt(a * b), clamped == 0 ? 0.9999 : 0.99);
    plain += clamped == 0 ? 1 : 0;
  }
  EXPECT_GT(plain, 5);
}

// A scale of the prover's choice within the published norm is no lie; anything else is.
TEST(ProvenTemplate, NoCellCanMove) {
  const DecisionConfig c = Published();
  const RelationHarness h = MeanOf(c);
  std::mt19937 rng(3);
  const auto utterances = Voice(rng, 0.3);
  const auto w = h.Run(InputsOf(utterances));
  ASSERT_TRUE(w.ok()) << w.error().message;
  ASSERT_TRUE(h.Accepts(*w));
  size_t lies = 0;
  for (size_t t = 0; t < h.relation().tensors.size(); ++t) {
    const auto& multiplicities = h.relation().multiplicities;
    if (std::find(multiplicities.begin(), multiplicities.end(), t) != multiplicities.end()) {
      continue;
    }
    const size_t step = std::max<size_t>(1, (*w)[t].size() / 8);
    for (size_t cell = 0; cell < (*w)[t].size(); cell += step) {
      for (const int32_t by : {-1, 1, 4096}) {
        EXPECT_FALSE(h.AcceptsWith(*w, static_cast<TensorId>(t), cell, (*w)[t][cell] + by))
            << h.relation().tensors[t].name << " " << cell << " " << by;
        ++lies;
      }
    }
  }
  EXPECT_GT(lies, 300u);
}

// All that follows computed from the lie, no local refusal: another weight of one utterance,
// another unit embedding, a template of another direction, a scale out of the norm.
TEST(ProvenTemplate, ConsistentLiesAreRejected) {
  const DecisionConfig c = Published();
  const RelationHarness h = MeanOf(c);
  std::mt19937 rng(5);
  const Inputs inputs = InputsOf(Voice(rng, 0.3));
  const auto w = h.Run(inputs);
  ASSERT_TRUE(w.ok());
  const auto changed = [&](const char* name, int32_t by) {
    std::vector<int32_t> values = (*w)[h.Find(name)];
    values[0] += by;
    return h.AcceptsLie(inputs, *w, name, values);
  };
  EXPECT_FALSE(changed("enrol.weight", 1));
  EXPECT_FALSE(changed("enrol.weight", -1));
  EXPECT_FALSE(changed("enrol.norm", 1));
  EXPECT_FALSE(changed("enrol.norm", -1));
  EXPECT_FALSE(changed("enrol.unit", 1));
  EXPECT_FALSE(changed("enrol.unit", 5000));
  EXPECT_FALSE(changed("mean wide", 1));
  EXPECT_TRUE(changed("mean scale", 1));  // still of the published norm, the same direction
  EXPECT_FALSE(changed("mean scale", kMaxScale / 4));
}

TEST(ProvenTemplate, ShortEmbeddingsAndOppositeOnesAreRefused) {
  const DecisionConfig c = Published();
  const RelationHarness h = MeanOf(c);
  std::mt19937 rng(6);
  auto utterances = Voice(rng, 0.1);
  for (int32_t& v : utterances[2].span()) v = 1;
  EXPECT_EQ(h.Run(InputsOf(utterances)).error().code, ErrorCode::kRefused);
  EXPECT_EQ(AverageEmbeddings(c, utterances).error().code, ErrorCode::kRefused);
  utterances = Voice(rng, 0.1);
  for (size_t k = 0; k < kEmbeddingSize; ++k) {
    utterances[1][k] = -utterances[0][k];
    utterances[3][k] = -utterances[2][k];
  }
  EXPECT_EQ(h.Run(InputsOf(utterances)).error().code, ErrorCode::kRefused);
  EXPECT_EQ(AverageEmbeddings(c, utterances).error().code, ErrorCode::kRefused);
}

// More embeddings than a proof sums are halved, thirded, ..: the direction stays.
TEST(ProvenTemplate, ManyUtterances) {
  const DecisionConfig c = Published();
  std::mt19937 rng(8);
  std::vector<Embedding> many;
  for (int i = 0; i < 25; ++i) {
    for (const Embedding& e : Voice(rng, 0.2)) many.push_back(e);
    rng.seed(8);  // the same four
  }
  const auto few = AverageEmbeddings(c, std::span(many).first(4));
  const auto all = AverageEmbeddings(c, many);
  ASSERT_TRUE(few.ok() && all.ok());
  for (size_t k = 0; k < kEmbeddingSize; ++k) EXPECT_NEAR((*few)[k], (*all)[k], 2);
}

}  // namespace
}  // namespace voizk
