// Enrolment with a proof through the public interface: accepted and then logged in with, bound to
// every value of the relying party, refused with the recording that is to blame, damaged proofs
// rejected.  What the template's constraints hold is tests/login/relation's business.
#include "voizk/enrolment.h"

#include <gtest/gtest.h>

#include <numeric>
#include <set>

#include "login/relying_party/enrolment_file.h"
#include "login/relying_party/enrolment_instance.h"
#include "login/relying_party/login_file.h"
#include "login/user/open_bundle.h"
#include "support/temp_dir.h"
#include "voizk/login.h"
#include "voizk/verify.h"

namespace voizk {
namespace {

constexpr char kBank[] = "bank.example";
constexpr int64_t kIssued = 1'700'000'000;

UnixClock Clock(int64_t time) {
  return [time] { return time; };
}

/// One proven enrolment, made once for all tests.
class ProvenEnrolment : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TempDir;
    bundle_ = new Bundle(WriteBundle(folder_->path() / "open", kOpenDecision));
    challenge_ = new Challenge(*MakeChallenge(kBank, 5, kIssued, 600));
    // The same phrases each time: to random weights they are half of a voice.
    challenge_->digits = {4, 0, 9, 1, 7};
    std::iota(challenge_->nonce.begin(), challenge_->nonce.end(), uint8_t{0});
    auto made = Prove(*bundle_, {140, 141, 139});
    ASSERT_TRUE(made.ok()) << made.error().message;
    ASSERT_EQ(made->refusal, Refusal::kNone) << made->recording << RefusalText(made->refusal);
    enrolled_ = new EnrolmentProof(std::move(*made));
  }
  static void TearDownTestSuite() {
    delete enrolled_;
    delete challenge_;
    delete bundle_;
    delete folder_;
  }

  static Result<EnrolmentProof> Prove(const Bundle& bundle, const std::vector<double>& pitches) {
    std::vector<std::vector<int16_t>> spoken;
    for (const double pitch : pitches) spoken.push_back(Speechlike(2.4, pitch));
    const std::vector<std::span<const int16_t>> recordings(spoken.begin(), spoken.end());
    return ProveEnrolment(Pinned(bundle), *challenge_, recordings, {});
  }
  static EnrolmentPolicy Policy() {
    return {*bundle_, enrolled_->credential.Public(), *challenge_, 0, {}, Clock(kIssued + 10)};
  }
  static ErrorCode CodeOf(const EnrolmentPolicy& policy, std::span<const uint8_t> proof) {
    const Status status = VerifyEnrolment(policy, proof);
    EXPECT_FALSE(status.ok());
    return status.ok() ? ErrorCode::kInternal : status.error().code;
  }
  std::string Folder(const std::string& name) { return folder_->path() / name; }

  static TempDir* folder_;
  static Bundle* bundle_;
  static Challenge* challenge_;
  static EnrolmentProof* enrolled_;
};
TempDir* ProvenEnrolment::folder_ = nullptr;
Bundle* ProvenEnrolment::bundle_ = nullptr;
Challenge* ProvenEnrolment::challenge_ = nullptr;
EnrolmentProof* ProvenEnrolment::enrolled_ = nullptr;

TEST_F(ProvenEnrolment, AcceptedOnceAndThenLoggedInWith) {
  const std::string state = Folder("state");
  ASSERT_TRUE(InitialiseState(state, Clock(kIssued)).ok());
  const Status first = VerifyEnrolmentOnce(Policy(), enrolled_->bytes, state);
  EXPECT_TRUE(first.ok()) << first.error().message;
  EXPECT_EQ(VerifyEnrolmentOnce(Policy(), enrolled_->bytes, state).error().code,
            ErrorCode::kChallengeUsed);
  const Challenge login = *MakeChallenge(kBank, 6, kIssued, 120);
  const auto made =
      ProveLogin(Pinned(*bundle_), enrolled_->credential, login, Speechlike(2.4, 140), {});
  ASSERT_TRUE(made.ok() && made->refusal == Refusal::kNone);
  EXPECT_TRUE(VerifyLogin({*bundle_, enrolled_->credential.Public(), login, {}, Clock(kIssued)},
                          made->bytes)
                  .ok());
}

