// Enrolment, proof, verification with an imported network in the bundle: the right voice accepted,
// another refused, other words refused, other bundles refused; the projection that makes it so.
#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <set>

#include "login/bundle/bundle_data.h"
#include "login/bundle/login_model.h"
#include "login/making/filter_bank.h"
#include "login/making/projection.h"
#include "login/making/speaker_bundle.h"
#include "login/making/speaker_ear.h"
#include "login/relation/login_relation.h"
#include "login/user/open_bundle.h"
#include "relation/core/digest.h"
#include "support/temp_dir.h"
#include "voizk/enrolment.h"
#include "voizk/verify.h"

namespace voizk {
namespace {

constexpr int64_t kNow = 1'700'000'000;
constexpr char kParty[] = "bank.example";

UnixClock At(int64_t time) {
  return [time] { return time; };
}

std::vector<uint8_t> ReadBytes(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class SpeakerLogin : public testing::Test {
 protected:
  static BundleFiles Files(const SpeakerSection& section, int32_t theta,
                           const std::map<std::string, int>& decision = kOpenDecision) {
    const TempDir folder;
    WriteBundle(folder.path() / "base", decision);
    const auto made = MakeSpeakerBundle(
        ReadBytes(folder.path() / "base/bundle.json"),
        ReadBytes(folder.path() / "base/weights.bin"), BankFile(), section,
        {.name = "made", .theta_q12 = theta, .embedding_norm2_min = 64, .operating_point = "test"});
    EXPECT_TRUE(made.ok()) << made.error().message;
    return *made;
  }
  static Result<Bundle> Parsed(const BundleFiles& files) {
    return Bundle::Parse({reinterpret_cast<const uint8_t*>(files.json.data()), files.json.size()},
                         files.weights);
  }
  static void SetUpTestSuite() {
    SpeakerSection section = *DraftSection(BankFile(), TestConfig(), std::nullopt);
    section.output_shift = 5;
    const Bundle draft = *Parsed(Files(section, 1));
    SpeakerEar ear(draft);
    std::vector<std::vector<int32_t>> said;
    for (double pitch = 100; pitch < 300; pitch += 10) {
      auto one = ear.Hear(Speechlike(2.4, pitch), nullptr);
      ASSERT_TRUE(one.ok() && one->has_value());
      said.push_back(**one);
    }
    ASSERT_TRUE(FitProjection(said, &section).ok());
    section_ = new SpeakerSection(section);
    bundle_ = new Bundle(*Parsed(Files(section, 3686)));  // cosine 0.9
    const std::vector<std::vector<int16_t>> spoken{Speechlike(2.5, 140), Speechlike(2.4, 141),
                                                   Speechlike(2.3, 139)};
    const std::vector<std::span<const int16_t>> utterances(spoken.begin(), spoken.end());
    auto credential = Enrol(Pinned(*bundle_), kParty, utterances, {});
    ASSERT_TRUE(credential.ok()) << credential.error().message;
    credential_ = new SecretCredential(*credential);
    challenge_ = new Challenge(*MakeChallenge(kParty, 5, kNow, 120));
    // A recogniser of random weights hears another mask in each phrase, and so another voice.
    challenge_->digits = {4, 0, 9, 1, 7};
  }
  static void TearDownTestSuite() {
    delete challenge_;
    delete credential_;
    delete bundle_;
    delete section_;
  }
  static FrontEndConfig TestConfig() {
    const TempDir folder;
    return WriteBundle(folder.path() / "base", kOpenDecision).data().features;
  }
  static Result<LoginProof> Prove(const Bundle& bundle, double pitch) {
    SecretCredential credential = *credential_;
    credential.bundle_digest = bundle.digest();
    return ProveLogin(Pinned(bundle), credential, *challenge_, Speechlike(2.4, pitch), {});
  }
  static Status Check(const Bundle& bundle, std::span<const uint8_t> proof) {
    PublicCredential credential = credential_->Public();
    credential.bundle_digest = bundle.digest();
    return VerifyLogin({bundle, credential, *challenge_, {}, At(kNow + 10)}, proof);
  }

  static SpeakerSection* section_;
  static Bundle* bundle_;
  static SecretCredential* credential_;
  static Challenge* challenge_;
};
SpeakerSection* SpeakerLogin::section_ = nullptr;
Bundle* SpeakerLogin::bundle_ = nullptr;
SecretCredential* SpeakerLogin::credential_ = nullptr;
Challenge* SpeakerLogin::challenge_ = nullptr;

TEST_F(SpeakerLogin, BucketsAreThoseThatFit) {
  EXPECT_EQ(bundle_->buckets(), std::vector<uint32_t>{256});  // 20480 samples
}

TEST_F(SpeakerLogin, TheRightVoiceIsProven) {
  const auto made = Prove(*bundle_, 140);
  ASSERT_TRUE(made.ok()) << made.error().message;
  ASSERT_EQ(made->refusal, Refusal::kNone) << RefusalText(made->refusal);
  const Status verified = Check(*bundle_, made->bytes);
  EXPECT_TRUE(verified.ok()) << verified.error().message;
  const Bundle other = *Parsed(Files(*section_, 3687));
  EXPECT_FALSE(Check(other, made->bytes).ok());
  std::vector<uint8_t> damaged = made->bytes;
  damaged[damaged.size() / 3] ^= 1;
  EXPECT_FALSE(Check(*bundle_, damaged).ok());
}

// Not by the bundle's digest alone: each number of the section is in what is proven.
TEST_F(SpeakerLogin, TheRelationHoldsEveryNumberOfTheSection) {
  const auto digest = [](const SpeakerSection& section, int32_t theta) {
    const auto relation = BuildLoginRelation(
        MakeLoginModel(Parsed(Files(section, theta))->shared_data()), {.frames = 256, .digits = 5});
    EXPECT_TRUE(relation.ok()) << relation.error().message;
    return RelationDigest(*relation);
  };
  std::set<std::array<uint8_t, 32>> digests{digest(*section_, 3686)};
  EXPECT_FALSE(digests.insert(digest(*section_, 3686)).second);
  EXPECT_TRUE(digests.insert(digest(*section_, 3687)).second);
  const auto changed = [&](const std::function<void(SpeakerSection&)>& change) {
    SpeakerSection section = *section_;
    change(section);
    return digests.insert(digest(section, 3686)).second;
  };
  EXPECT_TRUE(changed([](SpeakerSection& s) { s.projection.back() += 1; }));
  EXPECT_TRUE(changed([](SpeakerSection& s) { s.bias.front() += 1; }));
  EXPECT_TRUE(changed([](SpeakerSection& s) { s.shift += 1; }));
  EXPECT_TRUE(changed([](SpeakerSection& s) { s.output_shift += 1; }));
  EXPECT_TRUE(changed([](SpeakerSection& s) { s.inputs[0].mult += 1; }));
  EXPECT_TRUE(changed([](SpeakerSection& s) { s.inputs[0].shift += 1; }));
}

TEST_F(SpeakerLogin, AnEnrolmentIsProven) {
  auto decision = kOpenDecision;
  decision["enrol_min_utterances"] = 2;
  const Bundle bundle = *Parsed(Files(*section_, 1, decision));
  const auto prove = [&](const Bundle& with, double second) {
    const std::vector<std::vector<int16_t>> spoken{Speechlike(2.4, 140), Speechlike(2.4, second)};
    const std::vector<std::span<const int16_t>> recordings(spoken.begin(), spoken.end());
    return ProveEnrolment(Pinned(with), *challenge_, recordings, {});
  };
  const auto made = prove(bundle, 141);
  ASSERT_TRUE(made.ok()) << made.error().message;
  ASSERT_EQ(made->refusal, Refusal::kNone) << RefusalText(made->refusal);
  EnrolmentPolicy policy{bundle, made->credential.Public(), *challenge_, 0, {}, At(kNow + 10)};
  const Status verified = VerifyEnrolment(policy, made->bytes);
  EXPECT_TRUE(verified.ok()) << verified.error().message;
  policy.credential.commitment[0] ^= 1;
  EXPECT_FALSE(VerifyEnrolment(policy, made->bytes).ok());
  // Two voices that the bundle tells apart are not one.
  const auto two = prove(*Parsed(Files(*section_, 4000, decision)), 230);
  ASSERT_TRUE(two.ok()) << two.error().message;
  EXPECT_NE(two->refusal, Refusal::kNone);
}

TEST_F(SpeakerLogin, AnotherVoiceIsRefused) {
  const auto made = Prove(*bundle_, 230);
  ASSERT_TRUE(made.ok()) << made.error().message;
  EXPECT_EQ(made->refusal, Refusal::kNotThisVoice);
}

TEST_F(SpeakerLogin, OtherWordsAreRefused) {
  auto strict = kOpenDecision;
  strict["margin_base"] = 0;
  strict["margin_per_digit"] = 0;
  const auto made = Prove(*Parsed(Files(*section_, 1, strict)), 140);
  ASSERT_TRUE(made.ok()) << made.error().message;
  EXPECT_EQ(made->refusal, Refusal::kWrongWords);
}

TEST_F(SpeakerLogin, SaysWhatItsPolicyDoesNotBound) {
  EXPECT_NE(bundle_->speaker_network().find("imported: bank"), std::string::npos);
  EXPECT_NE(bundle_->speaker_network().find("one digit may decide"), std::string::npos);
  EXPECT_NE(bundle_->speaker_network().find("hears the samples raw"), std::string::npos);
}

TEST_F(SpeakerLogin, EveryByteIsInTheDigest) {
  BundleFiles files = Files(*section_, 3686);
  const size_t model = nlohmann::json::parse(files.json)["speaker"]["model"]["offset"];
  files.weights[model + BankFile().size() - 1] ^= 1;  // a weight of the network
  const auto other = Parsed(files);
  ASSERT_TRUE(other.ok()) << other.error().message;
  EXPECT_NE(other->digest(), bundle_->digest());
  const BundleDigest pin = bundle_->digest();
  EXPECT_FALSE(TrustedBundle::Make(*other, {&pin, 1}).ok());
}

// 3 directions of 100 outputs vary, one of them most; the mean is large.
TEST(Projection, CentresAndKeepsAngles) {
  std::vector<std::vector<int32_t>> outputs;
  uint32_t seed = 1;
  const auto draw = [&seed] {
    seed = seed * 1664525 + 1013904223;
    return static_cast<int32_t>(seed >> 24) - 128;
  };
  for (int i = 0; i < 50; ++i) {
    std::vector<int32_t> r(100, 900);
    const int32_t a = 4 * draw(), b = draw(), c = draw();
    r[7] += a, r[50] += b, r[99] -= c;
    outputs.push_back(r);
  }
  SpeakerSection s;
  ASSERT_TRUE(FitProjection(outputs, &s).ok());
  const auto embedded = [&](const std::vector<int32_t>& r) {
    std::vector<double> e;
    for (size_t i = 0; i < 64; ++i) {
      double acc = s.bias[i];
      for (size_t k = 0; k < 100; ++k) acc += double(s.projection[i * 100 + k]) * r[k];
      e.push_back(std::ldexp(acc, -s.shift));
    }
    return e;
  };
  const auto cosine = [](const auto& x, const auto& y) {
    double xy = 0, xx = 0, yy = 0;
    for (size_t i = 0; i < x.size(); ++i) xy += x[i] * y[i], xx += x[i] * x[i], yy += y[i] * y[i];
    return xy / std::sqrt(xx * yy);
  };
  std::vector<double> mean(100, 0);
  for (const auto& r : outputs) {
    for (size_t k = 0; k < 100; ++k) mean[k] += r[k] / 50.0;
  }
  for (size_t i = 0; i < 49; ++i) {
    std::vector<double> x, y;
    for (size_t k = 0; k < 100; ++k) {
      x.push_back(outputs[i][k] - mean[k]);
      y.push_back(outputs[i + 1][k] - mean[k]);
    }
    EXPECT_NEAR(cosine(embedded(outputs[i]), embedded(outputs[i + 1])), cosine(x, y), 0.002);
  }
}

TEST(Projection, NeedsVoicesThatDiffer) {
  SpeakerSection s;
  EXPECT_EQ(FitProjection(std::vector<std::vector<int32_t>>{{1, 2, 3}}, &s).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(FitProjection(std::vector<std::vector<int32_t>>(5, {1, 2, 3}), &s).error().code,
            ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace voizk
