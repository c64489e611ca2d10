// Guards registrations that are finished with a proof of the enrolment (--enrolment): what the
// options ask for, that nothing is stored before the proof is right, for the registration's own
// challenge and this credential, and what each failure is told as and counted for.  The verifier
// is a stand-in that takes the challenge's nonce for a proof, but where its own first look decides.
#include "voizk/enrolment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/api/service_fixture.h"

namespace voizk {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class EnrolmentTest : public ServiceTest {
 protected:
  void SetUp() override {
    ServiceTest::SetUp();
    options.enrolment = 4;
    check_enrolment = [this](const EnrolmentPolicy& policy, std::span<const uint8_t> proof) {
      ++enrolments;
      EXPECT_EQ(policy.least_phrases, 4u);
      EXPECT_TRUE(policy.allowed_buckets.empty());
      last_credential = policy.credential;
      if (failure) return Status(*failure);
      if (std::ranges::equal(proof, policy.challenge.nonce)) return Status();
      return Status(Error{ErrorCode::kProofRejected, "no"});
    };
    Remake();
  }

  Json Begin(const std::string& account) {
    const HttpResponse begun = Post("/v1/accounts/" + account + "/registrations", Json::object());
    EXPECT_EQ(begun.status, 201) << begun.body;
    return Json::parse(begun.body);
  }
  static std::vector<uint8_t> RightProof(const Json& begun) {
    const auto nonce = FromHex32(begun["options"]["enrolment"]["challenge"].value("nonce", ""));
    return {nonce->begin(), nonce->end()};
  }
  HttpResponse Finish(const Json& begun, uint8_t seed, std::span<const uint8_t> proof) {
    const Json body = {{"credential", JsonOf(CredentialOf(seed))}, {"proof", ToBase64Url(proof)}};
    return FromBrowser(begun["finish"], body.dump());
  }
  Json Listed(const std::string& account) {
    return Json::parse(Get("/v1/accounts/" + account + "/credentials").body)["credentials"];
  }

