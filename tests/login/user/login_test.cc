// Enrolment and login through the public interface: accepted once, bound to every value of the
// relying party, refused with the reason, damaged proofs rejected.
#include "voizk/login.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <optional>
#include <set>
#include <thread>

#include "login/relying_party/login_file.h"
#include "login/user/open_bundle.h"
#include "relation/core/digest.h"
#include "support/constant_randomness.h"
#include "support/other_phrase.h"
#include "support/temp_dir.h"
#include "voizk/verify.h"

namespace voizk {
namespace {

using testing::AnyOf;

constexpr char kParty[] = "bank.example";
constexpr int64_t kNow = 1'700'000'000;

UnixClock At(int64_t time) {
  return [time] { return time; };
}

/// One enrolment and one proof, made once for all tests.
class Login : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TempDir;
    bundle_ = new Bundle(WriteBundle(folder_->path() / "open", kOpenDecision));
    credential_ = new SecretCredential(EnrolAt(kParty));
    challenge_ = new Challenge(*MakeChallenge(kParty, 5, kNow, 120));
    const auto made =
        ProveLogin(Pinned(*bundle_), *credential_, *challenge_, Speechlike(2.4, 140), {});
    ASSERT_TRUE(made.ok()) << made.error().message;
    ASSERT_EQ(made->refusal, Refusal::kNone) << RefusalText(made->refusal);
    proof_ = new std::vector<uint8_t>(made->bytes);
  }
  static void TearDownTestSuite() {
    delete proof_;
    delete challenge_;
    delete credential_;
    delete bundle_;
    delete folder_;
  }

  static SecretCredential EnrolAt(const std::string& party) {
    const std::vector<std::vector<int16_t>> spoken{Speechlike(3, 140), Speechlike(4, 141),
                                                   Speechlike(5, 139)};
    const std::vector<std::span<const int16_t>> utterances(spoken.begin(), spoken.end());
    auto credential = Enrol(Pinned(*bundle_), party, utterances, {});
    EXPECT_TRUE(credential.ok()) << credential.error().message;
    return *credential;
  }
  static LoginPolicy Policy() {
    return {*bundle_, credential_->Public(), *challenge_, {}, At(kNow + 10)};
  }
  static ErrorCode CodeOf(const LoginPolicy& policy, std::span<const uint8_t> proof) {
    const Status status = VerifyLogin(policy, proof);
    EXPECT_FALSE(status.ok());
    return status.ok() ? ErrorCode::kInternal : status.error().code;
  }
  static Refusal RefusalFor(const Bundle& bundle, std::span<const int16_t> pcm) {
    SecretCredential credential = *credential_;
    credential.bundle_digest = bundle.digest();
    const auto made = ProveLogin(Pinned(bundle), credential, *challenge_, pcm, {});
    EXPECT_TRUE(made.ok()) << made.error().message;
    EXPECT_EQ(made->bytes.empty(), made->refusal != Refusal::kNone);
    return made->refusal;
  }
  std::string Folder(const std::string& name) { return folder_->path() / name; }

  static TempDir* folder_;
  static Bundle* bundle_;
  static SecretCredential* credential_;
  static Challenge* challenge_;
  static std::vector<uint8_t>* proof_;
};
TempDir* Login::folder_ = nullptr;
Bundle* Login::bundle_ = nullptr;
SecretCredential* Login::credential_ = nullptr;
Challenge* Login::challenge_ = nullptr;
std::vector<uint8_t>* Login::proof_ = nullptr;

TEST_F(Login, AcceptedOnceOnly) {
  const std::string state = Folder("state");
  EXPECT_EQ(VerifyLoginOnce(Policy(), *proof_, state).error().code, ErrorCode::kNotFound);
  ASSERT_TRUE(InitialiseState(state, At(kNow)).ok());
  std::vector<uint8_t> altered = *proof_;
  altered[altered.size() / 2] ^= 1;
  EXPECT_FALSE(VerifyLoginOnce(Policy(), altered, state).ok());  // leaves the challenge unused
  const Status first = VerifyLoginOnce(Policy(), *proof_, state);
  EXPECT_TRUE(first.ok()) << first.error().message;
  const Status second = VerifyLoginOnce(Policy(), *proof_, state);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, ErrorCode::kChallengeUsed);
}

