// A cheating prover of whole logins.  It skips every local refusal, lies at one place, computes all
// that follows consistently with the lie, counts the lookups as well as can be, and runs the real
// protocol on the result.  Each proof is rejected, and each lie is caught by the constraint that is
// there for it.  The networks are tiny; everything else is a login's.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "login/relation/phrase.h"
#include "proof/protocol/driver.h"
#include "proof/verifier/verifier.h"
#include "relation/execution/checker.h"
#include "speech/features/level.h"
#include "support/tiny_login.h"

namespace voizk {
namespace {

PublicValues Bound(const TinyLogin& t) {
  PublicValues s;
  s.AddText("relying party", "example.org");
  s.SetInputs(t.Publics());
  return s;
}

/// How often each row of each table is looked up; lookups without a row are left out, which is the
/// best that can be claimed.
void CountWhatFits(const Relation& r, Witness* w) {
  std::vector<std::map<std::pair<int64_t, int64_t>, size_t>> rows(r.tables.size());
  for (size_t k = 0; k < r.tables.size(); ++k) {
    for (size_t i = r.tables[k].keys.size(); i-- > 0;) {
      rows[k][{r.tables[k].keys[i], r.tables[k].values[i]}] = i;
    }
    (*w)[r.multiplicities[k]].assign(r.tables[k].keys.size(), 0);
  }
  for (const Lookup& l : r.lookups) {
    const std::vector<int64_t> keys = EvaluateView(r, l.key, *w);
    const std::vector<int64_t> values =
        l.has_value ? EvaluateView(r, l.value, *w) : std::vector<int64_t>(keys.size(), 0);
    for (size_t i = 0; i < keys.size(); ++i) {
      if (keys[i] % (int64_t{1} << l.shift) != 0) continue;
      const auto row = rows[l.table].find({keys[i] / (int64_t{1} << l.shift), values[i]});
      if (row != rows[l.table].end()) ++(*w)[r.multiplicities[l.table]][row->second];
    }
  }
}

class LoginCheater : public ::testing::Test {
 protected:
  LoginCheater() {
    auto tiny = MakeTinyLogin();
    EXPECT_TRUE(tiny.ok());
    tiny_ = std::move(*tiny);
    Rebuild();
    const auto w = Execute(*relation_, tiny_.SecretInputs(), nullptr, LoginHints());
    EXPECT_TRUE(w.ok());
    honest_ = *w;
  }

  void Rebuild() {
    auto r = BuildLoginRelation(tiny_.model, tiny_.Shape());
    EXPECT_TRUE(r.ok()) << r.error().message;
    relation_ = std::make_shared<const Relation>(std::move(*r));
  }

  TensorId Named(const std::string& name) const {
    for (size_t t = 0; t < relation_->tensors.size(); ++t) {
      if (relation_->tensors[t].name == name) return static_cast<TensorId>(t);
    }
    ADD_FAILURE() << "no tensor " << name;
    return 0;
  }

  /// The steps of the relation without local refusals and lookups, run with these hints.
  Witness Run(Relation lying, const HintRegistry& hints) const {
    std::erase_if(lying.steps, [](const Step& s) { return s.kind == StepKind::kCheckRange; });
    lying.lookups.clear();
    for (Tensor& t : lying.tensors) t.lo = -(1 << 30), t.hi = 1 << 30;  // no refusal by range
    const auto w = Execute(lying, tiny_.SecretInputs(), nullptr, hints);
    EXPECT_TRUE(w.ok()) << w.error().message;
    Witness counted = w.ok() ? *w : honest_;
    CountWhatFits(*relation_, &counted);
    return counted;
  }