TEST_F(ProvenEnrolment, BoundToEveryValueOfTheRelyingParty) {
  EnrolmentPolicy policy = Policy();
  policy.credential.commitment[31] ^= 1;
  EXPECT_EQ(CodeOf(policy, enrolled_->bytes), ErrorCode::kProofRejected);
  policy = Policy();
  policy.challenge.nonce[0] ^= 1;  // other phrases, too
  EXPECT_EQ(CodeOf(policy, enrolled_->bytes), ErrorCode::kProofRejected);
  policy = Policy();
  policy.challenge.expires_unix_s += 1;
  EXPECT_EQ(CodeOf(policy, enrolled_->bytes), ErrorCode::kProofRejected);
  policy = Policy();
  policy.challenge.relying_party = policy.credential.relying_party = "bank.example.org";
  EXPECT_EQ(CodeOf(policy, enrolled_->bytes), ErrorCode::kProofRejected);
  policy = Policy();
  policy.challenge.relying_party = "other.example";
  EXPECT_EQ(CodeOf(policy, enrolled_->bytes), ErrorCode::kInvalidArgument);
  policy = Policy();
  policy.bundle = WriteBundle(Folder("stricter"), [] {
    auto decision = kOpenDecision;
    decision["theta_q12"] = 2;
    return decision;
  }());
  policy.credential.bundle_digest = policy.bundle.digest();
  EXPECT_EQ(CodeOf(policy, enrolled_->bytes), ErrorCode::kProofRejected);
  policy = Policy();
  policy.least_phrases = 4;
  EXPECT_TRUE(VerifyEnrolment(policy, enrolled_->bytes).error().Failed(Check::kPhrases));
  policy.least_phrases = kMaxEnrolPhrases + 1;
  EXPECT_EQ(CodeOf(policy, enrolled_->bytes), ErrorCode::kInvalidArgument);
  policy = Policy();
  policy.allowed_buckets = {512};
  EXPECT_TRUE(VerifyEnrolment(policy, enrolled_->bytes).error().Failed(Check::kBucket));
  policy.allowed_buckets = {512, 256};
  EXPECT_TRUE(VerifyEnrolment(policy, enrolled_->bytes).ok());
  policy.allowed_buckets = {255, 256};
  EXPECT_EQ(CodeOf(policy, enrolled_->bytes), ErrorCode::kInvalidArgument);
  policy = Policy();
  policy.clock = Clock(kIssued + 600);
  EXPECT_EQ(CodeOf(policy, enrolled_->bytes), ErrorCode::kChallengeExpired);
}

TEST_F(ProvenEnrolment, IsNoLoginAndALoginNoEnrolment) {
  const Challenge& challenge = *challenge_;
  const auto login =
      ProveLogin(Pinned(*bundle_), enrolled_->credential, challenge, Speechlike(2.4, 140), {});
  ASSERT_TRUE(login.ok() && login->refusal == Refusal::kNone);
  EXPECT_EQ(CodeOf(Policy(), login->bytes), ErrorCode::kProofMalformed);
  const ByteSpan inner = ParseLoginFile(login->bytes)->proof;
  EXPECT_EQ(CodeOf(Policy(), EncodeEnrolmentFile({login->stats.bucket, 3, inner})),
            ErrorCode::kProofMalformed);
  const EnrolmentFile file = *ParseEnrolmentFile(enrolled_->bytes);
  const LoginPolicy policy{
      *bundle_, enrolled_->credential.Public(), challenge, {}, Clock(kIssued + 1)};
  EXPECT_FALSE(VerifyLogin(policy, enrolled_->bytes).ok());
  EXPECT_FALSE(VerifyLogin(policy, EncodeLoginFile(file.frames, file.proof)).ok());
}

