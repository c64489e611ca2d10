// Guards what the service remembers, on SQLite and on PostgreSQL alike: a challenge is accepted
// once, whoever tries and whatever is killed; failures are counted before they happen and delay as
// NIST SP 800-63B-4 wants; expired, revoked, unknown and replaced things do not log in; time does
// not go back; names are data and never SQL.
#include "service/storage/storage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

#include "service/storage/database.h"
#include "service/storage/databases.h"
#include "service/storage/fixture.h"

namespace voizk::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

INSTANTIATE_TEST_SUITE_P(Both, StorageTest, ::testing::Values(Kind::kSqlite, Kind::kPostgres),
                         [](const auto& parameter) {
                           return parameter.param == Kind::kSqlite ? "Sqlite" : "Postgres";
                         });

TEST_P(StorageTest, ACredentialIsRegisteredOnceAndListed) {
  const std::string id = Value(storage().BeginRegistration("ann", "", 60)).id;
  EXPECT_EQ(id.size(), 64u);
  EXPECT_EQ(Value(storage().FindRegistration(id)).expires_unix_s, 1'000'060);
  EXPECT_EQ(Value(storage().FindRegistration(id)).credential, "");
  const DeviceKeyRecord device{"ed25519", "aabb"};
  const auto made = Value(storage().FinishRegistration(id, Credential(1), device, "1.2.3.4"));
  EXPECT_EQ(made.account, "ann");
  EXPECT_EQ(made.credential, Credential(1).Id());
  EXPECT_EQ(Why(storage().FinishRegistration(id, Credential(2), {}, "")), Denial::kUsed);
  const std::string again = Value(storage().BeginRegistration("bob", "", 60)).id;
  EXPECT_EQ(Why(storage().FinishRegistration(again, Credential(1), {}, "")), Denial::kExists)
      << "one commitment belongs to one account";
  const auto listed = Value(storage().ListCredentials("ann"));
  ASSERT_THAT(listed, SizeIs(1));
  EXPECT_EQ(listed[0].credential, Credential(1));
  EXPECT_EQ(listed[0].device.public_key, "aabb");
  EXPECT_EQ(listed[0].created_unix_s, 1'000'000);
  EXPECT_THAT(Value(storage().ListCredentials("bob")), IsEmpty());
  EXPECT_EQ(Why(storage().FindRegistration(std::string(64, '0'))), Denial::kNoRegistration);
}

TEST_P(StorageTest, ARegistrationExpiresAndThereIsRoomForSoMany) {
  const std::string late = Value(storage().BeginRegistration("ann", "", 60)).id;
  now = 1'000'060;
  EXPECT_EQ(Why(storage().FinishRegistration(late, Credential(1), {}, "")), Denial::kExpired);
  for (int i = 0; i < kMaxOpenRegistrations; ++i) {
    Value(storage().BeginRegistration("ann", "", 60));
  }
  EXPECT_EQ(Why(storage().BeginRegistration("ann", "", 60)), Denial::kTooMany);
  for (int i = 0; i < kMaxCredentials; ++i) Register("bob", static_cast<uint8_t>(10 + i));
  const std::string full = Value(storage().BeginRegistration("bob", "", 60)).id;
  EXPECT_EQ(Why(storage().FinishRegistration(full, Credential(99), {}, "")), Denial::kTooMany);
}

TEST_P(StorageTest, ReEnrolmentRevokesTheOldCredentialInTheSameStep) {
  Register("ann", 1);
  EXPECT_EQ(Why(storage().BeginRegistration("bob", Credential(1).Id(), 60)), Denial::kNoCredential)
      << "another account's credential makes no way";
  const std::string id = Value(storage().BeginRegistration("ann", Credential(1).Id(), 60)).id;
  Value(storage().FinishRegistration(id, Credential(2), {}, ""));
  const auto begun = Value(storage().BeginLogin(kParty, "ann", 6, 120));
  EXPECT_THAT(begun.credentials, ElementsAre(Credential(2).Id()));
  EXPECT_EQ(Why(storage().BeginTry(kParty, Nonce(begun), Credential(1).Id(), "")),
            Denial::kNoCredential);
  EXPECT_EQ(Events("ann"), (std::vector<std::string>{"credential_registered", "credential_revoked",
                                                     "credential_registered"}));
}