  /// A witness in which the step of `name` yields `change`(honest values).
  template <typename Change>
  Witness Lie(const std::string& name, Change change) const {
    Witness told = honest_;
    const TensorId target = Named(name);
    change(told[target]);
    Relation lying = *relation_;
    HintRegistry hints = LoginHints();
    for (Step& step : lying.steps) {
      const std::vector<TensorId> outputs = step.outputs;
      if (std::find(outputs.begin(), outputs.end(), target) == outputs.end()) continue;
      step.kind = StepKind::kCustom;
      step.name = "lie";
      hints["lie"] = [outputs, &told](const HintCall& call) {
        for (size_t k = 0; k < outputs.size(); ++k) {
          std::copy(told[outputs[k]].begin(), told[outputs[k]].end(), call.outputs[k].begin());
        }
        return Status();
      };
    }
    return Run(std::move(lying), hints);
  }

  /// The lie is caught by a constraint of the expected kind ("lookup", "product", "equality"), and
  /// its proof is rejected.
  void ExpectCaught(const Witness& w, const std::string& kind, const std::string& lie) const {
    Witness counted = w;
    Status violation = FillMultiplicities(*relation_, &counted);
    if (violation.ok()) violation = CheckRelationModP(*relation_, counted, tiny_.Publics());
    ASSERT_FALSE(violation.ok()) << lie << ": nothing is violated";
    EXPECT_EQ(violation.error().message.substr(0, kind.size()), kind)
        << lie << ": " << violation.error().message;
    ExpectRejected(*relation_, w, lie);
  }

  std::vector<uint8_t> ProveAnyway(const Instance& instance, const Witness& w) const {
    const PlacedWitness placed(instance, w, ViewsModP(instance.relation(), w));
    if (instance.degree() == 4) {
      HonestConduct<4> conduct;
      return RunConduct<4>(instance, Bound(tiny_), placed.cells, placed, conduct, 1);
    }
    HonestConduct<5> conduct;
    return RunConduct<5>(instance, Bound(tiny_), placed.cells, placed, conduct, 1);
  }

  void ExpectRejected(const Relation& r, const Witness& w, const std::string& lie) const {
    const auto instance = Instance::Make(std::make_shared<const Relation>(r));
    ASSERT_TRUE(instance.ok()) << instance.error().message;
    const Status verdict = Verify(*instance, Bound(tiny_), ProveAnyway(*instance, w));
    ASSERT_FALSE(verdict.ok()) << lie << " was accepted";
    EXPECT_EQ(verdict.error().code, ErrorCode::kProofRejected) << lie;
    EXPECT_TRUE(verdict.error().Failed(Check::kConstraints)) << lie << verdict.error().message;
  }