TEST_F(Login, AVerifierKeepsTheRelationAndDecidesAsWithoutOne) {
  const LoginVerifier verifier(*bundle_);
  EXPECT_EQ(verifier.cached_bytes(), 0u);
  EXPECT_TRUE(verifier.Verify(Policy(), *proof_).ok());
  const size_t one = verifier.cached_bytes();
  EXPECT_GT(one, size_t{1} << 20);
  EXPECT_TRUE(verifier.Verify(Policy(), *proof_).ok());
  EXPECT_EQ(verifier.cached_bytes(), one);
  // Another statement of the same shape, of the same relation.
  LoginPolicy policy = Policy();
  policy.challenge.digits = WithOtherDigit(policy.challenge.digits, 2);
  policy.credential.commitment[5] ^= 1;
  EXPECT_TRUE(verifier.Verify(policy, *proof_).error().Failed(Check::kConstraints));
  EXPECT_EQ(verifier.cached_bytes(), one);
  // A bound that holds no relation, and one that holds one.
  for (const size_t bound : {size_t{0}, one - 1, one}) {
    const LoginVerifier small(*bundle_, bound);
    EXPECT_TRUE(small.Verify(Policy(), *proof_).ok());
    EXPECT_EQ(small.cached_bytes(), bound == one ? one : 0u);
  }
  const LoginVerifier other(WriteBundle(folder_->path() / "another", {{"theta_q12", 4000}}));
  EXPECT_EQ(other.Verify(Policy(), *proof_).error().code, ErrorCode::kInvalidArgument);
}

TEST_F(Login, AVerifierHasRoomForEveryRelationOfTheBundleBuiltIn) {
  const auto bundle = Bundle::Default();
  if (!bundle.ok()) GTEST_SKIP() << bundle.error().message;
  const auto [least, most] = bundle->phrase_digits();
  const LoginVerifier verifier(*bundle);
  size_t all = 0;
  for (const uint32_t bucket : bundle->buckets()) {
    for (size_t digits = least; digits <= most; ++digits) {
      const auto relation = LoginRelation(*bundle, bucket, digits);
      ASSERT_TRUE(relation.ok());
      all += ApproximateBytes(*ParseRelation(relation->bytes));
    }
  }
  // What is parsed has no steps, which take less than half of what is counted here.
  EXPECT_LT(all + all / 2, LoginVerifier::kDefaultBytes);
}

TEST_F(Login, OneVerifierServesManyThreads) {
  const LoginVerifier verifier(*bundle_);
  std::vector<uint8_t> altered = *proof_;
  altered[altered.size() / 2] ^= 1;
  std::atomic<int> accepted = 0, rejected = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int k = 0; k < 3; ++k) {
        accepted += verifier.Verify(Policy(), *proof_).ok() ? 1 : 0;
        rejected += verifier.Verify(Policy(), altered).ok() ? 0 : 1;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(accepted, 12);
  EXPECT_EQ(rejected, 12);
}