TEST_P(StorageTest, ALoginIsAcceptedOnce) {
  Register("ann", 1);
  const auto begun = Value(storage().BeginLogin(kParty, "ann", 6, 120));
  EXPECT_EQ(begun.challenge.relying_party, "bank.example");
  EXPECT_EQ(begun.challenge.digits.size(), 6u);
  const LoginTry attempt = Try(begun, 1);
  EXPECT_EQ(attempt.challenge, begun.challenge);
  EXPECT_EQ(attempt.credential.credential, Credential(1));
  EXPECT_EQ(Value(storage().FindLogin(Nonce(begun))).accepted_unix_s, 0);
  Value(storage().Accept(Nonce(begun), attempt, "1.2.3.4", "proof"));
  const LoginRecord after = Value(storage().FindLogin(Nonce(begun)));
  EXPECT_EQ(after.credential, Credential(1).Id());
  EXPECT_EQ(after.accepted_unix_s, 1'000'000);
  EXPECT_EQ(Why(storage().Accept(Nonce(begun), attempt, "", "")), Denial::kUsed);
  EXPECT_EQ(Why(storage().BeginTry(kParty, Nonce(begun), Credential(1).Id(), "")), Denial::kUsed);
  EXPECT_EQ(Events("ann"), (std::vector<std::string>{"credential_registered", "login_accepted"}));
}