  TinyLogin tiny_;
  std::shared_ptr<const Relation> relation_;
  Witness honest_;
};

TEST_F(LoginCheater, TheTruthIsAccepted) {
  const auto instance = Instance::Make(relation_);
  ASSERT_TRUE(instance.ok());
  // The cheater's own path through steps, counts and protocol, with nothing to hide.
  const Witness w = Lie("vad.voiced", [](std::vector<int32_t>&) {});
  ASSERT_TRUE(CheckRelation(*relation_, w, tiny_.Publics()).ok());
  const Status verdict = Verify(*instance, Bound(tiny_), ProveAnyway(*instance, w));
  EXPECT_TRUE(verdict.ok()) << verdict.error().message;
}

TEST_F(LoginCheater, ImpostorClaimedAsAccepted) {
  std::reverse(tiny_.values.begin(), tiny_.values.end());
  tiny_.login.commitment = tiny_.Commit();
  Rebuild();
  ExpectCaught(Run(*relation_, LoginHints()), "lookup", "another voice");
}

TEST_F(LoginCheater, WrongPhraseClaimedAsSpoken) {
  // The margin just covers the phrase that the recogniser hears; another one costs more.
  const int32_t heard = honest_[Named("phrase.cost")][0];
  int32_t cost = 0;
  for (const std::vector<uint8_t>& phrase : std::vector<std::vector<uint8_t>>{
           {1, 2, 3, 4, 5}, {9, 8, 9, 8, 9, 8, 9, 8}, {5, 6, 5, 6, 5}}) {
    tiny_.login.phrase = phrase;
    Rebuild();
    const Witness w = Run(*relation_, LoginHints());
    cost = w[Named("phrase.cost")][0];
    if (cost > heard) break;
  }
  ASSERT_GT(cost, heard);
  tiny_.model.decision.margin_base = heard;
  tiny_.model.decision.margin_per_digit = 0;
  Rebuild();
  ExpectCaught(Run(*relation_, LoginHints()), "lookup", "another phrase");
}

TEST_F(LoginCheater, AccumulatorOrRoundingOffByOne) {
  const auto off = [](int32_t step) {
    return [step](std::vector<int32_t>& v) { v[v.size() / 2] += step; };
  };
  ExpectCaught(Lie("spectrum", off(1)), "lookup", "spectrum off by one");
  ExpectCaught(Lie("power", off(1)), "product", "power off by one");
  ExpectCaught(Lie("level.x1", off(-1)), "product", "x1 rounded the other way");
  ExpectCaught(Lie("log.mantissa", off(1)), "product", "mantissa rounded up");
  ExpectCaught(Lie("cmn.mean", off(1)), "product", "mean rounded up");
  ExpectCaught(Lie("recogniser.logits", off(1)), "lookup", "logit off by one");
  ExpectCaught(Lie("embedding.embedding", off(-1)), "lookup", "embedding off by one");
}

TEST_F(LoginCheater, ClampSkipped) {
  ExpectCaught(Lie("features",
                   [](std::vector<int32_t>& v) {
                     const auto clamped = std::find(v.begin(), v.end(), -128);
                     ASSERT_NE(clamped, v.end());
                     *clamped = -140;
                   }),
               "lookup", "feature below its clamp");
}

TEST_F(LoginCheater, LimbOutOfRange) {
  Witness w = honest_;
  w[Named("spectrum.lo")][77] += 512;
  w[Named("spectrum.mid")][77] -= 512;
  CountWhatFits(*relation_, &w);
  ExpectCaught(w, "lookup", "low limb too large");
  w = honest_;
  w[Named(kPcmLow)][500] += 256;
  w[Named(kPcmHigh)][500] -= 1;
  CountWhatFits(*relation_, &w);
  ExpectCaught(w, "lookup", "low byte of a sample too large");
}

TEST_F(LoginCheater, MaskBitFlipped) {
  for (const size_t t : {size_t{0}, size_t{120}}) {
    const auto flip = [t](std::vector<int32_t>& v) { v[t] = 1 - v[t]; };
    ExpectCaught(Lie("vad.voiced", flip), "lookup", "voiced");
    ExpectCaught(Lie("phrase.mask", flip), "product", "mask");
  }
}

TEST_F(LoginCheater, FalsePath) {
  const auto all = [](int32_t state) {
    return [state](std::vector<int32_t>& v) { std::fill(v.begin(), v.end(), state); };
  };
  ExpectCaught(Lie("phrase.state", all(0)), "lookup", "never leaves the first pause");
  ExpectCaught(Lie("phrase.state", [](std::vector<int32_t>& v) { v[v.size() / 2] += 3; }), "lookup",
               "jumps ahead and back");
  ExpectCaught(Lie("phrase.max", [](std::vector<int32_t>& v) { v[40] -= 1; }), "lookup",
               "maximum below a logit");
}

// Each bound on the digits' shares set so that the path just breaks it: the prover keeps to that
// path where an honest one would look for another, and skips the refusal.
TEST_F(LoginCheater, UnevenDigitsClaimedAsEven) {
  const std::vector<int32_t> voiced = honest_[Named("phrase.digit_voiced")];
  const int32_t most = *std::max_element(voiced.begin(), voiced.end());
  const int32_t least = *std::min_element(voiced.begin(), voiced.end());
  ASSERT_LT(least, most);
  const EvenDigits any = tiny_.model.decision.digits;
  const auto caught = [&](const char* lie, auto tighten) {
    tiny_.model.decision.digits = any;
    tighten(tiny_.model.decision.digits);
    Rebuild();
    ExpectCaught(Lie("phrase.state", [](std::vector<int32_t>&) {}), "lookup", lie);
  };
  caught("a digit too long", [&](EvenDigits& d) { d.frames_max = most - 1; });
  caught("a digit hardly voiced", [&](EvenDigits& d) { d.voiced_min = least + 1; });
  caught("a digit mostly unvoiced", [](EvenDigits& d) { d.voiced_percent = 100; });
  caught("a digit below its share", [](EvenDigits& d) { d.share_percent_lo = 100; });
  caught("a digit above its share", [](EvenDigits& d) { d.share_percent_hi = 100; });
  caught("a digit too quiet", [](EvenDigits& d) { d.level_range = 0; });
  // Frames counted for the digit that lacks them.
  const auto count = static_cast<uint32_t>(voiced.size());
  ExpectCaught(Lie("phrase.position",
                   [count](std::vector<int32_t>& v) {
                     for (size_t t = 0; t + 1 < v.size() / count; ++t) {
                       std::rotate(v.begin() + static_cast<std::ptrdiff_t>(t * count),
                                   v.begin() + static_cast<std::ptrdiff_t>(t * count) + 1,
                                   v.begin() + static_cast<std::ptrdiff_t>((t + 1) * count));
                     }
                   }),
               "lookup", "frames counted for another digit");
}

TEST_F(LoginCheater, AnotherTemplateOrSalt) {
  // The secret that is hashed is the committed one; the one that is compared is not.
  const auto change = [](std::vector<int32_t>& v) { v[5] += v[5] > 0 ? -1 : 1; };
  Witness w = honest_;
  change(w[Named(kTemplateInput)]);
  CountWhatFits(*relation_, &w);
  ExpectCaught(w, "product", "another template in the cosine");
  w = honest_;
  change(w[Named(kSaltInput)]);
  CountWhatFits(*relation_, &w);
  ExpectCaught(w, "equality", "another salt");
}

TEST_F(LoginCheater, ClaimsBeyondTheEnd) {
  Witness w = honest_;
  w[Named(kPcmLow)].back() = 1;
  CountWhatFits(*relation_, &w);
  ExpectCaught(w, "product", "a sample after the last");
}

// A proof that is honest for other public values.
TEST_F(LoginCheater, OtherPublicValues) {
  const auto mine = Instance::Make(relation_);
  ASSERT_TRUE(mine.ok());
  const std::vector<uint8_t> proof = ProveAnyway(*mine, honest_);
  const auto rejected = [&](const char* what, auto change) {
    TinyLogin other = tiny_;
    change(other);
    auto r = BuildLoginRelation(other.model, other.Shape());
    ASSERT_TRUE(r.ok()) << what << ": " << r.error().message;
    const auto theirs = Instance::Make(std::make_shared<const Relation>(std::move(*r)));
    ASSERT_TRUE(theirs.ok());
    const Status verdict = Verify(*theirs, Bound(other), proof);
    ASSERT_FALSE(verdict.ok()) << what;
    EXPECT_TRUE(verdict.error().code == ErrorCode::kProofRejected ||
                verdict.error().code == ErrorCode::kProofMalformed)
        << what << ": " << verdict.error().message;
  };
  rejected("threshold", [](TinyLogin& t) { t.model.decision.theta_q12 -= 1; });
  rejected("margin", [](TinyLogin& t) { t.model.decision.margin_base -= 1; });
  rejected("phrase", [](TinyLogin& t) { t.login.phrase[2] = 3; });
  rejected("relying party", [](TinyLogin& t) { t.login.relying_party = "example.com"; });
  rejected("commitment", [](TinyLogin& t) { t.login.commitment[0] ^= 1; });
  rejected("bucket", [](TinyLogin& t) { t.frames = 384; });
  rejected("swapped weights", [](TinyLogin& t) {
    std::swap_ranges(t.model.front_end.mel.begin(), t.model.front_end.mel.begin() + 128,
                     t.model.front_end.mel.begin() + 128);
  });
  PublicValues other_nonce = Bound(tiny_);
  other_nonce.AddText("nonce", "2");
  EXPECT_TRUE(Verify(*mine, other_nonce, proof).error().Failed(Check::kConstraints));
  EXPECT_TRUE(Verify(*mine, Bound(tiny_), proof).ok());
}

}  // namespace
}  // namespace voizk
