// The relation of a proven enrolment whole, on tiny networks: what it accepts, and provers who skip
// every local refusal: with a foreign voice, too little speech, a template that is not of all
// recordings, and other phrases.
#include "login/relation/enrolment_relation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "login/relation/commitment.h"
#include "login/relation/cosine.h"
#include "login/relation/phrase.h"
#include "login/relation/refusals.h"
#include "login/relation/template.h"
#include "speech/features/level.h"
#include "speech/features/refusals.h"
#include "support/relation_harness.h"
#include "support/tiny_login.h"

namespace voizk {
namespace {

constexpr size_t kRecordings = 3;

/// A score below the threshold, whose difference is negative, told as one that reaches it.
HintRegistry NoRefusals() {
  HintRegistry hints = LoginHints();
  hints[kCosineHint] = [honest = hints.at(kCosineHint)](const HintCall& call) -> Status {
    VOIZK_RETURN_IF_ERROR(honest(call));
    int32_t& highest = call.outputs[kCosDifference][6];
    highest = std::max(highest, 0);
    return {};
  };
  return hints;
}

/// Three recordings of one signal, or with another one in a place.
class EnrolmentRelationTest : public ::testing::Test {
 protected:
  EnrolmentRelationTest() : tiny_(*MakeTinyLogin()) {
    tiny_.model.decision.theta_q12 = 4090;
    recordings_.assign(kRecordings, TestSignal("bursts"));
    enrolment_.relying_party = "example.org";
    // One phrase for all: random networks pool other frames for another one, which is another
    // voice.
    enrolment_.phrases.assign(kRecordings, {4, 0, 7, 1, 9});
  }

  static EnrolmentShape Shape() { return {256, kRecordings, 5}; }
  RelationHarness Harness() const {
    auto certified = CertifyEnrolmentRelation(tiny_.model, Shape());
    EXPECT_TRUE(certified.ok()) << certified.error().message;
    return RelationHarness(Relation(**certified));
  }

  Inputs InputsFor(const VoiceTemplate& values) {
    enrolment_.commitment =
        ComputeCommitment(values, tiny_.salt, enrolment_.relying_party, tiny_.model.bundle_digest);
    const std::vector<std::span<const int16_t>> spans(recordings_.begin(), recordings_.end());
    return *EnrolmentInputs(
        tiny_.model.front_end, Shape().frames, spans, tiny_.salt,
        *EnrolmentPublicInputs(tiny_.model.decision, tiny_.model.bundle_digest, enrolment_));
  }

  /// The embedding that the relation of one recording alone finds.
  Embedding EmbeddingOf(size_t i) const {
    const auto r = BuildSpokenPhraseRelation(tiny_.model, {Shape().frames, Shape().digits});
    EXPECT_TRUE(r.ok());
    Inputs inputs = *SplitPcm(tiny_.model.front_end, Shape().frames, recordings_[i]);
    inputs[kPhraseInput].assign(enrolment_.phrases[i].begin(), enrolment_.phrases[i].end());
    const auto executor = Executor::Make(*r, LoginHints());
    const auto found = executor->Infer(inputs, {kEnrolEmbedding}, nullptr);
    EXPECT_TRUE(found.ok()) << found.error().message;
    Embedding e;
    if (found.ok()) std::copy_n(found->at(kEnrolEmbedding).begin(), kEmbeddingSize, e.begin());
    return e;
  }
  VoiceTemplate TemplateOf(size_t count) const {
    std::vector<Embedding> embeddings;
    for (size_t i = 0; i < count; ++i) embeddings.push_back(EmbeddingOf(i));
    return *AverageEmbeddings(tiny_.model.decision, embeddings);
  }

