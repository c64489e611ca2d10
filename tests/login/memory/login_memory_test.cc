// Guards: enrolment, proof and verification in C++ and C end in a typed error, and never in an
// abort, where memory or threads run out (RLIMIT_AS, RLIMIT_NPROC, a failing heap), and leave no
// sample, template or salt in memory that was given back.
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "login/user/open_bundle.h"
#include "support/failing_memory.h"
#include "support/limited_child.h"
#include "support/temp_dir.h"
#include "voizk/login.h"
#include "voizk/verify.h"
#include "voizk/voizk.h"

namespace voizk {
namespace {

constexpr char kParty[] = "bank.example";
constexpr char kPassphrase[] = "correct horse";
constexpr int64_t kNow = 1'700'000'000;

/// One enrolled voice, a challenge and its proof.
class LoginMemory : public testing::Test {
 protected:
  static void SetUpTestSuite() { made_ = new Made; }
  static void TearDownTestSuite() { delete made_; }

  struct Made {
    TempDir folder;
    Bundle bundle = WriteBundle(folder.path() / "open", kOpenDecision);
    TrustedBundle trusted = Pinned(bundle);
    std::vector<std::vector<int16_t>> spoken{Speechlike(3, 140), Speechlike(3, 141),
                                             Speechlike(3, 139)};
    std::vector<std::span<const int16_t>> utterances{spoken.begin(), spoken.end()};
    SecretCredential credential = *Enrol(trusted, kParty, utterances, {});
    Challenge challenge = *MakeChallenge(kParty, 5, kNow, 120);
    LoginPolicy policy{bundle, credential.Public(), challenge, {}, [] { return kNow; }};
    std::vector<int16_t> pcm = Speechlike(2.4, 140);
    std::vector<uint8_t> proof = ProveLogin(trusted, credential, challenge, pcm, {})->bytes;
  };

  static Status EnrolOnce(int threads) {
    return Enrol(made_->trusted, kParty, made_->utterances, {threads, {}}).status();
  }
  static Status ProveOnce(int threads) {
    const auto made =
        ProveLogin(made_->trusted, made_->credential, made_->challenge, made_->pcm, {threads, {}});
    if (made.ok() && made->bytes.empty()) return {ErrorCode::kRefused, "refused"};
    return made.status();
  }
  static Status VerifyOnce(int) { return VerifyLogin(made_->policy, made_->proof); }
  /// Twice, the second time perhaps with what the first one kept.
  static Status VerifyTwice(int) {
    const LoginVerifier verifier(made_->bundle);
    const Status first = verifier.Verify(made_->policy, made_->proof);
    const Status second = verifier.Verify(made_->policy, made_->proof);
    return first.ok() ? second : first;
  }

  struct Named {
    const char* name;
    Status (*run)(int threads);
  };
  static constexpr Named kAll[] = {{"Enrol", EnrolOnce},
                                   {"ProveLogin", ProveOnce},
                                   {"VerifyLogin", VerifyOnce},
                                   {"LoginVerifier", VerifyTwice}};

  /// What is recognised in memory: samples as given and as committed, the template, the salt.
  static std::vector<std::string> Patterns() {
    std::vector<int32_t> low, high;
    const auto part = std::span(made_->pcm).subspan(4000, 8);
    for (const int16_t x : part) {
      low.push_back(x & 0xff);
      high.push_back(x >> 8);
    }
    const auto voice = std::as_const(made_->credential.voice_template).span().subspan(8, 16);
    const auto salt = std::as_const(made_->credential.salt).span().first(16);
    return {BytesAs<int16_t>(part),  BytesAs<int32_t>(part), BytesAs<int64_t>(part),
            BytesAs<int32_t>(low),   BytesAs<int64_t>(low),  BytesAs<int32_t>(voice),
            BytesAs<int64_t>(voice), BytesAs<int8_t>(voice), BytesAs<int32_t>(salt),
            BytesAs<int64_t>(salt),  BytesAs<uint8_t>(salt)};
  }

