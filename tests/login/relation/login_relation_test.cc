// The login statement whole, on tiny networks.
#include "login/relation/login_relation.h"

#include <gtest/gtest.h>

#include "login/relation/refusals.h"
#include "relation/core/digest.h"
#include "speech/features/level.h"
#include "support/relation_harness.h"
#include "support/tiny_login.h"

namespace voizk {
namespace {

class LoginRelationTest : public ::testing::Test {
 protected:
  LoginRelationTest() : tiny_(MakeTinyLogin()) { EXPECT_TRUE(tiny_.ok()) << tiny_.error().message; }

  static Result<Witness> Run(const Relation& r, const Inputs& inputs) {
    return Execute(r, inputs, nullptr, LoginHints());
  }
  Result<Relation> Build() const { return BuildLoginRelation(tiny_->model, tiny_->login); }

  Result<TinyLogin> tiny_;
};

TEST_F(LoginRelationTest, HonestLoginIsAccepted) {
  const auto r = Build();
  ASSERT_TRUE(r.ok()) << r.error().message;
  const auto w = Run(*r, tiny_->SecretInputs());
  ASSERT_TRUE(w.ok()) << w.error().message;
  const Status checked = CheckRelation(*r, *w);
  EXPECT_TRUE(checked.ok()) << checked.error().message;
}

TEST_F(LoginRelationTest, EveryPublicValueMatters) {
  const auto r = Build();
  ASSERT_TRUE(r.ok());
  const auto w = Run(*r, tiny_->SecretInputs());
  ASSERT_TRUE(w.ok());
  const auto other = [&](auto change) {
    LoginPublic login = tiny_->login;
    LoginModel model = tiny_->model;
    change(login, model);
    const auto changed = BuildLoginRelation(model, login);
    EXPECT_TRUE(changed.ok());
    EXPECT_NE(RelationDigest(*changed), RelationDigest(*r));
    return CheckRelation(*changed, *w).ok();
  };
  EXPECT_TRUE(CheckRelation(*r, *w).ok());
  EXPECT_FALSE(other([](LoginPublic& l, LoginModel&) { l.commitment[31] ^= 1; }));
  EXPECT_FALSE(other([](LoginPublic& l, LoginModel&) { l.relying_party = "example.com"; }));
  EXPECT_FALSE(other([](LoginPublic&, LoginModel& m) { m.bundle_digest[0] ^= 1; }));
  EXPECT_FALSE(other([](LoginPublic& l, LoginModel&) { l.phrase = {4, 0, 7, 1, 8}; }));
  EXPECT_FALSE(other([](LoginPublic&, LoginModel& m) { m.decision.inside_min = 100; }));
  EXPECT_FALSE(other([](LoginPublic&, LoginModel& m) { m.front_end.vad_above_noise += 2000; }));
}

TEST_F(LoginRelationTest, AnotherVoiceIsRefused) {
  VoiceTemplate other = tiny_->values;
  std::reverse(other.begin(), other.end());
  tiny_->values = other;
  tiny_->login.commitment = tiny_->Commit();
  const auto r = Build();
  ASSERT_TRUE(r.ok());
  const auto w = Run(*r, tiny_->SecretInputs());
  ASSERT_FALSE(w.ok());
  EXPECT_EQ(w.error().code, ErrorCode::kRefused);
  EXPECT_EQ(w.error().message, kRefuseNotThisVoice);
}

TEST_F(LoginRelationTest, AnotherSaltOrTemplateDoesNotOpenTheCommitment) {
  const auto r = Build();
  ASSERT_TRUE(r.ok());
  for (const bool salt : {false, true}) {
    Inputs inputs = tiny_->SecretInputs();
    auto& cells = inputs[salt ? kSaltInput : kTemplateInput];
    cells[3] += cells[3] > 0 ? -1 : 1;
    const auto w = Run(*r, inputs);
    EXPECT_FALSE(w.ok() && CheckRelation(*r, *w).ok());
  }
}

TEST_F(LoginRelationTest, ShapesThatAreNoLogin) {
  LoginPublic login = tiny_->login;
  login.frames = 255;
  EXPECT_EQ(BuildLoginRelation(tiny_->model, login).error().code, ErrorCode::kInvalidArgument);
  login = tiny_->login;
  login.phrase = {1, 1, 2, 3, 4};
  EXPECT_EQ(BuildLoginRelation(tiny_->model, login).error().code, ErrorCode::kInvalidArgument);
  LoginModel model = tiny_->model;
  model.embedding = TinyRecogniser;
  EXPECT_FALSE(BuildLoginRelation(model, tiny_->login).ok());
  model = tiny_->model;
  model.front_end.dft.pop_back();
  EXPECT_EQ(BuildLoginRelation(model, tiny_->login).error().code, ErrorCode::kMalformed);
  model = tiny_->model;
  for (int32_t& w : model.front_end.dft) w *= 2;  // the accumulator could wrap
  EXPECT_FALSE(BuildLoginRelation(model, tiny_->login).ok());
}

TEST(FramesForTest, IsTheSmallestEvenBuffer) {
  const FrontEndConfig c = TestFrontEnd();
  EXPECT_EQ(FramesFor(c, 0), 2U);
  EXPECT_EQ(FramesFor(c, c.Samples(256)), 256U);
  EXPECT_EQ(FramesFor(c, c.Samples(256) + 1), 258U);
}

}  // namespace
}  // namespace voizk
