// The login of a real bundle's size: the bundle of random weights, with the margins opened, since
// random weights recognise nothing.
#include <gtest/gtest.h>

#include <map>

#include "login/bundle/login_model.h"
#include "speech/features/front_end.h"
#include "speech/features/level.h"
#include "support/bundle_constants.h"
#include "support/relation_harness.h"
#include "support/tiny_login.h"

namespace voizk {
namespace {

LoginModel RandomBundle() {
  const auto bundle = LoadBundle(VectorPath("random_bundle"));
  EXPECT_TRUE(bundle.ok()) << bundle.error().message;
  LoginModel model = MakeLoginModel(*bundle);
  model.decision.margin_base = 1 << 24;
  model.decision.inside_min = 1;
  model.decision.outside_max = 1 << 20;
  model.decision.embedding_norm2_min = 1;
  return model;
}

Inputs PcmOnly(const FrontEndConfig& c, uint32_t frames, const std::string& signal) {
  const auto pcm = SplitPcm(c, frames, TestSignal(signal));
  return *pcm;
}

TEST(BundleLoginTest, EmbeddingMatchesTheReference) {
  const LoginModel model = RandomBundle();
  const auto r = BuildEnrolRelation(model, 256);
  ASSERT_TRUE(r.ok()) << r.error().message;
  const auto executor = Executor::Make(*r, LoginHints());
  ASSERT_TRUE(executor.ok());
  const auto vectors = ReadJson(VectorPath("random_networks.json"));
  for (const auto& expected : vectors["cases"]) {
    const std::string name = expected["name"];
    const auto found =
        executor->Infer(PcmOnly(model.front_end, 256, name), {kEnrolEmbedding}, nullptr);
    if (!found.ok()) {
      EXPECT_EQ(name, "noise") << found.error().message;
      continue;
    }
    EXPECT_EQ(found->at(kEnrolEmbedding), expected["embedding"].get<std::vector<int32_t>>())
        << name;
  }
}

// Sizes of a login; docs/decision.md, section 8, states them.
TEST(BundleLoginTest, SizesAreAsDocumented) {
  const LoginModel model = RandomBundle();
  const std::map<uint32_t, uint64_t> documented{{256, 659941}, {384, 987493}, {512, 1315045}};
  for (const auto& [frames, lookups] : documented) {
    const auto r = BuildLoginRelation(model, {frames, 6});
    ASSERT_TRUE(r.ok()) << r.error().message;
    const RelationSize s = SizeOf(*r);
    std::printf("login T=%u: cells %lu lookups %lu rows %lu products %lu\n", frames, s.cells,
                s.lookups, s.rows, s.products);
    EXPECT_LE(s.lookups, lookups);
    EXPECT_LT(s.lookups + s.rows, 14'000'000U);  // degree 4 reaches 100 bits up to here
  }
}

TEST(BundleLoginTest, WholeLoginIsAccepted) {
  TinyLogin t;
  t.model = RandomBundle();
  t.login.relying_party = "example.org";
  t.login.phrase = {4, 0, 7, 1, 9};
  const auto w0 = BuildEnrolRelation(t.model, 256);
  ASSERT_TRUE(w0.ok());
  const auto executor = Executor::Make(*w0, LoginHints());
  const auto found =
      executor->Infer(PcmOnly(t.model.front_end, 256, "bursts"), {kEnrolEmbedding}, nullptr);
  ASSERT_TRUE(found.ok());
  Embedding e;
  std::copy(found->at(kEnrolEmbedding).begin(), found->at(kEnrolEmbedding).end(), e.begin());
  const auto values = AverageEmbeddings(t.model.decision, std::span(&e, 1));
  ASSERT_TRUE(values.ok()) << values.error().message;
  t.values = *values;
  t.login.commitment = t.Commit();
  const auto r = BuildLoginRelation(t.model, t.Shape());
  ASSERT_TRUE(r.ok()) << r.error().message;
  const auto w = Execute(*r, t.SecretInputs(), nullptr, LoginHints());
  ASSERT_TRUE(w.ok()) << w.error().message;
  const Status checked = CheckRelation(*r, *w, t.Publics());
  EXPECT_TRUE(checked.ok()) << checked.error().message;
}

}  // namespace
}  // namespace voizk
