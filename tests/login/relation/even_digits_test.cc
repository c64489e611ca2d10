// Every digit carries its share of the voice: what the honest prover refuses, and that a prover who
// skips the refusal and computes the rest consistently satisfies no relation.
#include "login/relation/even_digits.h"

#include <gtest/gtest.h>

#include "login/relation/refusals.h"
#include "relation/gadgets/commit.h"
#include "support/relation_harness.h"

namespace voizk {
namespace {

constexpr uint32_t kFrames = 80;
constexpr uint32_t kDigits = 4;

EvenDigits Bounds() {
  return {.frames_max = 20,
          .voiced_min = 4,
          .voiced_percent = 40,
          .share_percent_lo = 50,
          .share_percent_hi = 180,
          .level_range = 2000};
}

/// One digit: frames, how many of them are voiced, the energy of those.
struct Spoken {
  int frames = 10, voiced = 8, energy = 12000;
};

Inputs Of(const std::vector<Spoken>& digits) {
  std::vector<int32_t> position(kFrames * kDigits, 0), mask(kFrames, 0), energy(2 * kFrames, 7500);
  size_t t = 2;
  for (size_t k = 0; k < digits.size(); ++k) {
    for (int f = 0; f < digits[k].frames; ++f, ++t) {
      position[t * kDigits + k] = 1;
      mask[t] = f < digits[k].voiced ? 1 : 0;
      if (mask[t] == 1) energy[2 * t] = digits[k].energy;
    }
    ++t;
  }
  return {{"position", position}, {"mask", mask}, {"energy", energy}};
}

class EvenDigitsTest : public ::testing::Test {
 protected:
  static RelationHarness Make(const EvenDigits& c) {
    Builder b;
    const TensorId position = gadgets::Input(b, "position", MakeShape({kFrames, kDigits}), 0, 1);
    const TensorId mask = gadgets::Input(b, "mask", MakeShape({kFrames}), 0, 1);
    const TensorId energy = gadgets::Input(b, "energy", MakeShape({2 * kFrames}), 0, 30720);
    RequireEvenDigits(b, c, position, mask, energy);
    return RelationHarness(std::move(b));
  }

  /// What holds of these digits is proven; what does not is refused, and no proof would help.
  void Expect(bool even, const std::vector<Spoken>& digits, const std::string& what) {
    const auto honest = harness_.Run(Of(digits));
    EXPECT_EQ(honest.ok(), even) << what;
    if (!honest.ok()) {
      EXPECT_EQ(honest.error().code, ErrorCode::kRefused) << what;
      EXPECT_EQ(honest.error().message, kRefuseUneven) << what;
    }
    EXPECT_EQ(AcceptsAnyway(Of(digits), LoginHints()), even) << what;
  }

  bool AcceptsAnyway(const Inputs& inputs, const HintRegistry& hints) const {
    Relation lying = harness_.relation();
    std::erase_if(lying.steps, [](const Step& s) { return s.kind == StepKind::kCheckRange; });
    const auto w = Execute(lying, inputs, nullptr, hints);
    return w.ok() && harness_.Accepts(*w);
  }

  RelationHarness harness_ = Make(Bounds());
};

TEST_F(EvenDigitsTest, EvenSpeechPasses) {
  Expect(true, {{}, {}, {}, {}}, "alike");
  Expect(true, {{6, 4, 12500}, {14, 12, 11000}, {10, 8, 12000}, {9, 7, 12900}}, "as people speak");
}

TEST_F(EvenDigitsTest, EachBoundFromBothSides) {
  Expect(true, {{20, 10}, {}, {}, {}}, "the longest");
  Expect(false, {{21, 10}, {}, {}, {}}, "one frame longer");
  Expect(true, {{6, 4}, {10, 6}, {10, 6}, {10, 6}}, "just voiced");
  Expect(false, {{6, 3}, {10, 4}, {10, 4}, {10, 4}}, "three voiced frames");
  Expect(true, {{20, 8}, {}, {}, {}}, "40 % voiced");
  Expect(false, {{20, 7}, {}, {}, {}}, "35 % voiced");
  Expect(true, {{10, 4}, {10, 9}, {10, 9}, {10, 10}}, "half of the mean");
  Expect(false, {{10, 4}, {10, 10}, {10, 10}, {10, 9}}, "less than half of the mean");
  Expect(true, {{20, 18}, {10, 8}, {10, 7}, {10, 7}}, "1.8 times the mean");
  Expect(false, {{20, 19}, {10, 8}, {10, 7}, {10, 7}}, "more than 1.8 times the mean");
  Expect(true, {{10, 8, 14000}, {}, {}, {}}, "2000 above the others");
  Expect(false, {{10, 8, 14001}, {}, {}, {}}, "2001 above the others");
  Expect(false, {{10, 8, 9999}, {}, {}, {}}, "2001 below the others");
  Expect(false, {{10, 0}, {}, {}, {}}, "a digit without voice");
}

TEST_F(EvenDigitsTest, OneVoiceCarriesAnotherSpeaks) {
  // The finding: one loud digit, looped; the others said below the threshold.
  Expect(false, {{40, 36, 15000}, {6, 1, 12500}, {6, 1, 12500}, {6, 1, 12500}}, "the attack");
}

TEST_F(EvenDigitsTest, NoLoudestHelps) {
  const Inputs uneven = Of({{10, 8, 14001}, {}, {}, {}});
  for (const int32_t loudest : {0, 11999, 12000, 13999, 14000, 14002, 16000, 32767}) {
    HintRegistry hints = LoginHints();
    hints[kDigitLevelHint] = [loudest](const HintCall& call) {
      call.outputs[0][0] = loudest;
      return Status();
    };
    EXPECT_FALSE(AcceptsAnyway(uneven, hints)) << loudest;
  }
}

TEST_F(EvenDigitsTest, CountsAndSumsCannotBeChosen) {
  const Inputs uneven = Of({{10, 0}, {}, {}, {}});
  const auto honest = harness_.Run(Of({{}, {}, {}, {}}));
  ASSERT_TRUE(honest.ok()) << honest.error().message;
  for (const char* name :
       {"phrase.digit_voiced", "phrase.level_sum", "phrase.pooled_energy", "phrase.at_loudest"}) {
    const auto& values = (*honest)[harness_.Find(name)];
    EXPECT_FALSE(harness_.AcceptsLie(uneven, *honest, name, values)) << name;
  }
}

}  // namespace
}  // namespace voizk
