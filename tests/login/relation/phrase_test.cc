// The phrase check on synthetic logits: what is accepted, what is refused, lying paths.
#include "login/relation/phrase.h"

#include <gtest/gtest.h>

#include <array>
#include <random>

#include "login/relation/phrase_states.h"
#include "login/relation/refusals.h"
#include "relation/gadgets/commit.h"
#include "support/relation_harness.h"

namespace voizk {
namespace {

constexpr uint32_t kFrames20 = 64;  // 20 ms frames

DecisionConfig Config() {
  DecisionConfig c;
  c.min_frames.fill(5);
  c.margin_base = 100;
  c.margin_per_digit = 20;
  c.inside_min = 20;
  c.outside_max = 6;
  c.digits = {.frames_max = 20,
              .voiced_min = 4,
              .voiced_percent = 30,
              .share_percent_lo = 50,
              .share_percent_hi = 170,
              .level_range = 3000};
  c.phrase_digits_min = 3;
  c.phrase_digits_max = 8;
  return c;
}

// Frames heard as `heard` (class per frame), sharply.
std::vector<int32_t> Logits(const std::vector<int32_t>& heard) {
  std::vector<int32_t> c(kFrames20 * kClasses, -20);
  for (size_t t = 0; t < kFrames20; ++t) c[t * kClasses + size_t(heard[t])] = 40;
  return c;
}

// Silence, then each class for `length` frames with pauses of 3 frames, then silence.
std::vector<int32_t> Speech(const std::vector<int32_t>& classes, size_t length) {
  std::vector<int32_t> heard(8, kClassSilence);
  for (const int32_t y : classes) {
    heard.insert(heard.end(), length, y);
    heard.insert(heard.end(), 3, kClassSilence);
  }
  heard.resize(kFrames20, kClassSilence);
  return heard;
}

std::vector<int32_t> VoicedWhere(const std::vector<int32_t>& heard) {
  std::vector<int32_t> voiced;
  for (const int32_t y : heard) voiced.insert(voiced.end(), 2, y == kClassSilence ? 0 : 1);
  return voiced;
}

class PhraseTest : public ::testing::Test {
 protected:
  explicit PhraseTest(std::vector<uint8_t> phrase = {3, 0, 7})
      : phrase_(std::move(phrase)), harness_(Make(phrase_.size())) {}

  static RelationHarness Make(size_t digits) {
    Builder b;
    const Shape logits = MakeShape({kFrames20, static_cast<uint32_t>(kClasses)});
    const TensorId c = gadgets::Input(b, "logits", logits, -127, 127);
    const TensorId v = gadgets::Input(b, "voiced", MakeShape({2 * kFrames20}), 0, 1);
    const TensorId e = gadgets::Input(b, "energy", MakeShape({2 * kFrames20}), 0, 30720);
    RequirePhrase(b, Config(), digits, c, v, e);
    return RelationHarness(std::move(b));
  }
  Inputs Of(const std::vector<int32_t>& heard) const {
    return {{kPhraseInput, {phrase_.begin(), phrase_.end()}},
            {"logits", Logits(heard)},
            {"voiced", VoicedWhere(heard)},
            {"energy", std::vector<int32_t>(2 * kFrames20, 12000)}};
  }
  std::string Refusal(const std::vector<int32_t>& heard) {
    const auto w = harness_.Run(Of(heard));
    if (w.ok()) {
      EXPECT_TRUE(harness_.Accepts(*w));
      return "";
    }
    EXPECT_EQ(w.error().code, ErrorCode::kRefused);
    return w.error().message;
  }