TEST_F(ProvenEnrolment, ADamagedProofIsRejected) {
  const std::vector<uint8_t>& good = enrolled_->bytes;
  const EnrolmentFile file = *ParseEnrolmentFile(good);
  for (const int phrases : {0, 1, 2, 4, 9, 255}) {
    const auto count = static_cast<uint8_t>(phrases);
    EXPECT_FALSE(
        VerifyEnrolment(Policy(), EncodeEnrolmentFile({file.frames, count, file.proof})).ok());
  }
  for (const uint32_t frames : {0u, 255u, 512u, 0xffffffffu}) {
    EXPECT_FALSE(
        VerifyEnrolment(Policy(), EncodeEnrolmentFile({frames, file.phrases, file.proof})).ok());
  }
  for (size_t bytes = 0; bytes < good.size(); bytes += 1 + bytes * 2) {
    EXPECT_FALSE(VerifyEnrolment(Policy(), std::span(good).first(bytes)).ok()) << bytes;
  }
  for (size_t at = 0; at < good.size(); at += 1 + at) {
    std::vector<uint8_t> bad = good;
    bad[at] ^= 0x10;
    EXPECT_FALSE(VerifyEnrolment(Policy(), bad).ok()) << at;
  }
}

// The template is a function of the recordings; the salt is fresh.
TEST_F(ProvenEnrolment, TheTemplateIsTheRecordingsAndTheSaltIsFresh) {
  const auto again = Prove(*bundle_, {140, 141, 139});
  ASSERT_TRUE(again.ok() && again->refusal == Refusal::kNone);
  const VoiceTemplate& a = again->credential.voice_template;
  const VoiceTemplate& b = enrolled_->credential.voice_template;
  EXPECT_TRUE(std::equal(a.begin(), a.end(), b.begin()));
  EXPECT_NE(again->credential.Public().commitment, enrolled_->credential.Public().commitment);
}

TEST_F(ProvenEnrolment, TellsWhichRecordingIsToBlame) {
  auto decision = kOpenDecision;
  decision["theta_q12"] = 4090;
  const Bundle strict = WriteBundle(Folder("strict"), decision);
  for (size_t stranger = 0; stranger < 3; ++stranger) {
    std::vector<double> pitches(3, 140);
    pitches[stranger] = 400;  // random weights hear this one as another voice
    const auto other_voice = Prove(strict, pitches);
    ASSERT_TRUE(other_voice.ok()) << other_voice.error().message;
    EXPECT_EQ(other_voice->refusal, Refusal::kUnlikeTheOthers);
    EXPECT_EQ(other_voice->recording, stranger + 1);
    EXPECT_TRUE(other_voice->bytes.empty());
  }

  std::vector<std::vector<int16_t>> spoken(3, Speechlike(2.4, 140));
  spoken[1].assign(spoken[1].size(), 0);
  const std::vector<std::span<const int16_t>> recordings(spoken.begin(), spoken.end());
  const auto silent = ProveEnrolment(Pinned(*bundle_), *challenge_, recordings, {});
  ASSERT_TRUE(silent.ok()) << silent.error().message;
  EXPECT_EQ(silent->refusal, Refusal::kSilent);
  EXPECT_EQ(silent->recording, 2u);

  std::vector<int16_t> long_one = Speechlike(12, 140);
  spoken[1] = spoken[0];
  const std::vector<std::span<const int16_t>> too_long{spoken[0], spoken[1], long_one};
  const auto refused = ProveEnrolment(Pinned(*bundle_), *challenge_, too_long, {});
  ASSERT_TRUE(refused.ok()) << refused.error().message;
  EXPECT_EQ(refused->refusal, Refusal::kTooLong);
  EXPECT_EQ(refused->recording, 3u);

  const auto few = Prove(*bundle_, {140, 140});
  ASSERT_FALSE(few.ok());
  EXPECT_EQ(few.error().code, ErrorCode::kInvalidArgument);
}

// What a bundle wants of all recordings together, from what they hold to what they cannot.
TEST_F(ProvenEnrolment, TooLittleSpeechTogether) {
  auto decision = kOpenDecision;
  for (const int wanted : {3 * 256, 3 * 256 + 1}) {
    decision["enrol_voiced_min"] = wanted;
    const Bundle bundle = WriteBundle(Folder("wants" + std::to_string(wanted)), decision);
    const auto made = Prove(bundle, {140, 141, 139});
    ASSERT_TRUE(made.ok()) << made.error().message;
    EXPECT_EQ(made->refusal, Refusal::kTooShort);
    EXPECT_EQ(made->recording, 0u);
    EnrolmentPolicy policy = Policy();
    policy.bundle = bundle;
    policy.credential.bundle_digest = bundle.digest();
    EXPECT_EQ(CodeOf(policy, enrolled_->bytes), ErrorCode::kProofRejected);
  }
}