  TinyLogin tiny_;
  std::vector<std::vector<int16_t>> recordings_;
  EnrolmentPublic enrolment_;
};

TEST_F(EnrolmentRelationTest, OneVoiceIsAccepted) {
  const RelationHarness h = Harness();
  ASSERT_TRUE(h.ok());
  const Inputs inputs = InputsFor(TemplateOf(kRecordings));
  const auto w = h.Run(inputs);
  ASSERT_TRUE(w.ok()) << w.error().message;
  EXPECT_TRUE(h.Accepts(*w));
  EXPECT_TRUE(h.AcceptsUnchecked(inputs, NoRefusals()));
}

TEST_F(EnrolmentRelationTest, AForeignVoiceIsRejectedWhereverItIs) {
  const RelationHarness h = Harness();
  for (size_t i = 0; i < kRecordings; ++i) {
    recordings_.assign(kRecordings, TestSignal("bursts"));
    recordings_[i] = TestSignal("padded");
    const Inputs inputs = InputsFor(TemplateOf(kRecordings));
    const auto w = h.Run(inputs);
    ASSERT_FALSE(w.ok());
    EXPECT_EQ(w.error().message, kRefuseNotThisVoice);
    EXPECT_FALSE(h.AcceptsUnchecked(inputs, NoRefusals())) << i;
  }
}

TEST_F(EnrolmentRelationTest, TooLittleSpeechIsRejected) {
  const Inputs inputs = InputsFor(TemplateOf(kRecordings));
  tiny_.model.decision.enrol_voiced_min = kRecordings * 256;
  const RelationHarness h = Harness();
  const auto w = h.Run(inputs);
  ASSERT_FALSE(w.ok());
  EXPECT_EQ(w.error().message, kRefuseTooShort);
  EXPECT_FALSE(h.AcceptsUnchecked(inputs, NoRefusals()));
}

// The template is that of the sum of all recordings, not of some of them.
TEST_F(EnrolmentRelationTest, ATemplateOfOthersIsRejected) {
  recordings_[2] = TestSignal("padded");
  tiny_.model.decision.theta_q12 = 1;
  const RelationHarness h = Harness();
  const VoiceTemplate all = TemplateOf(kRecordings), two = TemplateOf(2);
  ASSERT_FALSE(std::ranges::equal(all, two));
  const Inputs honest = InputsFor(all);
  const auto w = h.Run(honest);
  ASSERT_TRUE(w.ok()) << w.error().message;
  ASSERT_TRUE(h.Accepts(*w));
  EXPECT_TRUE(h.AcceptsLie(honest, *w, "enrol.template", {all.begin(), all.end()}));
  // Committed to in place of the right one, without and with saying so inside.
  const Inputs lying = InputsFor(two);
  (void)h.Run(lying);  // states it
  EXPECT_FALSE(h.AcceptsUnchecked(lying, NoRefusals()));
  EXPECT_FALSE(h.AcceptsLie(lying, *w, "enrol.template", {two.begin(), two.end()}));
}

TEST_F(EnrolmentRelationTest, EveryPhraseMatters) {
  const RelationHarness h = Harness();
  const VoiceTemplate values = TemplateOf(kRecordings);
  const auto w = h.Run(InputsFor(values));
  ASSERT_TRUE(w.ok()) << w.error().message;
  ASSERT_TRUE(h.Accepts(*w));
  for (size_t i = 0; i < kRecordings; ++i) {
    const auto asked = std::exchange(enrolment_.phrases[i], {5, 6, 5, 6, 5});
    (void)h.Run(InputsFor(values));  // states it
    EXPECT_FALSE(h.Accepts(*w)) << i;
    enrolment_.phrases[i] = asked;
  }
}

TEST_F(EnrolmentRelationTest, ShapesThatAreNoEnrolment) {
  const auto code = [&](const EnrolmentShape& shape) {
    return CertifyEnrolmentRelation(tiny_.model, shape).error().code;
  };
  EXPECT_EQ(code({256, 1, 5}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({256, 9, 5}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({255, 3, 5}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({256, 3, 1}), ErrorCode::kInvalidArgument);
  tiny_.model.decision.enrol_voiced_min = 3 * 256 + 1;
  EXPECT_EQ(code({256, 3, 5}), ErrorCode::kUnsupported);
  tiny_.model.decision.enrol_voiced_min = 0;
  tiny_.model.decision.enrol_min_utterances = 9;
  EXPECT_EQ(code({256, 8, 5}), ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace voizk