TEST_P(StorageTest, OfManyInstancesThatAcceptOneChallengeOneSucceeds) {
  Register("ann", 1);
  const auto second = Open();
  for (int round = 0; round < 5; ++round) {
    const auto begun = Value(storage().BeginLogin(kParty, "ann", 6, 120));
    const LoginTry attempt = Try(begun, 1);
    std::atomic<int> accepted = 0, used = 0, other = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 6; ++i) {
      threads.emplace_back([&, i] {
        Storage& one = i % 2 == 0 ? storage() : *second;
        const auto outcome = one.Accept(Nonce(begun), attempt, "1.2.3.4", "");
        const auto* refused = std::get_if<Refused>(&outcome);
        ++(refused == nullptr ? accepted : refused->why == Denial::kUsed ? used : other);
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(accepted, 1);
    EXPECT_EQ(used, 5);
    EXPECT_EQ(other, 0);
  }
  const std::vector<std::string> events = Events("ann");
  EXPECT_EQ(std::count(events.begin(), events.end(), "login_accepted"), 5);
}

TEST_P(StorageTest, TriesMadeAtOnceAreBoundedAsThoseMadeOneAfterAnother) {
  Register("ann", 1);
  const auto begun = Value(storage().BeginLogin(kParty, "ann", 6, 120));
  std::atomic<int> let_through = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      const auto outcome = storage().BeginTry(kParty, Nonce(begun), Credential(1).Id(), "");
      let_through += std::holds_alternative<LoginTry>(outcome);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(let_through, kTriesPerLogin);
  EXPECT_EQ(Why(storage().BeginTry(kParty, Nonce(begun), Credential(1).Id(), "")), Denial::kSpent);
}

TEST_P(StorageTest, FailuresDelayLongerAndLongerAndThenLock) {
  Register("ann", 1);
  std::vector<int64_t> delays;
  for (int failures = 1; failures <= 50; ++failures) {
    const auto begun = Value(storage().BeginLogin(kParty, "ann", 6, 86'400));
    const LoginTry attempt = Try(begun, 1);
    Value(storage().Reject(Nonce(begun), attempt, "", "proof_rejected", false));
    const auto next = storage().BeginTry(kParty, Nonce(begun), Credential(1).Id(), "");
    const auto* refused = std::get_if<Refused>(&next);
    if (failures < 5) {
      EXPECT_EQ(refused, nullptr) << failures;
      if (refused == nullptr) {
        Value(storage().Reject(Nonce(begun), std::get<LoginTry>(next), "", "", true));
      }
      delays.push_back(0);
    } else if (failures < 50) {
      ASSERT_NE(refused, nullptr);
      EXPECT_EQ(refused->why, Denial::kWait);
      EXPECT_EQ(Why(storage().BeginLogin(kParty, "ann", 6, 60)), Denial::kWait);
      delays.push_back(refused->retry_after_s);
      now += refused->retry_after_s;
    } else {
      EXPECT_EQ(refused == nullptr ? Denial::kOther : refused->why, Denial::kLocked);
    }
    Spend(begun);
  }
  // NIST SP 800-63B-4: at least 30 s after five, at most 50 in a row.
  delays.resize(13);
  EXPECT_THAT(delays, ElementsAre(0, 0, 0, 0, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600));
  now += 10'000'000;
  EXPECT_EQ(Why(storage().BeginLogin(kParty, "ann", 6, 60)), Denial::kLocked);
  Value(storage().ResetFailures("ann", ""));
  LogIn("ann", 1);
  EXPECT_EQ(Why(storage().ResetFailures("nobody", "")), Denial::kNoAccount);
}

TEST_P(StorageTest, SuccessForgetsFailuresAndFaultsOfOursAreNone) {
  Register("ann", 1);
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 4; ++i) {
      const auto begun = Value(storage().BeginLogin(kParty, "ann", 6, 120));
      Value(storage().Reject(Nonce(begun), Try(begun, 1), "", "", false));
      Spend(begun);
    }
    LogIn("ann", 1);
  }
  const auto begun = Value(storage().BeginLogin(kParty, "ann", 6, 120));
  for (int i = 0; i < 20; ++i) {
    Value(storage().Reject(Nonce(begun), Try(begun, 1), "9.9.9.9", "", true));
  }
  LogIn("ann", 1);
}

TEST_P(StorageTest, AnAddressIsBoundedOverAllAccountsForAnHour) {
  throttle.address_failures = 7;
  Register("ann", 1);
  Register("bob", 2);
  Reopen();
  int let_through = 0;
  for (int i = 0; i < 5; ++i) {
    for (const uint8_t seed : {uint8_t{1}, uint8_t{2}}) {
      const auto begun = Value(storage().BeginLogin(kParty, seed == 1 ? "ann" : "bob", 6, 120));
      const auto outcome =
          storage().BeginTry(kParty, Nonce(begun), Credential(seed).Id(), "6.6.6.6");
      const auto* refused = std::get_if<Refused>(&outcome);
      let_through += refused == nullptr;
      if (refused != nullptr) {
        EXPECT_EQ(refused->why, Denial::kAddress);
        EXPECT_EQ(refused->retry_after_s, 3600);
        EXPECT_EQ(Value(storage().FindLogin(Nonce(begun))).tries, 0) << "nothing changed";
      }
      Spend(begun);
      Value(storage().ResetFailures(seed == 1 ? "ann" : "bob", ""));
    }
  }
  EXPECT_EQ(let_through, 7);
  LogIn("ann", 1, "7.7.7.7");
  now += kAddressWindowSeconds;
  for (int i = 0; i < 12; ++i) LogIn("ann", 1, "6.6.6.6");  // what is accepted is no failure
}

TEST_P(StorageTest, TimeDecidesAndDoesNotGoBack) {
  Register("ann", 1);
  const auto begun = Value(storage().BeginLogin(kParty, "ann", 6, 120));
  const LoginTry attempt = Try(begun, 1);
  now += 119;
  Value(storage().Prune(0));
  now -= 59;  // stepped back by less than a minute: the database's time is taken
  Value(storage().Prune(0));
  now += 60;  // 120 after the beginning
  EXPECT_EQ(Why(storage().Accept(Nonce(begun), attempt, "", "")), Denial::kExpired);
  EXPECT_EQ(Why(storage().BeginTry(kParty, Nonce(begun), Credential(1).Id(), "")),
            Denial::kExpired);
  Value(storage().Prune(0));
  now -= 60;
  EXPECT_EQ(Why(storage().Accept(Nonce(begun), attempt, "", "")), Denial::kExpired)
      << "a time that the database has seen has passed for ever";
  now -= 1;
  const auto behind = storage().BeginLogin(kParty, "ann", 6, 120);
  ASSERT_TRUE(std::holds_alternative<Refused>(behind));
  EXPECT_EQ(std::get<Refused>(behind).error.code, ErrorCode::kInvalidArgument);
  Reopen();
  EXPECT_EQ(Why(storage().Ping()), Denial::kOther) << "the high-water mark is durable";
}

TEST_P(StorageTest, RevokedBetweenProofAndVerdictIsRefused) {
  Register("ann", 1);
  const auto begun = Value(storage().BeginLogin(kParty, "ann", 6, 120));
  const LoginTry attempt = Try(begun, 1);
  EXPECT_EQ(Why(storage().Revoke("bob", Credential(1).Id(), "")), Denial::kNoCredential);
  Value(storage().Revoke("ann", Credential(1).Id(), ""));
  EXPECT_EQ(Why(storage().Accept(Nonce(begun), attempt, "", "")), Denial::kNoCredential);
  EXPECT_EQ(Why(storage().Revoke("ann", Credential(1).Id(), "")), Denial::kNoCredential);
  EXPECT_EQ(Why(storage().BeginLogin(kParty, "ann", 6, 120)), Denial::kNoCredential);
}

TEST_P(StorageTest, CredentialsOfAnotherPartyOrBundleAreNotOffered) {
  Party other_party = kParty, other_bundle = kParty;
  other_party.relying_party = "other.example";
  other_bundle.bundle_digest.fill(8);
  Register("ann", 1);
  for (const Party& party : {other_party, other_bundle}) {
    EXPECT_EQ(Why(storage().BeginLogin(party, "ann", 6, 120)), Denial::kNoCredential);
  }
  const auto begun = Value(storage().BeginLogin(kParty, "ann", 6, 120));
  EXPECT_EQ(Why(storage().BeginTry(other_party, Nonce(begun), Credential(1).Id(), "")),
            Denial::kNoLogin);
  EXPECT_EQ(Why(storage().BeginTry(other_bundle, Nonce(begun), Credential(1).Id(), "")),
            Denial::kNoCredential)
      << "the service was started anew with another bundle";
  EXPECT_EQ(Value(storage().FindLogin(Nonce(begun))).tries, 0) << "nothing was counted";
  PublicCredential newer = Credential(2);
  newer.bundle_digest = other_bundle.bundle_digest;
  const std::string id = Value(storage().BeginRegistration("ann", "", 60)).id;
  Value(storage().FinishRegistration(id, newer, {}, ""));
  EXPECT_THAT(Value(storage().BeginLogin(kParty, "ann", 6, 120)).credentials,
              ElementsAre(Credential(1).Id()));
  EXPECT_THAT(Value(storage().BeginLogin(other_bundle, "ann", 6, 120)).credentials,
              ElementsAre(newer.Id()));
  Value(storage().Revoke("ann", newer.Id(), ""));
}

TEST_P(StorageTest, AnotherAccountsCredentialAnswersNothing) {
  Register("ann", 1);
  Register("eve", 2);
  const auto begun = Value(storage().BeginLogin(kParty, "ann", 6, 120));
  EXPECT_EQ(Why(storage().BeginTry(kParty, Nonce(begun), Credential(2).Id(), "")),
            Denial::kNoCredential);
  EXPECT_EQ(Why(storage().BeginTry(kParty, std::string(64, '1'), Credential(1).Id(), "")),
            Denial::kNoLogin);
  EXPECT_EQ(Why(storage().BeginLogin(kParty, "nobody", 6, 120)), Denial::kNoAccount);
}

TEST_P(StorageTest, SoManyChallengesWaitForAnAnswer) {
  Register("ann", 1);
  for (int i = 0; i < 5; ++i) Value(storage().BeginLogin(kParty, "ann", 6, 120));
  now += 20;
  const auto full = storage().BeginLogin(kParty, "ann", 6, 120);
  ASSERT_TRUE(std::holds_alternative<Refused>(full));
  EXPECT_EQ(std::get<Refused>(full).why, Denial::kTooMany);
  EXPECT_EQ(std::get<Refused>(full).retry_after_s, 100);
  now += 100;
  Value(storage().BeginLogin(kParty, "ann", 6, 120));
}

TEST_P(StorageTest, NamesAreDataAndNeverSql) {
  const std::string evil = "x'; DROP TABLE audit; -- $1 \" \\ %s";
  Register(evil, 1);
  LogIn(evil, 1, "'; DELETE FROM used_nonces; --");
  EXPECT_THAT(Value(storage().ListCredentials(evil)), SizeIs(1));
  EXPECT_THAT(Value(storage().ListCredentials("x' OR '1'='1")), IsEmpty());
  EXPECT_EQ(Events(evil), (std::vector<std::string>{"credential_registered", "login_accepted"}));
  EXPECT_EQ(Why(storage().FindLogin("' OR 1=1 --")), Denial::kNoLogin);
  const auto begun = Value(storage().BeginLogin(kParty, evil, 6, 120));
  const std::string longer = Credential(1).Id() + std::string(1, '\0') + "x";
  EXPECT_TRUE(std::holds_alternative<Refused>(storage().BeginTry(kParty, Nonce(begun), longer, "")))
      << "a text does not end at a zero";
}

TEST_P(StorageTest, PruningForgetsNothingThatCouldBeAnswered) {
  Register("ann", 1);
  const auto old = Value(storage().BeginLogin(kParty, "ann", 6, 120));
  const LoginTry attempt = Try(old, 1);
  Value(storage().Accept(Nonce(old), attempt, "", ""));
  now += 120 + kNonceKeepSeconds;
  Value(storage().Prune(0));
  EXPECT_EQ(Why(storage().Accept(Nonce(old), attempt, "", "")), Denial::kExpired);
  now += 1;
  Value(storage().Prune(0));
  EXPECT_EQ(Why(storage().Accept(Nonce(old), attempt, "", "")), Denial::kNoLogin);
  EXPECT_EQ(Why(storage().FindLogin(Nonce(old))), Denial::kNoLogin);
  EXPECT_EQ(Events("ann").size(), 2u);
  now += 2 * 86'400;
  Value(storage().Prune(1));
  EXPECT_THAT(Events("ann"), IsEmpty());
  LogIn("ann", 1);
}

TEST_P(StorageTest, AnErasedAccountLeavesNoName) {
  Register("ann", 1);
  LogIn("ann", 1, "1.2.3.4");
  const auto open = Value(storage().BeginLogin(kParty, "ann", 6, 120));
  const LoginTry attempt = Try(open, 1);
  Value(storage().Erase("ann"));
  EXPECT_EQ(Why(storage().Accept(Nonce(open), attempt, "", "")), Denial::kNoLogin);
  for (const bool blameless : {false, true}) {
    EXPECT_EQ(Why(storage().Reject(Nonce(open), attempt, "1.2.3.4", "x", blameless)),
              Denial::kNoAccount);
  }
  EXPECT_EQ(Why(storage().BeginLogin(kParty, "ann", 6, 120)), Denial::kNoAccount);
  for (const AuditRow& row : Value(storage().Audit("", 0, 100))) {
    EXPECT_EQ(row.account + row.credential + row.address + row.detail, "") << row.event;
  }
  EXPECT_EQ(Why(storage().Erase("ann")), Denial::kNoAccount);
}

TEST_P(StorageTest, TheAuditLogIsReadInPieces) {
  Register("ann", 1);
  for (int i = 0; i < 4; ++i) LogIn("ann", 1);
  std::set<int64_t> numbers;
  int64_t after = 0;
  for (int pieces = 0; pieces < 3; ++pieces) {
    const auto rows = Value(storage().Audit("", after, 2));
    for (const AuditRow& row : rows) {
      EXPECT_GT(row.number, after);
      after = row.number;
      numbers.insert(row.number);
    }
  }
  EXPECT_THAT(numbers, SizeIs(5));
  EXPECT_THAT(Value(storage().Audit("", after, 2)), IsEmpty());
}

TEST_P(StorageTest, ConnectionsThatWereLostAreOpenedAnew) {
  if (GetParam() == Kind::kSqlite) return;  // it has none to lose
  Register("ann", 1);
  const auto second = Open();
  auto database = OpenDatabase(where());
  ASSERT_TRUE(database.ok());
  ASSERT_TRUE((*database)
                  ->Execute("SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity"
                            " WHERE pid <> pg_backend_pid() AND usename = 'voizk'",
                            {})
                  .ok());
  LogIn("ann", 1);
  EXPECT_THAT(Value(second->ListCredentials("ann")), SizeIs(1));
}

TEST_P(StorageTest, TablesOfANewerVersionAreLeftAlone) {
  Register("ann", 1);
  auto database = OpenDatabase(where());
  ASSERT_TRUE(database.ok());
  ASSERT_TRUE((*database)->Execute("INSERT INTO voizk_schema (version) VALUES (99)", {}).ok());
  const auto newer = Storage::Open(where(), 1, Throttle{}, Clock());
  ASSERT_FALSE(newer.ok());
  EXPECT_EQ(newer.error().code, ErrorCode::kUnsupported);
  ASSERT_TRUE((*database)->Execute("DELETE FROM voizk_schema WHERE version = 99", {}).ok());
  Reopen();
  EXPECT_THAT(Value(storage().ListCredentials("ann")), SizeIs(1));
}

TEST_P(StorageTest, InstancesThatStartAtOnceMakeTheTablesOnce) {
  const auto fresh = EmptyDatabase(GetParam());
  ASSERT_TRUE(fresh.has_value());
  std::vector<std::thread> threads;
  std::atomic<int> opened = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back(
        [&] { opened += Storage::Open(*fresh, 1, Throttle{}, SystemUnixSeconds).ok(); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(opened, 4);
}

TEST(Databases, AWriteThatCameBetweenIsInTheWay) {
  const auto where = EmptyDatabase(Kind::kSqlite);
  ASSERT_TRUE(where.has_value());
  auto one = OpenDatabase(*where), two = OpenDatabase(*where);
  ASSERT_TRUE(one.ok() && two.ok());
  ASSERT_TRUE((*one)->Execute("CREATE TABLE t (a BIGINT)", {}).ok());
  ASSERT_TRUE((*one)->Begin(Access::kRead).ok());
  ASSERT_TRUE((*one)->Execute("SELECT a FROM t", {}).ok());
  ASSERT_TRUE((*two)->Execute("INSERT INTO t (a) VALUES (1)", {}).ok());
  // SQLITE_BUSY_SNAPSHOT, an extended code.
  EXPECT_FALSE((*one)->Execute("INSERT INTO t (a) VALUES (2)", {}).ok());
  EXPECT_TRUE((*one)->in_the_way());
  (*one)->Rollback();
}

TEST(Databases, AreToldApartByTheirNames) {
  for (const char* postgres : {"postgresql:///voizk", "postgres://u@h/d", "host=/run/x user=y"}) {
    EXPECT_TRUE(IsPostgres(postgres)) << postgres;
  }
  for (const char* sqlite : {"voizk.db", "/var/lib/voizk/a=b.db", "sqlite:a=b", "./x=y"}) {
    EXPECT_FALSE(IsPostgres(sqlite)) << sqlite;
  }
  EXPECT_FALSE(OpenDatabase("/nowhere/at/all/voizk.db").ok());
  EXPECT_FALSE(OpenDatabase("host=/nowhere user=x connect_timeout=1").ok());
}

}  // namespace
}  // namespace voizk::testing
