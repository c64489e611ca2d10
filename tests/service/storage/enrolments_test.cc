// Guards what the storage makes of registrations that want a proof of the enrolment, on SQLite and
// on PostgreSQL alike: none is finished without one, each is finished once, whoever tries at the
// same time, tries that fail are counted beforehand for the registration and the address, and
// another party's registration, an expired and an erased one take nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "service/storage/fixture.h"
#include "service/storage/storage.h"

namespace voizk::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class EnrolmentStorageTest : public StorageTest {
 protected:
  Storage::BegunRegistration Begin(const std::string& account) {
    return Value(storage().BeginRegistration(account, "", 600,
                                             Storage::ProofWanted{kParty.relying_party, 6}));
  }
  EnrolmentTry Attempt(const std::string& id, const std::string& address = "") {
    return Value(storage().BeginEnrolment(kParty, id, address));
  }
  Denial WhyNoTry(const std::string& id, const std::string& address = "") {
    return Why(storage().BeginEnrolment(kParty, id, address));
  }
  Outcome<RegistrationRecord> Accept(const std::string& id, const EnrolmentTry& attempt,
                                     uint8_t seed) {
    return storage().AcceptEnrolment(id, attempt, Credential(seed), {}, "1.2.3.4", "proof x");
  }
};

INSTANTIATE_TEST_SUITE_P(Both, EnrolmentStorageTest,
                         ::testing::Values(Kind::kSqlite, Kind::kPostgres),
                         [](const auto& parameter) {
                           return parameter.param == Kind::kSqlite ? "Sqlite" : "Postgres";
                         });

TEST_P(EnrolmentStorageTest, ItIsFinishedWithAProofOnlyAndOnce) {
  const auto begun = Begin("ann");
  ASSERT_TRUE(begun.challenge.has_value());
  EXPECT_EQ(begun.id, ToHex(begun.challenge->nonce));
  EXPECT_EQ(begun.challenge->digits.size(), 6u);
  EXPECT_EQ(begun.challenge->expires_unix_s, begun.expires_unix_s);
  EXPECT_EQ(Value(storage().FindRegistration(begun.id)).challenge, begun.challenge);
  EXPECT_EQ(Why(storage().FinishRegistration(begun.id, Credential(1), {}, "")), Denial::kUnproven);
  const EnrolmentTry attempt = Attempt(begun.id);
  EXPECT_EQ(attempt.challenge, *begun.challenge);
  EXPECT_EQ(Value(Accept(begun.id, attempt, 1)).credential, Credential(1).Id());
  EXPECT_EQ(Why(Accept(begun.id, attempt, 2)), Denial::kUsed);
  EXPECT_EQ(WhyNoTry(begun.id), Denial::kUsed);
  Register("ann", 3);
  const auto listed = Value(storage().ListCredentials("ann"));
  ASSERT_THAT(listed, SizeIs(2));
  for (const CredentialRecord& record : listed) {
    EXPECT_EQ(record.proven, record.credential == Credential(1));
  }
  const auto rows = Value(storage().Audit("ann", 0, 10));
  EXPECT_THAT(rows.at(0).detail, HasSubstr("proof x"));
}

TEST_P(EnrolmentStorageTest, TriesAreBoundedAndOursAreGivenBack) {
  const auto begun = Begin("ann");
  for (int i = 0; i < 5; ++i) {
    Value(storage().RejectEnrolment(begun.id, Attempt(begun.id, "a"), Credential(1), "a", "x",
                                    /*blameless=*/true));
  }
  for (int64_t i = 0; i < kTriesPerRegistration; ++i) {
    Value(storage().RejectEnrolment(begun.id, Attempt(begun.id, "a"), Credential(1), "a", "x",
                                    /*blameless=*/false));
  }
  EXPECT_EQ(WhyNoTry(begun.id), Denial::kSpent);
  EXPECT_THAT(Events("ann"),
              ElementsAre("enrolment_failed_here", "enrolment_failed_here", "enrolment_failed_here",
                          "enrolment_failed_here", "enrolment_failed_here", "enrolment_rejected",
                          "enrolment_rejected", "enrolment_rejected"));
  // The account itself is not locked by them.
  Register("ann", 1);
  LogIn("ann", 1);
}

TEST_P(EnrolmentStorageTest, AnAddressFailsAndIsForgivenARightProof) {
  throttle.address_failures = 2;
  Reopen();
  const auto first = Begin("ann");
  Value(Accept(first.id, Attempt(first.id, "a"), 1));
  const auto second = Begin("bob");
  Attempt(second.id, "a");
  Attempt(second.id, "a");
  EXPECT_EQ(WhyNoTry(second.id, "a"), Denial::kAddress) << "and logins are counted with them";
  Register("carl", 3);
  const auto login = Value(storage().BeginLogin(kParty, "carl", 6, 120));
  EXPECT_EQ(Why(storage().BeginTry(kParty, Nonce(login), Credential(3).Id(), "a")),
            Denial::kAddress);
  Value(Accept(second.id, Attempt(second.id, "b"), 2));
}

TEST_P(EnrolmentStorageTest, OthersExpiredAndErasedOnesTakeNothing) {
  const auto begun = Begin("ann");
  Party other = kParty;
  other.relying_party = "shop.example";
  EXPECT_EQ(Why(storage().BeginEnrolment(other, begun.id, "")), Denial::kNoRegistration);
  EXPECT_EQ(WhyNoTry(std::string(64, '0')), Denial::kNoRegistration);
  const std::string plain = Value(storage().BeginRegistration("ann", "", 600)).id;
  EXPECT_EQ(WhyNoTry(plain), Denial::kUnasked);
  // A try of one registration finishes no other.
  const auto second = Begin("ann");
  const EnrolmentTry attempt = Attempt(second.id);
  EXPECT_EQ(Why(Accept(begun.id, attempt, 1)), Denial::kOther);
  EXPECT_EQ(Why(Accept(plain, attempt, 1)), Denial::kOther);
  now += 600;
  EXPECT_EQ(WhyNoTry(begun.id), Denial::kExpired);
  EXPECT_EQ(Why(Accept(second.id, attempt, 1)), Denial::kExpired) << "while it was verified";
  const auto third = Begin("ann");
  const EnrolmentTry late = Attempt(third.id);
  Value(storage().Erase("ann"));
  EXPECT_EQ(Why(Accept(third.id, late, 1)), Denial::kNoRegistration);
  EXPECT_EQ(Why(storage().RejectEnrolment(third.id, late, Credential(1), "", "x", false)),
            Denial::kNoAccount);
  EXPECT_THAT(Value(storage().ListCredentials("ann")), SizeIs(0));
}

TEST_P(EnrolmentStorageTest, OfThoseThatTryAtOnceOneSucceeds) {
  const auto begun = Begin("ann");
  std::atomic<int> tried = 0;
  std::atomic<int> made = 0;
  std::vector<std::thread> threads;
  for (uint8_t i = 0; i < 6; ++i) {
    threads.emplace_back([&, i] {
      const auto attempt = storage().BeginEnrolment(kParty, begun.id, "");
      const auto* let = std::get_if<EnrolmentTry>(&attempt);
      if (let == nullptr) return;
      ++tried;
      made += std::holds_alternative<RegistrationRecord>(Accept(begun.id, *let, i));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(tried, kTriesPerRegistration);
  EXPECT_EQ(made, 1);
  EXPECT_THAT(Value(storage().ListCredentials("ann")), SizeIs(1));
}

}  // namespace
}  // namespace voizk::testing