TEST_F(Login, ThePublishedRelationVerifiesWithoutBuildingIt) {
  const auto file = ParseLoginFile(*proof_);
  ASSERT_TRUE(file.ok());
  const size_t digits = challenge_->digits.size();
  const auto published = LoginRelation(*bundle_, file->frames, digits);
  ASSERT_TRUE(published.ok()) << published.error().message;
  const auto with = [&](const PublishedRelation& relation, uint32_t bucket) {
    return LoginVerifier::WithRelation(*bundle_, bucket, relation);
  };
  const auto verifier = with(*published, file->frames);
  ASSERT_TRUE(verifier.ok()) << verifier.error().message;
  const Status accepted = verifier->Verify(Policy(), *proof_);
  EXPECT_TRUE(accepted.ok()) << accepted.error().message;
  const auto inspection = InspectLogin(Policy(), *proof_, published->bytes);
  ASSERT_TRUE(inspection.ok());
  EXPECT_GE(inspection->total_bits, 100.0);
  EXPECT_EQ(InspectLogin(Policy(), *proof_, std::span<const uint8_t>()).error().code,
            ErrorCode::kMalformed);  // an empty file is none
  // The relation of another length.
  const auto longer = LoginRelation(*bundle_, file->frames, digits + 1);
  ASSERT_TRUE(longer.ok());
  EXPECT_NE(longer->digest, published->digest);
  EXPECT_TRUE(
      with(*longer, file->frames)->Verify(Policy(), *proof_).error().Failed(Check::kPublicInput));
  EXPECT_TRUE(InspectLogin(Policy(), *proof_, longer->bytes).error().Failed(Check::kPublicInput));
  // Of another bucket, under its own name and under the proof's: a proof cannot choose its bucket
  // by what it calls itself.
  const uint32_t last = bundle_->buckets().back();
  ASSERT_NE(file->frames, last);
  const auto other_bucket = LoginRelation(*bundle_, last, digits);
  ASSERT_TRUE(other_bucket.ok());
  EXPECT_TRUE(with(*other_bucket, last)->Verify(Policy(), *proof_).error().Failed(Check::kBucket));
  const Status foreign = with(*other_bucket, file->frames)->Verify(Policy(), *proof_);
  ASSERT_FALSE(foreign.ok());
  EXPECT_THAT(foreign.error().code, AnyOf(ErrorCode::kProofRejected, ErrorCode::kProofMalformed));
  EXPECT_EQ(with(*published, file->frames + 1).error().code, ErrorCode::kInvalidArgument);
  // Damaged, of another digest, of another kind.
  PublishedRelation damaged = *published;
  damaged.bytes.pop_back();
  EXPECT_EQ(with(damaged, file->frames).error().code, ErrorCode::kMalformed);
  damaged = *published;
  damaged.digest[7] ^= 1;
  EXPECT_EQ(with(damaged, file->frames).error().code, ErrorCode::kInvalidArgument);
  Relation without = *ParseRelation(published->bytes);
  without.publics[1].hi = 1;
  EXPECT_EQ(with({SerializeRelation(without), RelationDigest(without)}, file->frames).error().code,
            ErrorCode::kInvalidArgument);
  without.publics.clear();
  EXPECT_EQ(with({SerializeRelation(without), RelationDigest(without)}, file->frames).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(LoginRelation(*bundle_, file->frames + 1, digits).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(LoginRelation(*bundle_, file->frames, 100).error().code, ErrorCode::kInvalidArgument);
}

TEST_F(Login, OfManyProcessesExactlyOneAccepts) {
  const std::string state = Folder("contended");
  ASSERT_TRUE(InitialiseState(state, At(kNow)).ok());
  constexpr int kProcesses = 8;
  std::vector<pid_t> children;
  for (int p = 0; p < kProcesses; ++p) {
    const pid_t pid = fork();
    if (pid == 0) {
      const Status status = VerifyLoginOnce(Policy(), *proof_, state);
      _exit(status.ok() ? 0 : status.error().code == ErrorCode::kChallengeUsed ? 1 : 2);
    }
    children.push_back(pid);
  }
  std::map<int, int> exits;
  for (const pid_t pid : children) {
    int status = 0;
    waitpid(pid, &status, 0);
    ++exits[WIFEXITED(status) ? WEXITSTATUS(status) : -1];
  }
  EXPECT_EQ(exits, (std::map<int, int>{{0, 1}, {1, kProcesses - 1}}));
}

// A proof that comes, or is checked, so slowly that the challenge expires meanwhile is too late.
TEST_F(Login, ExpiryIsLookedAtAgainAfterTheProofWasChecked) {
  LoginPolicy policy = Policy();
  int64_t now = challenge_->expires_unix_s - 1;
  policy.clock = [&now] { return now++; };  // a second goes by between two looks
  EXPECT_EQ(CodeOf(policy, *proof_), ErrorCode::kChallengeExpired);
  const std::string state = Folder("late");
  ASSERT_TRUE(InitialiseState(state, At(kNow)).ok());
  for (const int64_t looks_in_time : {1, 2, 3}) {  // before, after the check, when marking
    now = challenge_->expires_unix_s - looks_in_time;
    EXPECT_EQ(VerifyLoginOnce(policy, *proof_, state).error().code, ErrorCode::kChallengeExpired);
  }
  now = challenge_->expires_unix_s - 4;
  EXPECT_TRUE(VerifyLoginOnce(policy, *proof_, state).ok());
}

TEST_F(Login, ExpiredOrNotYetIssuedIsRefused) {
  LoginPolicy policy = Policy();
  policy.clock = At(challenge_->expires_unix_s);
  EXPECT_EQ(CodeOf(policy, *proof_), ErrorCode::kChallengeExpired);
  policy.clock = At(challenge_->issued_unix_s - kClockSkewSeconds - 1);
  EXPECT_EQ(CodeOf(policy, *proof_), ErrorCode::kChallengeExpired);
}

TEST_F(Login, BoundToEveryValueOfTheRelyingParty) {
  LoginPolicy policy = Policy();
  policy.challenge.nonce[5] ^= 1;
  EXPECT_EQ(CodeOf(policy, *proof_), ErrorCode::kProofRejected) << "nonce";

  policy = Policy();
  policy.challenge.expires_unix_s += 1;
  EXPECT_EQ(CodeOf(policy, *proof_), ErrorCode::kProofRejected) << "expiry";

  policy = Policy();
  for (size_t at = 0; at < policy.challenge.digits.size(); ++at) {
    policy.challenge.digits = WithOtherDigit(challenge_->digits, at);
    EXPECT_EQ(CodeOf(policy, *proof_), ErrorCode::kProofRejected) << "digit " << at;
  }

  policy = Policy();
  policy.credential.commitment[0] ^= 1;
  EXPECT_EQ(CodeOf(policy, *proof_), ErrorCode::kProofRejected) << "credential";

  policy = Policy();
  const Bundle stricter = [this] {
    auto decision = kOpenDecision;
    decision["theta_q12"] = 2;
    return WriteBundle(Folder("stricter"), decision);
  }();
  policy.bundle = stricter;
  EXPECT_EQ(CodeOf(policy, *proof_), ErrorCode::kInvalidArgument) << "bundle of the credential";
  policy.credential.bundle_digest = stricter.digest();
  EXPECT_EQ(CodeOf(policy, *proof_), ErrorCode::kProofRejected) << "bundle";

  policy = Policy();
  policy.challenge.relying_party = "shop.example";
  EXPECT_EQ(CodeOf(policy, *proof_), ErrorCode::kInvalidArgument) << "foreign challenge";
  policy.credential.relying_party = "shop.example";
  EXPECT_EQ(CodeOf(policy, *proof_), ErrorCode::kProofRejected) << "foreign party";
}

// With a system generator that repeats itself, one recording for two challenges: the root is a
// function of witness and randomness, and so repeats if the randomness does.
TEST_F(Login, RepeatedSystemRandomnessStillGivesOtherMasks) {
  const ConstantRandomness constant;
  Challenge other = *challenge_;
  other.nonce[5] ^= 1;
  std::set<std::array<uint8_t, 32>> roots;
  for (const Challenge& challenge : {*challenge_, other, *challenge_}) {
    const auto made =
        ProveLogin(Pinned(*bundle_), *credential_, challenge, Speechlike(2.4, 140), {});
    ASSERT_TRUE(made.ok()) << made.error().message;
    constexpr size_t kRoot = 14 + 16;  // after both headers (docs/formats.md, docs/protocol.md)
    ASSERT_GT(made->bytes.size(), kRoot + 32);
    std::array<uint8_t, 32> root;
    std::copy_n(made->bytes.begin() + kRoot, root.size(), root.begin());
    roots.insert(root);
  }
  EXPECT_EQ(roots.size(), 2u);  // the third is the first again
}

TEST_F(Login, BucketIsTheCallersChoice) {
  LoginPolicy policy = Policy();
  policy.allowed_buckets = {512};
  EXPECT_EQ(CodeOf(policy, *proof_), ErrorCode::kProofRejected);
  EXPECT_TRUE(VerifyLogin(policy, *proof_).error().Failed(Check::kBucket));
  policy.allowed_buckets = {256};
  EXPECT_TRUE(VerifyLogin(policy, *proof_).ok());
  policy.allowed_buckets = {257};
  EXPECT_EQ(CodeOf(policy, *proof_), ErrorCode::kInvalidArgument);
  std::vector<uint8_t> altered = *proof_;
  altered[11] ^= 3;  // 256 becomes 1024 frames... or none of the bundle's
  EXPECT_NE(CodeOf(Policy(), altered), ErrorCode::kInternal);
}

TEST_F(Login, DamagedProofsAreRejected) {
  for (const size_t size : {size_t{0}, size_t{7}, size_t{13}, size_t{14}, size_t{60},
                            proof_->size() / 2, proof_->size() - 1}) {
    EXPECT_EQ(CodeOf(Policy(), std::span(*proof_).first(size)), ErrorCode::kProofMalformed) << size;
  }
  std::vector<uint8_t> longer = *proof_;
  longer.push_back(0);
  EXPECT_EQ(CodeOf(Policy(), longer), ErrorCode::kProofMalformed);
  for (size_t i = 0; i < 24; ++i) {
    std::vector<uint8_t> altered = *proof_;
    altered[(i * 2654435761U) % altered.size()] ^= static_cast<uint8_t>(1 << i % 8);
    EXPECT_THAT(CodeOf(Policy(), altered),
                AnyOf(ErrorCode::kProofMalformed, ErrorCode::kProofRejected));
  }
}

TEST_F(Login, ForeignCredentialCannotBeUsed) {
  const SecretCredential elsewhere = EnrolAt("shop.example");
  const auto made = ProveLogin(Pinned(*bundle_), elsewhere, *challenge_, Speechlike(2.4, 140), {});
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().code, ErrorCode::kInvalidArgument);
  // The same voice at two parties: nothing in common but the bundle.
  EXPECT_NE(elsewhere.Public().commitment, credential_->Public().commitment);
  EXPECT_NE(EnrolAt(kParty).Public().commitment, credential_->Public().commitment);
}

TEST_F(Login, RefusalsSayWhy) {
  EXPECT_EQ(RefusalFor(*bundle_, std::vector<int16_t>(16000, 0)), Refusal::kSilent);
  EXPECT_EQ(RefusalFor(*bundle_, {}), Refusal::kSilent);
  EXPECT_EQ(RefusalFor(*bundle_, Speechlike(0.5, 140)), Refusal::kTooShort);
  EXPECT_EQ(RefusalFor(*bundle_, Speechlike(30, 140)), Refusal::kTooLong);
  auto decision = kOpenDecision;
  decision["margin_base"] = 0;
  decision["margin_per_digit"] = 0;
  EXPECT_EQ(RefusalFor(WriteBundle(Folder("words"), decision), Speechlike(2.4, 140)),
            Refusal::kWrongWords);
  decision = kOpenDecision;
  decision["theta_q12"] = 4096;
  EXPECT_EQ(RefusalFor(WriteBundle(Folder("voice"), decision), Speechlike(2.4, 220)),
            Refusal::kNotThisVoice);
}

TEST_F(Login, QuietEndsAreCutWhereTheyDoNotFit) {
  std::vector<int16_t> pcm(5 * 8000, 0);
  const std::vector<int16_t> spoken = Speechlike(2.4, 140);
  pcm.insert(pcm.end(), spoken.begin(), spoken.end());
  pcm.resize(12 * 8000, 0);  // longer than the longest bucket
  EXPECT_EQ(RefusalFor(*bundle_, pcm), Refusal::kNone);
}

TEST_F(Login, EnrolmentWantsEnoughSpeech) {
  const std::vector<int16_t> good = Speechlike(3, 140), quiet(16000, 0);
  const auto enrol = [&](std::vector<std::span<const int16_t>> utterances) {
    return Enrol(Pinned(*bundle_), kParty, utterances, {}).status();
  };
  EXPECT_EQ(enrol({good, good}).error().code, ErrorCode::kInvalidArgument);
  const Status silent = enrol({good, good, quiet});
  ASSERT_FALSE(silent.ok());
  EXPECT_EQ(silent.error().code, ErrorCode::kRefused);
  EXPECT_THAT(silent.error().message, testing::StartsWith("recording 3: "));
  EXPECT_TRUE(enrol({good, good, Speechlike(25, 140)}).ok()) << "a long one counts as several";
}

TEST_F(Login, InspectionAddsUp) {
  const auto inspection = InspectLogin(Policy(), *proof_);
  ASSERT_TRUE(inspection.ok()) << inspection.error().message;
  EXPECT_EQ(inspection->bucket, 256U);
  uint64_t sum = 0;
  for (const auto& [name, bytes] : inspection->parts) {
    EXPECT_GT(bytes, 0U) << name;
    sum += bytes;
  }
  EXPECT_EQ(sum, proof_->size());
  EXPECT_GE(inspection->total_bits, 100);
  for (const SoundnessLine& line : inspection->soundness) EXPECT_GE(line.bits, 100) << line.label;
  EXPECT_EQ(InspectLogin(Policy(), std::span(*proof_).first(20)).error().code,
            ErrorCode::kProofMalformed);
  auto elsewhere = *proof_;
  elsewhere[10] ^= 2;  // frames: 256 becomes 258, no bucket of the bundle
  const auto refused = InspectLogin(Policy(), elsewhere);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kProofRejected);
  EXPECT_TRUE(refused.error().Failed(Check::kBucket));
  EXPECT_EQ(refused.error().rejection->actual, 258U);
}

