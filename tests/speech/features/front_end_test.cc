// The proven front end against the vectors of the numpy reference (tools/train/make_vectors.py).
#include "speech/features/front_end.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "speech/features/level.h"
#include "speech/features/mean_norm.h"
#include "speech/features/refusals.h"
#include "support/bundle_constants.h"
#include "support/relation_harness.h"

namespace voizk {
namespace {

constexpr uint32_t kFrames = 256;

Inputs PcmOf(const FrontEndConfig& c, uint32_t frames, const std::vector<int16_t>& pcm) {
  const auto split = SplitPcm(c, frames, pcm);
  EXPECT_TRUE(split.ok());
  return *split;
}

RelationHarness FrontEndRelation(const FrontEndConfig& c, uint32_t frames, bool with_mfcc) {
  Builder b;
  const FrontEnd f = AddFrontEnd(b, c, frames);
  if (with_mfcc) AddMfcc(b, c, f.log);
  return RelationHarness(std::move(b));
}

class FrontEndVectors : public ::testing::TestWithParam<int> {};

TEST_P(FrontEndVectors, MatchTheReference) {
  const auto expected = ReadJson(VectorPath("features.json"))["cases"][size_t(GetParam())];
  const std::string name = expected["name"];
  const FrontEndConfig c = TestFrontEnd();
  ASSERT_TRUE(CheckFrontEnd(c).ok());
  const RelationHarness h = FrontEndRelation(c, kFrames, true);
  ASSERT_TRUE(h.ok());
  const auto w = h.Run(PcmOf(c, kFrames, TestSignal(name)));
  if (!expected["snr_ok"].get<bool>()) {
    ASSERT_FALSE(w.ok()) << name;
    EXPECT_EQ(w.error().code, ErrorCode::kRefused);
    EXPECT_EQ(w.error().message, kRefuseNoisy);
    return;
  }
  ASSERT_TRUE(w.ok()) << name << ": " << w.error().message;
  const Status checked = CheckRelation(h.relation(), *w);
  EXPECT_TRUE(checked.ok()) << checked.error().message;
  const auto cells = [&](const char* tensor) { return (*w)[h.Find(tensor)]; };
  EXPECT_EQ(cells("level.peak")[0], expected["peak"].get<int32_t>());
  EXPECT_EQ(cells("level.gain")[0], expected["gain"].get<int32_t>());
  EXPECT_EQ(cells("vad.peak")[0], expected["peak_energy"].get<int32_t>());
  EXPECT_EQ(cells("vad.noise")[0], expected["noise"].get<int32_t>());
  EXPECT_EQ(cells("vad.theta")[0], expected["theta"].get<int32_t>());
  EXPECT_EQ(Checksum(cells("level.x1"), c.Samples(kFrames)),
            expected["x1_checksum"].get<int64_t>());
  EXPECT_EQ(Checksum(cells("spectrum")), expected["spectrum_checksum"].get<int64_t>());
  EXPECT_EQ(Checksum(cells("vad.energy")), expected["energy_checksum"].get<int64_t>());
  EXPECT_EQ(Checksum(cells("features")), expected["features_checksum"].get<int64_t>());
  EXPECT_EQ(Checksum(cells("mfcc")), expected["mfcc_checksum"].get<int64_t>());
  EXPECT_EQ(cells("cmn.mean"), expected["mu"].get<std::vector<int32_t>>());
  std::string voiced;
  for (const int32_t v : cells("vad.voiced")) voiced += static_cast<char>('0' + v);
  EXPECT_EQ(voiced, expected["voiced"].get<std::string>());
}

INSTANTIATE_TEST_SUITE_P(Signals, FrontEndVectors, ::testing::Range(0, 4));

TEST(FrontEndRefusals, SayWhatIsWrong) {
  const FrontEndConfig c = TestFrontEnd();
  const RelationHarness h = FrontEndRelation(c, kFrames, false);
  ASSERT_TRUE(h.ok());
  const auto refusal = [&](const std::vector<int16_t>& pcm) {
    const auto w = h.Run(PcmOf(c, kFrames, pcm));
    EXPECT_FALSE(w.ok());
    return w.ok() ? std::string() : w.error().message;
  };
  EXPECT_EQ(refusal({}), kRefuseSilent);
  EXPECT_EQ(refusal(std::vector<int16_t>(c.Samples(kFrames), 63)), kRefuseSilent);
  std::vector<int16_t> brief = TestSignal("bursts");
  brief.resize(2500);
  EXPECT_EQ(refusal(brief), kRefuseTooShort);
  EXPECT_FALSE(SplitPcm(c, kFrames, std::vector<int16_t>(c.Samples(kFrames) + 1)).ok());
}

// Each lie is followed consistently by everything computed after it.
class LyingFrontEnd : public ::testing::Test {
 protected:
  LyingFrontEnd() : harness_(FrontEndRelation(config_, kFrames, false)) {
    inputs_ = PcmOf(config_, kFrames, TestSignal("bursts"));
    auto w = harness_.Run(inputs_);
    EXPECT_TRUE(w.ok() && harness_.Accepts(*w));
    if (w.ok()) honest_ = std::move(*w);
  }
  std::vector<int32_t> Honest(const char* name) { return honest_[harness_.Find(name)]; }
  bool AcceptsLie(const char* name, std::vector<int32_t> values) {
    return harness_.AcceptsLie(inputs_, honest_, name, std::move(values));
  }