TEST_F(ProvenEnrolment, ABundleThatWantsMorePhrasesThanThereAre) {
  const Bundle bundle = WriteBundle(Folder("nine"), [] {
    auto decision = kOpenDecision;
    decision["enrol_min_utterances"] = 9;
    return decision;
  }());
  EXPECT_EQ(Prove(bundle, {140, 141, 139}).error().code, ErrorCode::kUnsupported);
  EnrolmentPolicy policy = Policy();
  policy.bundle = bundle;
  policy.credential.bundle_digest = bundle.digest();
  EXPECT_EQ(CodeOf(policy, enrolled_->bytes), ErrorCode::kUnsupported);
}

TEST_F(ProvenEnrolment, TellsWhatTheProverChose) {
  const auto choice = ReadEnrolmentChoice(enrolled_->bytes);
  ASSERT_TRUE(choice.ok());
  EXPECT_EQ(choice->bucket, 256u);
  EXPECT_EQ(choice->phrases, 3u);
  EXPECT_EQ(ReadEnrolmentChoice({}).error().code, ErrorCode::kProofMalformed);
}

// With five digits two phrases of eight are the same in one challenge of 2,400 or so.
TEST(EnrolmentPhrases, NoPhraseTwice) {
  Challenge challenge = *MakeChallenge(kBank, 5, kIssued, 120);
  for (int i = 0; i < 20'000; ++i) {
    for (size_t k = 0; k < 4; ++k) challenge.nonce[k] = static_cast<uint8_t>(i >> (8 * k));
    const auto phrases = *EnrolmentPhrases(challenge, kMaxEnrolPhrases);
    ASSERT_EQ(std::set(phrases.begin(), phrases.end()).size(), kMaxEnrolPhrases) << i;
  }
}

TEST(EnrolmentPhrases, FollowFromTheChallenge) {
  const Challenge challenge = *MakeChallenge(kBank, 7, kIssued, 120);
  const auto phrases = *EnrolmentPhrases(challenge, kMaxEnrolPhrases);
  ASSERT_EQ(phrases.size(), kMaxEnrolPhrases);
  EXPECT_EQ(phrases[0], challenge.digits);
  for (const auto& phrase : phrases) {
    Challenge one = challenge;
    one.digits = phrase;
    EXPECT_TRUE(CheckChallenge(one).ok());
    EXPECT_EQ(phrase.size(), 7u);
  }
  EXPECT_EQ(std::set(phrases.begin(), phrases.end()).size(), phrases.size());
  const auto fewer = *EnrolmentPhrases(challenge, 3);
  EXPECT_TRUE(std::equal(fewer.begin(), fewer.end(), phrases.begin()));
  EXPECT_FALSE(EnrolmentPhrases(challenge, 0).ok());
  EXPECT_FALSE(EnrolmentPhrases(challenge, kMaxEnrolPhrases + 1).ok());
}

// Known answer of docs/formats.md.
TEST(EnrolmentPhrases, KnownAnswer) {
  Challenge challenge;
  for (size_t i = 0; i < challenge.nonce.size(); ++i) challenge.nonce[i] = static_cast<uint8_t>(i);
  challenge.relying_party = "example.org";
  challenge.digits = {4, 0, 9, 1, 7};
  challenge.issued_unix_s = 1'700'000'000;
  challenge.expires_unix_s = 1'700'000'120;
  std::string all;
  const auto phrases = EnrolmentPhrases(challenge, 4);
  ASSERT_TRUE(phrases.ok());
  for (const auto& phrase : *phrases) {
    for (const uint8_t digit : phrase) all += static_cast<char>('0' + digit);
    all += ' ';
  }
  EXPECT_EQ(all, "40917 13031 02350 79267 ");
}

}  // namespace
}  // namespace voizk