TEST_F(Login, FeaturesShowWhatWasHeard) {
  const auto view = ComputeFeatures(*bundle_, Speechlike(2.4, 140), {});
  ASSERT_TRUE(view.ok()) << view.error().message;
  EXPECT_EQ(view->refusal, Refusal::kNone);
  EXPECT_EQ(view->bucket, 256U);
  EXPECT_EQ(view->log_mel.size(), size_t{256} * 32);
  EXPECT_EQ(view->voiced.size(), 256U);
  const auto noisy = ComputeFeatures(*bundle_, Speechlike(0.5, 140), {});
  ASSERT_TRUE(noisy.ok());
  EXPECT_EQ(noisy->refusal, Refusal::kTooShort);
  EXPECT_FALSE(noisy->log_mel.empty()) << "the stages that exist";
}

// A bundle is code: nothing is made from a voice with one that its owner did not pin.
TEST_F(Login, OnlyPinnedBundlesSeeAVoice) {
  auto decision = kOpenDecision;
  decision["theta_q12"] = 3;
  const Bundle foreign = WriteBundle(Folder("foreign"), decision);
  EXPECT_EQ(TrustedBundle::Make(foreign, {}).status().error().code, ErrorCode::kInvalidArgument);
  const std::vector<BundleDigest> pins{bundle_->digest()};
  EXPECT_EQ(TrustedBundle::Make(foreign, pins).status().error().code, ErrorCode::kInvalidArgument);
  EXPECT_TRUE(TrustedBundle::Make(*bundle_, pins).ok());
  const auto shipped = Bundle::Default();
  if (!shipped.ok()) GTEST_SKIP() << "no bundle is built in";
  EXPECT_TRUE(TrustedBundle::Make(*shipped, {}).ok());
}

TEST(SelfTestTest, ThisMachineIsFit) {
  const Status status = SelfTest(2);
  EXPECT_TRUE(status.ok()) << status.error().message;
  EXPECT_FALSE(KernelTarget().empty());
}

}  // namespace
}  // namespace voizk
