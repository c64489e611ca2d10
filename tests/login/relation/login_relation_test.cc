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
  Result<Relation> Build() const { return BuildLoginRelation(tiny_->model, tiny_->Shape()); }

  Result<TinyLogin> tiny_;
};

TEST_F(LoginRelationTest, HonestLoginIsAccepted) {
  const auto r = Build();
  ASSERT_TRUE(r.ok()) << r.error().message;
  const auto w = Run(*r, tiny_->SecretInputs());
  ASSERT_TRUE(w.ok()) << w.error().message;
  const Status checked = CheckRelation(*r, *w, tiny_->Publics());
  EXPECT_TRUE(checked.ok()) << checked.error().message;
}

TEST_F(LoginRelationTest, EveryPublicValueMatters) {
  const auto r = Build();
  ASSERT_TRUE(r.ok());
  const auto w = Run(*r, tiny_->SecretInputs());
  ASSERT_TRUE(w.ok());
  ASSERT_TRUE(CheckRelation(*r, *w, tiny_->Publics()).ok());
  // Public inputs: the same relation, which the witness no longer satisfies.
  const auto stated = [&](auto change) {
    TinyLogin other = *tiny_;
    change(other);
    EXPECT_EQ(RelationDigest(*BuildLoginRelation(other.model, other.Shape())), RelationDigest(*r));
    return CheckRelation(*r, *w, other.Publics()).ok();
  };
  EXPECT_FALSE(stated([](TinyLogin& t) { t.login.commitment[31] ^= 1; }));
  EXPECT_FALSE(stated([](TinyLogin& t) { t.login.relying_party = "example.com"; }));
  EXPECT_FALSE(stated([](TinyLogin& t) { t.model.bundle_digest[0] ^= 1; }));
  EXPECT_FALSE(stated([](TinyLogin& t) { t.login.phrase = {4, 0, 7, 1, 8}; }));
  // The bundle, bucket and number of digits: another relation.
  const auto built = [&](auto change) {
    TinyLogin other = *tiny_;
    change(other);
    const auto changed = BuildLoginRelation(other.model, other.Shape());
    EXPECT_TRUE(changed.ok());
    EXPECT_NE(RelationDigest(*changed), RelationDigest(*r));
    return CheckRelation(*changed, *w, other.Publics()).ok();
  };
  EXPECT_FALSE(built([](TinyLogin& t) { t.login.phrase = {4, 0, 7, 1, 9, 2}; }));
  EXPECT_FALSE(built([](TinyLogin& t) { t.frames = 384; }));
  EXPECT_FALSE(built([](TinyLogin& t) { t.model.decision.inside_min = 100; }));
  EXPECT_FALSE(built([](TinyLogin& t) { t.model.front_end.vad_above_noise += 2000; }));
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
    EXPECT_FALSE(w.ok() && CheckRelation(*r, *w, tiny_->Publics()).ok());
  }
}

TEST_F(LoginRelationTest, ShapesThatAreNoLogin) {
  const LoginShape shape = tiny_->Shape();
  EXPECT_EQ(BuildLoginRelation(tiny_->model, {255, shape.digits}).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(BuildLoginRelation(tiny_->model, {256, 1}).error().code, ErrorCode::kInvalidArgument);
  LoginPublic login = tiny_->login;
  for (const std::vector<uint8_t>& phrase :
       {std::vector<uint8_t>{1, 1, 2, 3, 4}, {1, 2, 10, 3, 4}, {1, 2}}) {
    login.phrase = phrase;
    EXPECT_EQ(
        LoginPublicInputs(tiny_->model.decision, tiny_->model.bundle_digest, login).error().code,
        ErrorCode::kInvalidArgument);
  }
  LoginModel model = tiny_->model;
  model.embedding = TinyRecogniser;
  EXPECT_FALSE(BuildLoginRelation(model, shape).ok());
  model = tiny_->model;
  model.front_end.dft.pop_back();
  EXPECT_EQ(BuildLoginRelation(model, shape).error().code, ErrorCode::kMalformed);
  model = tiny_->model;
  for (int32_t& w : model.front_end.dft) w *= 2;  // the accumulator could wrap
  EXPECT_FALSE(BuildLoginRelation(model, shape).ok());
}

TEST(FramesForTest, IsTheSmallestEvenBuffer) {
  const FrontEndConfig c = TestFrontEnd();
  EXPECT_EQ(FramesFor(c, 0), 2U);
  EXPECT_EQ(FramesFor(c, c.Samples(256)), 256U);
  EXPECT_EQ(FramesFor(c, c.Samples(256) + 1), 258U);
}

}  // namespace
}  // namespace voizk