  FrontEndConfig config_ = TestFrontEnd();
  RelationHarness harness_;
  Inputs inputs_;
  Witness honest_;
};

TEST_F(LyingFrontEnd, TheHarnessAcceptsTheTruth) {
  for (const char* name : {"level.gain", "vad.voiced", "vad.noise", "vad.peak", "log.exponent"}) {
    EXPECT_TRUE(AcceptsLie(name, Honest(name))) << name;
  }
}

TEST_F(LyingFrontEnd, CannotDropOrInventVoicedFrames) {
  const std::vector<int32_t> voiced = Honest("vad.voiced");
  for (const size_t t : {size_t{0}, size_t{60}, size_t{255}}) {
    std::vector<int32_t> lie = voiced;
    lie[t] = 1 - lie[t];
    EXPECT_FALSE(AcceptsLie("vad.voiced", lie)) << t;
  }
  std::vector<int32_t> live = Honest("vad.live");
  live[0] = 1 - live[0];
  EXPECT_FALSE(AcceptsLie("vad.live", live));
}

TEST_F(LyingFrontEnd, CannotMoveTheThreshold) {
  for (const char* name : {"vad.noise", "vad.peak", "vad.theta", "vad.minus_near"}) {
    for (const int32_t step : {-1, 1, 300}) {
      std::vector<int32_t> lie = Honest(name);
      lie[0] += step;
      EXPECT_FALSE(AcceptsLie(name, lie)) << name << " " << step;
    }
  }
}

// Another gain with everything else of the level stage computed for it, so that all of x1 is right
// for the wrong gain.
TEST_F(LyingFrontEnd, CannotChooseTheGain) {
  const auto with_gain = [&](int32_t gain) {
    Relation lying = harness_.relation();
    std::erase_if(lying.steps, [](const Step& s) { return s.kind == StepKind::kCheckRange; });
    HintRegistry hints = LoginHints();
    hints[kLevelHint] = [gain, this](const HintCall& call) {
      const Status done = LevelHint(call);
      const int32_t peak = call.outputs[kLevelPeak][0];
      call.outputs[kLevelGain][0] = gain;
      call.outputs[kLevelRemainder][0] =
          std::clamp((1 << config_.gain_log2) - gain * peak, 0, 32767);
      const int64_t step = int64_t{1} << config_.norm_shift;
      for (size_t i = 0; i < call.views[0].size(); ++i) {
        const int64_t scaled = call.views[0][i] * gain + step / 2;
        const int64_t x1 = std::clamp<int64_t>(scaled >> config_.norm_shift, -config_.norm_limit,
                                               config_.norm_limit);
        call.outputs[kLevelX1][i] = static_cast<int32_t>(x1);
        call.outputs[kLevelLow][i] =
            static_cast<int32_t>(std::clamp<int64_t>(scaled - x1 * step, 0, step - 1));
        call.outputs[kLevelEdge][i] = static_cast<int32_t>(x1 == config_.norm_limit    ? step
                                                           : x1 == -config_.norm_limit ? 2 * step
                                                                                       : 0);
      }
      return done;
    };
    const auto w = Execute(lying, inputs_, nullptr, hints);
    return w.ok() && harness_.Accepts(*w);
  };
  const int32_t gain = Honest("level.gain")[0];
  EXPECT_TRUE(with_gain(gain));
  for (const int32_t lie : {gain - 1, gain + 1, gain / 2, 2 * gain}) EXPECT_FALSE(with_gain(lie));
}

// A smaller sample claimed as the peak, with its own exact gain.
TEST_F(LyingFrontEnd, CannotChooseAnotherPeak) {
  Relation lying = harness_.relation();
  std::erase_if(lying.steps, [](const Step& s) { return s.kind == StepKind::kCheckRange; });
  HintRegistry hints = LoginHints();
  hints[kLevelHint] = [](const HintCall& call) {
    std::vector<SecureVector<int64_t>> views{call.views.begin(), call.views.end()};
    for (int64_t& x : views[0]) x = std::clamp<int64_t>(x, -9000, 9000);
    return LevelHint({views, call.params, call.outputs});
  };
  const auto w = Execute(lying, inputs_, nullptr, hints);
  EXPECT_FALSE(w.ok() && harness_.Accepts(*w));
}

TEST_F(LyingFrontEnd, CannotRoundOrClampOtherwise) {
  for (const char* name : {"level.x1", "spectrum", "power", "log.exponent", "log.mantissa",
                           "log.fraction", "vad.energy", "cmn.mean", "features"}) {
    std::vector<int32_t> lie = Honest(name);
    const size_t at = lie.size() / 2 + 5 < lie.size() ? lie.size() / 2 + 5 : 0;
    lie[at] += lie[at] > 0 ? -1 : 1;
    EXPECT_FALSE(AcceptsLie(name, lie)) << name;
  }
}

TEST_F(LyingFrontEnd, CannotHideSamplesAfterTheEnd) {
  Inputs inputs = inputs_;
  inputs[kPcmLow].back() = 1;
  const auto w = harness_.Run(inputs);
  EXPECT_FALSE(w.ok() && harness_.Accepts(*w));
}

TEST_F(LyingFrontEnd, SamplesAreSixteenBits) {
  const TensorId high = harness_.Find(kPcmHigh), low = harness_.Find(kPcmLow);
  EXPECT_FALSE(harness_.AcceptsWith(honest_, high, 100, 128));
  EXPECT_FALSE(harness_.AcceptsWith(honest_, low, 100, 256));
}

// The cost table of docs/features.md.
TEST(FrontEndCost, IsAsDocumented) {
  const FrontEndConfig c = TestFrontEnd();
  const RelationHarness h = FrontEndRelation(c, kFrames, false);
  ASSERT_TRUE(h.ok());
  const RelationSize size = SizeOf(h.relation());
  std::printf("front end T=%u: cells %lu lookups %lu rows %lu products %lu\n", kFrames, size.cells,
              size.lookups, size.rows, size.products);
  EXPECT_LE(size.lookups, 339118U);
  EXPECT_LE(size.cells - size.rows, 402498U);
}

}  // namespace
}  // namespace voizk