  std::optional<Error> failure;  // none: the proof decides
  int enrolments = 0;
  std::optional<PublicCredential> last_credential;
};

TEST_F(EnrolmentTest, ARegistrationFromOptionsToAProvenCredential) {
  const Json begun = Begin("ann");
  const Json& enrolment = begun["options"]["enrolment"];
  EXPECT_EQ(enrolment["recordings"], 4);
  EXPECT_EQ(enrolment["challenge"]["nonce"], begun["registration"]);
  EXPECT_EQ(enrolment["challenge"]["expires_unix_s"], begun["expires_unix_s"]);
  EXPECT_EQ(enrolment["challenge"]["relying_party"], "bank.example");
  const Json bare = {{"credential", JsonOf(CredentialOf(1))}};
  EXPECT_EQ(TypeOf(FromBrowser(begun["finish"], bare.dump())), "enrolment-missing");
  EXPECT_EQ(enrolments, 0);
  EXPECT_TRUE(Listed("ann").empty());
  const HttpResponse made = Finish(begun, 1, RightProof(begun));
  EXPECT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(Json::parse(made.body)["enrolment_proven"], true);
  EXPECT_EQ(last_credential, CredentialOf(1));
  EXPECT_EQ(Json::parse(Get(begun["finish"]).body)["enrolment_proven"], true);
  EXPECT_EQ(Listed("ann").at(0)["enrolment_proven"], true);
  EXPECT_EQ(Json::parse(Get("/health").body)["enrolment_proven"], true);
  EXPECT_EQ(TypeOf(Finish(begun, 2, RightProof(begun))), "used");
  EXPECT_EQ(enrolments, 1) << "a used registration costs no verification";
  EXPECT_EQ(Listed("ann").size(), 1u);
  EXPECT_THAT(Get("/metrics").body, HasSubstr("voizk_enrolments_total{result=\"accepted\"} 1"));
}

TEST_F(EnrolmentTest, AWrongProofStoresNothingAndTriesAreBounded) {
  const Json begun = Begin("ann");
  const Json other = Begin("ann");
  EXPECT_EQ(TypeOf(Finish(begun, 1, AsBytes("wrong"))), "proof-rejected");
  EXPECT_EQ(TypeOf(Finish(begun, 1, RightProof(other))), "proof-rejected") << "another's";
  failure = Error{ErrorCode::kProofMalformed, "no"};
  EXPECT_EQ(TypeOf(Finish(begun, 1, RightProof(begun))), "proof-malformed");
  failure.reset();
  EXPECT_EQ(TypeOf(Finish(begun, 1, RightProof(begun))), "spent");
  EXPECT_EQ(enrolments, 3);
  EXPECT_TRUE(Listed("ann").empty());
  EXPECT_EQ(Json::parse(Get(begun["finish"]).body)["status"], "pending");
  EXPECT_EQ(Finish(other, 1, RightProof(other)).status, 201) << "each has tries of its own";
  const Json audit = Json::parse(Get("/v1/accounts/ann/audit").body)["events"];
  EXPECT_EQ(audit.size(), 4u);
  EXPECT_EQ(audit.at(0)["event"], "enrolment_rejected");
}

TEST_F(EnrolmentTest, FaultsOfOursAreNotCounted) {
  const Json begun = Begin("ann");
  failure = Error{ErrorCode::kOutOfMemory, "no"};
  for (int i = 0; i < 5; ++i) EXPECT_EQ(TypeOf(Finish(begun, 1, RightProof(begun))), "busy");
  failure = Error{ErrorCode::kInternal, "secret detail"};
  const HttpResponse internal = Finish(begun, 1, RightProof(begun));
  EXPECT_EQ(TypeOf(internal), "internal");
  EXPECT_THAT(internal.body, Not(HasSubstr("secret")));
  failure = Error{ErrorCode::kChallengeExpired, "late"};
  EXPECT_EQ(TypeOf(Finish(begun, 1, RightProof(begun))), "expired");
  failure.reset();
  EXPECT_EQ(Finish(begun, 1, RightProof(begun)).status, 201);
}

TEST_F(EnrolmentTest, AnAddressFailsOverManyRegistrations) {
  int rejected = 0;
  std::string type;
  for (int i = 0; i < 102; ++i) {
    const Json begun = Begin("user" + std::to_string(i));
    type = TypeOf(Finish(begun, 1, AsBytes("wrong")));
    rejected += type == "proof-rejected";
  }
  EXPECT_EQ(rejected, 100);
  EXPECT_EQ(type, "address-wait");
  EXPECT_EQ(enrolments, 100);
}

TEST_F(EnrolmentTest, WhatIsWrongWithoutAProofCostsNoVerification) {
  options.require_device_key = true;
  Remake();
  const Json begun = Begin("ann");
  EXPECT_EQ(TypeOf(Finish(begun, 1, RightProof(begun))), "device-key-missing");
  const std::string credential = JsonOf(CredentialOf(1)).dump();
  for (const char* proof : {"1", "null", "\"*\"", "\"QQ==\"", "{}", "[\"QQ\"]"}) {
    EXPECT_EQ(TypeOf(FromBrowser(begun["finish"],
                                 R"({"credential":)" + credential + R"(,"proof":)" + proof + "}")),
              "bad-request")
        << proof;
  }
  EXPECT_EQ(enrolments, 0);
  size_t most = 0;
  service_->Admit(Request("POST", begun["finish"], "", false), &most);
  EXPECT_EQ(most, size_t{1} << 20);
}

TEST_F(EnrolmentTest, TheVerifierItselfRefusesTooFewRecordingsAndNoProof) {
  check_enrolment = nullptr;
  Remake();
  ByteWriter few;  // docs/formats.md
  few.Bytes(AsBytes("voizkenr"));
  few.U16(1);
  few.U32(Bundle::Default()->buckets().back());
  few.U8(3);
  const Json begun = Begin("ann");
  EXPECT_EQ(TypeOf(Finish(begun, 1, std::move(few).Take())), "proof-rejected");
  EXPECT_THAT(log, HasSubstr("too few phrases"));
  EXPECT_EQ(TypeOf(Finish(begun, 1, AsBytes("voizkprf"))), "proof-malformed");
  EXPECT_EQ(TypeOf(Finish(begun, 1, {})), "proof-malformed");
  EXPECT_TRUE(Listed("ann").empty());
}

TEST_F(EnrolmentTest, RegistrationsBegunBeforeTheOptionWasChangedAreBegunAgain) {
  const Json proven = Begin("ann");
  options.enrolment = 0;
  Remake();
  const Json plain = Begin("ann");
  EXPECT_TRUE(plain["options"]["enrolment"].is_null());
  const Json bare = {{"credential", JsonOf(CredentialOf(1))}};
  EXPECT_EQ(TypeOf(FromBrowser(proven["finish"], bare.dump())), "enrolment-missing");
  EXPECT_EQ(TypeOf(Finish(plain, 1, AsBytes("any"))), "enrolment-unasked");
  size_t most = 0;
  service_->Admit(Request("POST", plain["finish"], "", false), &most);
  EXPECT_EQ(most, size_t{8} << 10) << "no larger than it was";
  options.enrolment = 4;
  Remake();
  EXPECT_EQ(TypeOf(FromBrowser(plain["finish"], bare.dump())), "enrolment-missing");
  EXPECT_EQ(TypeOf(Finish(plain, 1, AsBytes("any"))), "enrolment-unasked");
  EXPECT_EQ(enrolments, 0);
  EXPECT_TRUE(Listed("ann").empty());
}

TEST_F(EnrolmentTest, TheOptionIsInRange) {
  for (const size_t bad : {1, 9}) {
    options.enrolment = bad;
    EXPECT_EQ(MakeError().code, ErrorCode::kInvalidArgument) << bad;
  }
}

}  // namespace
}  // namespace voizk