  std::vector<uint8_t> phrase_;
  RelationHarness harness_;
};

TEST_F(PhraseTest, AcceptsThePhraseWithPausesNoiseAndOh) {
  EXPECT_EQ(Refusal(Speech({3, 0, 7}, 10)), "");
  EXPECT_EQ(Refusal(Speech({3, kClassOh, 7}, 10)), "");
  EXPECT_EQ(Refusal(Speech({3, 0, 7}, 7)), "");
  std::vector<int32_t> touching(8, kClassSilence);
  for (const int32_t y : {3, 0, 7}) touching.insert(touching.end(), 12, y);
  touching.resize(kFrames20, kClassSilence);
  EXPECT_EQ(Refusal(touching), "");
  // Two frames misheard cost 60 each, within 160.
  std::vector<int32_t> slip = Speech({3, 0, 7}, 10);
  slip[10] = 4;
  slip[24] = kClassOther;
  EXPECT_EQ(Refusal(slip), "");
}

TEST_F(PhraseTest, RefusesOtherWords) {
  EXPECT_EQ(Refusal(Speech({3, 0, 8}, 10)), kRefuseWrongWords);
  EXPECT_EQ(Refusal(Speech({3, 7, 0}, 10)), kRefuseWrongWords);
  EXPECT_EQ(Refusal(Speech({3, 7}, 10)), kRefuseWrongWords);
  EXPECT_EQ(Refusal(Speech({3, 0, 7, 7}, 9)), kRefuseWrongWords);
  EXPECT_EQ(Refusal(Speech({3, 0, 7, 2}, 9)), kRefuseWrongWords);
  EXPECT_EQ(Refusal(Speech({3, 0, 7}, 2)), kRefuseWrongWords);  // shorter than min_frames
  // Too much voiced speech outside the phrase.
  std::vector<int32_t> long_talk = Speech({3, 0, 7}, 10);
  for (size_t t = 50; t < 60; ++t) long_talk[t] = kClassOther;
  EXPECT_EQ(Refusal(long_talk), kRefuseWrongWords);
}

TEST_F(PhraseTest, MaskIsVoicedPhraseFrames) {
  std::vector<int32_t> heard = Speech({3, 0, 7}, 10);
  heard[3] = kClassOther;  // voiced, outside
  const auto w = harness_.Run(Of(heard));
  ASSERT_TRUE(w.ok()) << w.error().message;
  const auto& mask = (*w)[harness_.Find("phrase.mask")];
  for (size_t t = 0; t < kFrames20; ++t) EXPECT_EQ(mask[t], heard[t] <= kClassOh ? 1 : 0) << t;
}

TEST_F(PhraseTest, TakesADearerPathWhereTheCheapestLeavesTooMuchInPauses) {
  // The first digit trails off: eight voiced frames in which "other" beats the digit by 3.
  std::vector<int32_t> heard = Speech({3, 0, 7}, 8);
  std::fill(heard.begin() + 13, heard.begin() + 21, kClassOther);
  std::fill(heard.begin() + 21, heard.begin() + 29, 0);
  Inputs inputs = Of(heard);
  for (size_t t = 13; t < 21; ++t) {
    inputs["logits"][t * kClasses + 3] = 37;
  }
  const auto w = harness_.Run(inputs);
  ASSERT_TRUE(w.ok()) << w.error().message;
  EXPECT_TRUE(harness_.Accepts(*w));
  // At 3 a frame the cheapest path would stop the digit after five frames and leave six or more in
  // the pause; the chosen one keeps within outside_max.
  const auto& mask = (*w)[harness_.Find("phrase.mask")];
  int outside = 0;
  for (size_t t = 0; t < kFrames20; ++t) outside += heard[t] != kClassSilence && mask[t] == 0;
  EXPECT_LE(outside, Config().outside_max);
}

class LyingPhrase : public PhraseTest {
 protected:
  /// The number among all phrases' states of a state of this phrase, counted 0 = G_0, 1 .. 5, 6 =
  /// G_1, and so on; others as they are.
  int32_t Numbered(int32_t state) const {
    const auto states = MakePhraseStates(Config(), phrase_);
    if (state < 0 || state >= states->count) return state;
    return NumbersOf(Config(), phrase_, *states)[static_cast<size_t>(state)];
  }
  // The hint's outputs changed by `lie`, local refusals skipped.
  bool Accepts(const std::vector<int32_t>& heard, const Hint& lie) {
    Relation lying = harness_.relation();
    std::erase_if(lying.steps, [](const Step& s) { return s.kind == StepKind::kCheckRange; });
    HintRegistry hints = LoginHints();
    hints[kViterbiHint] = [&lie](const HintCall& call) {
      const Status done = ViterbiHint(call);
      return done.ok() ? lie(call) : done;
    };
    const Inputs inputs = Of(heard);
    (void)harness_.Run(inputs);  // the statement's phrase
    const auto w = Execute(lying, inputs, nullptr, hints);
    return w.ok() && harness_.Accepts(*w);
  }
  /// The state with the position that goes with it.
  void SetState(const HintCall& call, size_t t, int32_t state, const PhraseTables& tables) const {
    call.outputs[kPhraseState][t] = state;
    const auto digits = phrase_.size();
    for (size_t i = 0; i < digits; ++i) {
      const bool at = tables.position[static_cast<size_t>(state)] == static_cast<int32_t>(i) + 1;
      call.outputs[kPhrasePosition][t * digits + i] = at ? 1 : 0;
    }
  }
  static void SetLabel(const HintCall& call, size_t t, int32_t y) {
    for (size_t k = 0; k < kClasses; ++k) {
      call.outputs[kPhraseLabel][t * kClasses + k] = k == size_t(y) ? 1 : 0;
    }
  }
};

TEST_F(LyingPhrase, TheTruthPassesAndWrongWordsDoNot) {
  const Hint honest = [](const HintCall&) { return Status(); };
  EXPECT_TRUE(Accepts(Speech({3, 0, 7}, 10), honest));
  EXPECT_FALSE(Accepts(Speech({3, 0, 8}, 10), honest));  // the cheapest path costs too much
}

TEST_F(LyingPhrase, CannotSkipADigit) {
  // From the first digit's last state straight to the pause after the second.
  const auto said = Speech({3, 7}, 10);
  const auto tables = MakePhraseTables(Config(), 3);
  ASSERT_TRUE(tables.ok());
  size_t missteps = 0;
  EXPECT_FALSE(Accepts(said, [&](const HintCall& call) {
    int32_t before = 0;
    for (size_t t = 0; t < kFrames20; ++t) {
      const int32_t state = Numbered(t < 8    ? 0
                                     : t < 18 ? std::min<int32_t>(5, int32_t(t) - 7)
                                     : t < 21 ? 12
                                     : t < 31 ? std::min<int32_t>(17, int32_t(t) - 8)
                                              : 18);
      SetState(call, t, state, *tables);
      SetLabel(call, t, said[t]);
      const std::pair<int32_t, int32_t> step{before, state};
      missteps +=
          t > 0 && std::count(tables->transitions.begin(), tables->transitions.end(), step) == 0;
      before = state;
    }
    return Status();
  }));
  EXPECT_EQ(missteps, 1u);  // labels and positions fit every state: the jump alone is wrong
}

TEST_F(LyingPhrase, CannotLabelSilenceAsADigitForFree) {
  // The path of the right phrase over silence, its cost understated by choosing M below a logit.
  const std::vector<int32_t> nothing(kFrames20, kClassSilence);
  for (const bool lower_max : {false, true}) {
    EXPECT_FALSE(Accepts(nothing, [&](const HintCall& call) {
      if (!lower_max) return Status();
      for (size_t t = 0; t < kFrames20; ++t) call.outputs[kPhraseMax][t] = -20;
      return Status();
    }));
  }
}

TEST_F(LyingPhrase, LabelsFollowStatesAndAreOneHot) {
  const auto heard = Speech({3, 0, 7}, 10);
  // A cheaper label than the state's: frame 10 was misheard as 4.
  auto slip = heard;
  slip[10] = 4;
  EXPECT_FALSE(Accepts(slip, [](const HintCall& call) {
    SetLabel(call, 10, 4);
    return Status();
  }));
  // Two labels in one frame, and none: sum 2 and 0.  Half labels are no booleans.
  EXPECT_FALSE(Accepts(heard, [](const HintCall& call) {
    call.outputs[kPhraseLabel][10 * kClasses + 0] = 1;  // 0*1 leaves the label's number
    return Status();
  }));
  EXPECT_FALSE(Accepts(heard, [](const HintCall& call) {
    SetLabel(call, 10, 99);
    return Status();
  }));
}

TEST_F(LyingPhrase, StatesMoveOnlyForward) {
  const auto heard = Speech({3, 0, 7}, 10);
  for (const int32_t state : {0, 1, 7, 18, 1000, -1}) {
    EXPECT_FALSE(Accepts(heard, [&](const HintCall& call) {
      call.outputs[kPhraseState][24] = Numbered(state);
      return Status();
    })) << state;
  }
  // Back to the first sub-state of the same digit: label, position and digit fit.
  EXPECT_FALSE(Accepts(heard, [&](const HintCall& call) {
    EXPECT_EQ(call.outputs[kPhraseState][25], Numbered(11));
    call.outputs[kPhraseState][25] = Numbered(7);
    return Status();
  }));
  // Starting inside the phrase: the first digit was never said.
  const auto tables = MakePhraseTables(Config(), 3);
  ASSERT_TRUE(tables.ok());
  EXPECT_FALSE(Accepts(Speech({0, 7}, 10), [&](const HintCall& call) {
    const auto said = Speech({0, 7}, 10);
    for (size_t t = 0; t < kFrames20; ++t) {
      SetState(call, t,
               Numbered(t < 8    ? 6
                        : t < 18 ? std::min<int32_t>(11, int32_t(t) - 1)
                        : t < 21 ? 12
                        : t < 31 ? std::min<int32_t>(17, int32_t(t) - 8)
                                 : 18),
               *tables);
      SetLabel(call, t, said[t]);
    }
    return Status();
  }));
}

TEST_F(LyingPhrase, PositionsFollowStates) {
  const auto heard = Speech({3, 0, 7}, 10);
  // Frame 24 is of the second digit: none, another, two at once, one in a pause.
  const std::vector<std::array<int32_t, 4>> lies{{24, 0, 0, 0}, {24, 1, 0, 0}, {24, 0, 0, 1},
                                                 {24, 1, 1, 0}, {2, 1, 0, 0},  {24, -1, 2, 0}};
  for (const auto& [t, first, second, third] : lies) {
    EXPECT_FALSE(Accepts(heard,
                         [&](const HintCall& call) {
                           int32_t* row =
                               &call.outputs[kPhrasePosition][static_cast<size_t>(t) * 3];
                           row[0] = first, row[1] = second, row[2] = third;
                           return Status();
                         }))
        << t << ": " << first << second << third;
  }
}

TEST_F(PhraseTest, RefusesUnevenDigits) {
  EXPECT_EQ(Refusal(Speech({3, 0, 7}, 10)), "");
  // All of the second digit below the threshold; one digit held.
  const auto heard = Speech({3, 0, 7}, 10);
  Inputs inputs = Of(heard);
  for (size_t t = 21; t < 31; ++t) inputs["voiced"][2 * t] = 0;
  const auto quiet = harness_.Run(inputs);
  ASSERT_FALSE(quiet.ok());
  EXPECT_EQ(quiet.error().message, kRefuseUneven);
  std::vector<int32_t> held = Speech({3, 0, 7}, 7);
  held.insert(held.begin() + 10, 22, 3);
  held.resize(kFrames20, kClassSilence);
  EXPECT_EQ(Refusal(held), kRefuseUneven);
}

TEST_F(LyingPhrase, MaskCannotBeChosen) {
  const auto heard = Speech({3, 0, 7}, 10);
  const auto w = harness_.Run(Of(heard));
  ASSERT_TRUE(w.ok());
  for (const size_t t : {size_t{2}, size_t{10}, size_t{60}}) {
    auto mask = (*w)[harness_.Find("phrase.mask")];
    mask[t] = 1 - mask[t];
    EXPECT_FALSE(harness_.AcceptsLie(Of(heard), *w, "phrase.mask", mask));
  }
}

TEST(PhraseStatesTest, CountsAndAlternatives) {
  const auto s = MakePhraseStates(Config(), std::vector<uint8_t>{3, 0, 7});
  ASSERT_TRUE(s.ok());
  EXPECT_EQ(s->count, 3 * 5 + 4);
  EXPECT_EQ(s->first, (std::vector<int32_t>{0, 1}));
  EXPECT_EQ(s->last, (std::vector<int32_t>{17, 18}));
  EXPECT_EQ(s->labels.size(), 2U * 4 + 2 * 5 + 10);
  EXPECT_EQ(s->position,
            (std::vector<int32_t>{0, 1, 1, 1, 1, 1, 0, 2, 2, 2, 2, 2, 0, 3, 3, 3, 3, 3, 0}));
}

TEST(PhraseStatesTest, RefusesPhrasesThatAreNone) {
  for (const std::vector<uint8_t>& p : std::vector<std::vector<uint8_t>>{
           {}, {1, 2}, {1, 1, 2}, {1, 2, 10}, {1, 2, 1, 2, 1, 2, 1, 2, 1}}) {
    EXPECT_FALSE(MakePhraseStates(Config(), p).ok());
  }
}

// What is left of the tables of all phrases where every position has the phrase's digit is, number
// by number, the states of that phrase: nothing else can be walked, and nothing of it is missing.
TEST(PhraseTablesTest, HoldEveryPhraseAndNothingElse) {
  DecisionConfig c = Config();
  for (size_t d = 0; d < 10; ++d) c.min_frames[d] = 1 + static_cast<int32_t>(d * 7 % 5);
  std::mt19937 rng(4);
  for (int trial = 0; trial < 60; ++trial) {
    std::vector<uint8_t> phrase(3 + rng() % 6);
    for (size_t i = 0; i < phrase.size(); ++i) {
      do {
        phrase[i] = static_cast<uint8_t>(rng() % 10);
      } while (i > 0 && phrase[i] == phrase[i - 1]);
    }
    const auto tables = MakePhraseTables(c, phrase.size());
    const auto states = MakePhraseStates(c, phrase);
    ASSERT_TRUE(tables.ok() && states.ok());
    const std::vector<int32_t> number = NumbersOf(c, phrase, *states);
    ASSERT_EQ(number.size(), static_cast<size_t>(states->count));
    ASSERT_TRUE(std::is_sorted(number.begin(), number.end()));
    const auto of_phrase = [&](int32_t state) {
      const auto at = static_cast<size_t>(state);
      return tables->position[at] == 0 ||
             tables->digit[at] == phrase[static_cast<size_t>(tables->position[at] - 1)];
    };
    const auto numbered = [&](std::vector<std::pair<int32_t, int32_t>> pairs, bool both) {
      for (auto& [from, to] : pairs) {
        from = number[static_cast<size_t>(from)];
        if (both) to = number[static_cast<size_t>(to)];
      }
      std::sort(pairs.begin(), pairs.end());
      return pairs;
    };
    const auto kept = [&](std::vector<std::pair<int32_t, int32_t>> pairs, bool both) {
      std::erase_if(pairs, [&](const auto& p) {
        return !of_phrase(p.first) || (both && !of_phrase(p.second));
      });
      std::sort(pairs.begin(), pairs.end());
      return pairs;
    };
    EXPECT_EQ(kept(tables->labels, false), numbered(states->labels, false));
    EXPECT_EQ(kept(tables->transitions, true), numbered(states->transitions, true));
    const auto ends = [&](std::vector<int32_t> all, std::vector<int32_t> some) {
      std::erase_if(all, [&](int32_t state) { return !of_phrase(state); });
      for (int32_t& state : some) state = number[static_cast<size_t>(state)];
      std::sort(all.begin(), all.end());
      std::sort(some.begin(), some.end());
      EXPECT_EQ(all, some);
    };
    ends(tables->first, states->first);
    ends(tables->last, states->last);
    for (size_t k = 0; k < number.size(); ++k) {
      EXPECT_EQ(tables->position[static_cast<size_t>(number[k])], states->position[k]);
    }
  }
}

// 3 0 8 was said, cheaply and evenly.  The prover walks the chain of 8, which the tables know, for
// the phrase 3 0 7; only what ties digits to the statement is against it.
TEST_F(LyingPhrase, AnotherDigitsChainIsNotThePhrases) {
  const auto said = Speech({3, 0, 8}, 10);
  const Hint walk = [](const HintCall& call) {
    for (const auto& output : call.outputs) std::fill(output.begin(), output.end(), 0);
    std::vector<SecureVector<int64_t>> views(call.views.begin(), call.views.end());
    views[3] = {3, 0, 8};
    return ViterbiHint({views, call.params, call.outputs});
  };
  EXPECT_FALSE(Accepts(said, walk));
  phrase_ = {3, 0, 8};
  EXPECT_TRUE(Accepts(said, walk));
}

}  // namespace
}  // namespace voizk