  static Made* made_;
};
LoginMemory::Made* LoginMemory::made_ = nullptr;

enum Outcome : int { kServed = 0, kNoMemory = 1, kOther = 2 };
int OutcomeOf(const Status& status) {
  if (status.ok()) return kServed;
  return status.error().code == ErrorCode::kOutOfMemory ? kNoMemory : kOther;
}
int OutcomeOf(voizk_status status) {
  if (status == VOIZK_OK) return kServed;
  return status == VOIZK_OUT_OF_MEMORY ? kNoMemory : kOther;
}

/// From limits at which nothing can be done to limits at which all can.
void SweepAddressSpace(const char* what, const std::function<int()>& fn) {
  int served = 0, refused = 0;
  for (const uint64_t mebibytes : {0, 1, 2, 3, 5, 8, 12, 17, 24, 35, 50, 70, 100, 140, 200, 900}) {
    const ChildEnd end = RunLimited({.more_memory = mebibytes << 20}, fn);
    EXPECT_EQ(end.signal, 0) << what << " with " << mebibytes << " MiB";
    EXPECT_TRUE(end.exit_code == kServed || end.exit_code == kNoMemory)
        << what << " with " << mebibytes << " MiB: " << end.exit_code;
    ++(end.exit_code == kServed ? served : refused);
  }
  EXPECT_GT(served, 0) << what;
  EXPECT_GT(refused, 0) << what;
}

TEST_F(LoginMemory, EveryAddressSpaceLimit) {
  if (const std::string why = WhyMemoryIsUnlimited(); !why.empty()) GTEST_SKIP() << why;
  for (const int threads : {1, 4}) {
    for (const Named& call : kAll) {
      SweepAddressSpace(call.name, [&] { return OutcomeOf(call.run(threads)); });
    }
  }
}

TEST_F(LoginMemory, EveryThreadLimit) {
  if (const std::string why = WhyThreadsAreUnlimited(); !why.empty()) GTEST_SKIP() << why;
  for (uint64_t limit = 1; limit <= 4; ++limit) {
    for (const Named& call : kAll) {
      const ChildEnd end =
          RunLimited({.threads = limit}, [&] { return OutcomeOf(call.run(/*threads=*/4)); });
      EXPECT_EQ(end.signal, 0) << call.name << " with " << limit;
      EXPECT_EQ(end.exit_code, kServed) << call.name << " with " << limit;
    }
  }
}

/// Points spread over all allocations of a call; the heap fails from there on.
TEST_F(LoginMemory, FailingHeapLeavesNoSecret) {
  const SecretWatch watch(Patterns());
  for (const Named& call : kAll) {
    uint64_t all = 0;
    {
      const FailingMemory counting(FailingMemory::kNever);
      ASSERT_TRUE(call.run(2).ok());
      all = counting.allocations();
    }
    EXPECT_EQ(watch.found(), 0u) << call.name << " without a failure";
    constexpr uint64_t kPoints = 24;
    for (uint64_t k = 0; k < kPoints; ++k) {
      Status status;
      {
        const FailingMemory memory(all * k / kPoints + k % 3);
        status = call.run(2);
      }
      EXPECT_EQ(OutcomeOf(status), kNoMemory) << call.name << " at " << k << " of " << kPoints;
      EXPECT_EQ(watch.found(), 0u) << call.name << " at " << k << " of " << kPoints;
    }
  }
}

/// The C interface: what is enrolled and proven by it, at each limit.
TEST_F(LoginMemory, CInterface) {
  if (const std::string why = WhyMemoryIsUnlimited(); !why.empty()) GTEST_SKIP() << why;
  voizk_bundle* bundle = nullptr;
  const std::string folder = made_->folder.path() / "open";
  ASSERT_EQ(voizk_bundle_open(folder.c_str(), &bundle), VOIZK_OK);
  const int16_t* pcm[3];
  size_t lengths[3];
  for (size_t i = 0; i < 3; ++i) {
    pcm[i] = made_->spoken[i].data();
    lengths[i] = made_->spoken[i].size();
  }
  const BundleDigest pin = made_->bundle.digest();
  voizk_bytes challenge{}, sealed{}, pub{}, proof{};
  const auto enrol = [&](voizk_bytes* secret, voizk_bytes* open) {
    return voizk_enrol(bundle, pin.data(), kParty, pcm, lengths, 3, kNow, kPassphrase,
                       strlen(kPassphrase), 2, secret, open);
  };
  const auto prove = [&](voizk_bytes* out) {
    return voizk_prove(bundle, pin.data(), sealed.data, sealed.size, kPassphrase,
                       strlen(kPassphrase), challenge.data, challenge.size, made_->pcm.data(),
                       made_->pcm.size(), 2, out, nullptr);
  };
  ASSERT_EQ(voizk_challenge_new(kParty, 5, kNow, 120, &challenge), VOIZK_OK);
  ASSERT_EQ(enrol(&sealed, &pub), VOIZK_OK);
  ASSERT_EQ(prove(&proof), VOIZK_OK);
  SweepAddressSpace("voizk_bundle_open", [&] {
    voizk_bundle* another = nullptr;
    return OutcomeOf(voizk_bundle_open(folder.c_str(), &another));
  });
  SweepAddressSpace("voizk_enrol", [&] {
    voizk_bytes secret{}, open{};
    const voizk_status status = enrol(&secret, &open);
    const bool both = secret.data != nullptr && open.data != nullptr;
    const bool neither = secret.data == nullptr && open.data == nullptr;
    return (status == VOIZK_OK ? both : neither) ? OutcomeOf(status) : kOther + 1;
  });
  SweepAddressSpace("voizk_prove", [&] {
    voizk_bytes out{};
    const voizk_status status = prove(&out);
    return (status == VOIZK_OK) == (out.data != nullptr) ? OutcomeOf(status) : kOther + 1;
  });
  for (voizk_bytes* bytes : {&challenge, &sealed, &pub, &proof}) voizk_free(bytes);
  voizk_bundle_close(bundle);
}

}  // namespace
}  // namespace voizk
