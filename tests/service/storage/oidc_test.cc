// Guards what an OpenID provider remembers, on both databases: a code comes of a login that was
// accepted in the same browser's interaction, is redeemed once, whoever tries at the same time, by
// its client, redirect and verifier and before it expires; its access token ends with it, with the
// credential and with the account; interactions, logins in them and tried secrets are bounded; and
// tables of the version before are brought forward with what is in them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "service/storage/database.h"
#include "service/storage/fixture.h"

namespace voizk::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::SizeIs;

class OidcStorageTest : public StorageTest {
 protected:
  static AuthorizationRequest Request() {
    return {.client = "shop",
            .redirect_uri = "https://shop.example/",
            .state = "state",
            .nonce = "nonce",
            .login_hint = "",
            .code_challenge = "challenge"};
  }
  static CodePresented Presented(const std::string& code, const std::string& token = "token") {
    return {.code_hash = code,
            .client = "shop",
            .redirect_uri = "https://shop.example/",
            .code_challenge = "challenge",
            .token_hash = token,
            .token_s = 300};
  }
  std::string Begin() {
    return Value(storage().BeginInteraction(Request(), "browser", "1.2.3.4", 600));
  }
  /// An interaction in which the account has logged in.
  std::string LoggedIn(const std::string& account, uint8_t seed) {
    const std::string id = Begin();
    Value(storage().ReserveLogin(id, "browser"));
    const auto login = Value(storage().BeginLogin(kParty, account, 6, 120));
    Value(storage().NoteLogin(id, "browser", account, Nonce(login)));
    EXPECT_EQ(Why(Finish(id, "early")), Denial::kPending) << "begun is not accepted";
    Value(storage().Accept(Nonce(login), Try(login, seed), "", ""));
    return id;
  }
  Outcome<InteractionRecord> Finish(const std::string& id, const std::string& code) {
    return storage().FinishInteraction(kParty, id, "browser", code, 60);
  }
  Redemption Redeem(const CodePresented& presented) {
    return Value(storage().RedeemCode(kParty, presented)).result;
  }
};

INSTANTIATE_TEST_SUITE_P(Both, OidcStorageTest, ::testing::Values(Kind::kSqlite, Kind::kPostgres),
                         [](const auto& parameter) {
                           return parameter.param == Kind::kSqlite ? "Sqlite" : "Postgres";
                         });

TEST_P(OidcStorageTest, AnAcceptedLoginBecomesACodeAndATokenOnce) {
  Register("ann", 1);
  const std::string id = LoggedIn("ann", 1);
  now += 5;
  const auto finished = Value(Finish(id, "code"));
  EXPECT_EQ(finished.request.redirect_uri, "https://shop.example/");
  EXPECT_EQ(finished.request.state, "state");
  EXPECT_EQ(Why(Finish(id, "second")), Denial::kUsed);
  const auto redeemed = Value(storage().RedeemCode(kParty, Presented("code")));
  EXPECT_EQ(redeemed.result, Redemption::kGranted);
  EXPECT_EQ(redeemed.grant.account, "ann");
  EXPECT_EQ(redeemed.grant.nonce, "nonce");
  EXPECT_EQ(redeemed.grant.auth_unix_s, 1'000'000);
  EXPECT_EQ(redeemed.now_unix_s, 1'000'005);
  EXPECT_FALSE(redeemed.grant.device_key);
  EXPECT_EQ(Value(storage().FindToken(kParty, "token")).account, "ann");
  EXPECT_EQ(Redeem(Presented("second")), Redemption::kUnknown);
  EXPECT_EQ(Redeem(Presented("code", "other")), Redemption::kReused);
  EXPECT_EQ(Why(storage().FindToken(kParty, "token")), Denial::kNoLogin)
      << "a second use revokes it";
  EXPECT_EQ(Why(storage().FindToken(kParty, "other")), Denial::kNoLogin);
  EXPECT_THAT(Events("ann"), Contains("code_refused"));
}

TEST_P(OidcStorageTest, ACodeIsOneClientsForOneRedirectAndVerifierInTime) {
  Register("ann", 1);
  const auto refused = [&](const char* code, auto change, Redemption why, Redemption then) {
    Value(Finish(LoggedIn("ann", 1), code));
    CodePresented presented = Presented(code);
    change(&presented);
    EXPECT_EQ(Redeem(presented), why);
    EXPECT_EQ(Why(storage().FindToken(kParty, "token")), Denial::kNoLogin);
    EXPECT_EQ(Redeem(Presented(code)), then);
    if (then != Redemption::kGranted) return;
    Value(storage().FindToken(kParty, "token"));
    EXPECT_EQ(Redeem(presented), why);
    Value(storage().FindToken(kParty, "token"));
    EXPECT_EQ(Redeem(Presented(code)), Redemption::kReused);
  };
  using enum Redemption;
  refused(
      "1", [](CodePresented* p) { p->client = "mail"; }, kOtherClient, kGranted);
  refused(
      "2", [](CodePresented* p) { p->redirect_uri += "x"; }, kOtherRedirect, kReused);
  refused(
      "3", [](CodePresented* p) { p->code_challenge = ""; }, kWrongVerifier, kGranted);
  refused(
      "4", [this](CodePresented*) { now += 60; }, kExpired, kReused);
  Value(Finish(LoggedIn("ann", 1), "5"));
  now += 59;
  EXPECT_EQ(Redeem(Presented("5")), Redemption::kGranted);
  now += 299;
  Value(storage().FindToken(kParty, "token"));
  now += 1;
  EXPECT_EQ(Why(storage().FindToken(kParty, "token")), Denial::kNoLogin) << "tokens expire";
}

TEST_P(OidcStorageTest, CodesAndTokensAreOfOneParty) {
  Register("ann", 1);
  Party other = kParty;
  other.relying_party = "shop.example";
  Value(Finish(LoggedIn("ann", 1), "code"));
  EXPECT_EQ(Value(storage().RedeemCode(other, Presented("code"))).result, Redemption::kUnknown);
  EXPECT_EQ(Redeem(Presented("code")), Redemption::kGranted);
  EXPECT_EQ(Why(storage().FindToken(other, "token")), Denial::kNoLogin);
  EXPECT_EQ(Value(storage().FindToken(kParty, "token")).account, "ann");
}

TEST_P(OidcStorageTest, EachKindOfRefusalIsAuditedOnce) {
  Register("ann", 1);
  Value(Finish(LoggedIn("ann", 1), "code"));
  CodePresented thief = Presented("code", "other");
  thief.client = "mail";
  CodePresented guess = Presented("code", "other");
  guess.code_challenge = "another";
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Redeem(thief), Redemption::kOtherClient);
    EXPECT_EQ(Redeem(guess), Redemption::kWrongVerifier);
  }
  for (int i = 0; i < 3; ++i) Redeem(Presented("code"));
  EXPECT_EQ(Redeem(thief), Redemption::kOtherClient);
  std::vector<std::string> told;
  for (const AuditRow& row : Value(storage().Audit("ann", 0, 100))) {
    if (row.event.starts_with("code_")) told.push_back(row.event + " " + row.detail);
  }
  EXPECT_THAT(told,
              ElementsAre("code_issued client shop", "code_refused client mail: another client's",
                          "code_refused client shop: wrong verifier", "code_redeemed client shop",
                          "code_refused client shop: used before; its token is revoked"));
}

TEST_P(OidcStorageTest, OfManyThatRedeemAtOnceOneIsGranted) {
  Register("ann", 1);
  Value(Finish(LoggedIn("ann", 1), "code"));
  std::atomic<int> granted = 0, reused = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      const Redemption result = Redeem(Presented("code", "token" + std::to_string(i)));
      granted += result == Redemption::kGranted ? 1 : 0;
      reused += result == Redemption::kReused ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(granted, 1);
  EXPECT_EQ(reused, 7);
}

TEST_P(OidcStorageTest, AnInteractionIsOneBrowsersAndEnds) {
  Register("ann", 1);
  const std::string id = LoggedIn("ann", 1);
  EXPECT_EQ(Why(storage().FindInteraction(id, "thief")), Denial::kNoInteraction);
  EXPECT_EQ(Why(storage().FinishInteraction(kParty, id, "thief", "code", 60)),
            Denial::kNoInteraction);
  EXPECT_EQ(Why(storage().FinishInteraction(kParty, id, "", "code", 60)), Denial::kNoInteraction);
  Party other = kParty;
  other.relying_party = "shop.example";
  EXPECT_EQ(Why(storage().FinishInteraction(other, id, "browser", "code", 60)),
            Denial::kNoCredential);
  Value(storage().CancelInteraction(id, "browser"));
  EXPECT_EQ(Why(Finish(id, "code")), Denial::kUsed) << "the user has said no";
  const std::string late = LoggedIn("ann", 1);
  now += 600;
  EXPECT_EQ(Why(Finish(late, "code")), Denial::kExpired);
  EXPECT_TRUE(Value(storage().FindInteraction(late, "browser")).expired);
  EXPECT_TRUE(Value(storage().CancelInteraction(late, "browser")).expired);
  EXPECT_EQ(Why(storage().CancelInteraction(late, "browser")), Denial::kUsed);
}

TEST_P(OidcStorageTest, TheLastLoginThatWasBegunCountsAndOnlyIts) {
  Register("ann", 1);
  Register("bob", 2);
  const std::string id = LoggedIn("ann", 1);
  const auto login = Value(storage().BeginLogin(kParty, "bob", 6, 120));
  Value(storage().NoteLogin(id, "browser", "bob", Nonce(login)));
  EXPECT_EQ(Why(Finish(id, "code")), Denial::kPending);
}

TEST_P(OidcStorageTest, LoginsOfAnInteractionAreTakenBeforeTheyAreBegun) {
  const std::string id = Begin();
  EXPECT_EQ(Why(storage().ReserveLogin(id, "thief")), Denial::kNoInteraction);
  std::atomic<int> taken = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      const auto outcome = storage().ReserveLogin(id, "browser");
      taken += std::holds_alternative<InteractionRecord>(outcome) ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(taken, kLoginsPerInteraction);
  EXPECT_EQ(Why(storage().ReserveLogin(id, "browser")), Denial::kTooMany);
  Value(storage().ReturnLogin(id, "browser", true));
  Value(storage().ReserveLogin(id, "browser"));
  EXPECT_EQ(Why(storage().ReserveLogin(id, "browser")), Denial::kTooMany);
  throttle.open_logins = 2;
  Reopen();
  const std::string other = Begin();
  Value(storage().ReserveLogin(other, "browser"));
  EXPECT_EQ(Why(storage().ReserveLogin(other, "browser")), Denial::kTooMany)
      << "one stays for the account's owner";
  Value(storage().CancelInteraction(other, "browser"));
  EXPECT_EQ(Why(storage().ReserveLogin(other, "browser")), Denial::kUsed);
}

TEST_P(OidcStorageTest, BegunLoginsCountForTheAddressUntilTheyAreFinished) {
  throttle.address_failures = 2;
  Reopen();
  Register("ann", 1);
  for (int i = 0; i < 4; ++i) Value(Finish(LoggedIn("ann", 1), "code" + std::to_string(i)));
  const std::string id = Begin();
  Value(storage().ReserveLogin(id, "browser"));
  Value(storage().ReturnLogin(id, "browser", true));
  Value(storage().ReserveLogin(id, "browser"));
  Value(storage().ReturnLogin(id, "browser", false));
  Value(storage().ReserveLogin(id, "browser"));
  EXPECT_EQ(Why(storage().ReserveLogin(id, "browser")), Denial::kAddress);
  EXPECT_EQ(Why(storage().ReserveLogin(Begin(), "browser")), Denial::kAddress);
  now += kAddressWindowSeconds;
  Value(storage().ReserveLogin(Begin(), "browser"));
}

TEST_P(OidcStorageTest, RevokedAndErasedThingsAreWorthNothing) {
  Register("ann", 1);
  Register("bob", 2);
  Value(Finish(LoggedIn("ann", 1), "token's"));
  EXPECT_EQ(Redeem(Presented("token's")), Redemption::kGranted);
  Value(Finish(LoggedIn("ann", 1), "code"));
  const std::string open = LoggedIn("ann", 1);
  Value(storage().Revoke("ann", Credential(1).Id(), ""));
  EXPECT_EQ(Why(storage().FindToken(kParty, "token")), Denial::kNoLogin);
  EXPECT_EQ(Redeem(Presented("code", "2")), Redemption::kRevoked);
  EXPECT_EQ(Why(Finish(open, "third")), Denial::kNoCredential);
  Value(Finish(LoggedIn("bob", 2), "bob's"));
  const std::string gone = LoggedIn("bob", 2);
  AuthorizationRequest hinted = Request();
  hinted.login_hint = "bob";
  const std::string hint = Value(storage().BeginInteraction(hinted, "browser", "1.2.3.4", 600));
  Value(storage().Erase("bob"));
  EXPECT_EQ(Redeem(Presented("bob's", "3")), Redemption::kUnknown);
  EXPECT_EQ(Why(storage().FindInteraction(gone, "browser")), Denial::kNoInteraction);
  EXPECT_EQ(Value(storage().FindInteraction(hint, "browser")).request.login_hint, "");
}

TEST_P(OidcStorageTest, AddressesAreBounded) {
  Begin();
  auto database = OpenDatabase(where());
  ASSERT_TRUE(database.ok());
  // As if all but the last one had been begun so.
  ASSERT_TRUE((*database)
                  ->Execute("INSERT INTO oidc_interactions SELECT id || other, browser, address,"
                            " client, redirect_uri, state, nonce, login_hint, code_challenge,"
                            " expires_unix_s, account, login, logins, done FROM oidc_interactions,"
                            " (WITH RECURSIVE many(other) AS (SELECT 1 UNION ALL SELECT other + 1"
                            " FROM many WHERE other < " +
                                std::to_string(kInteractionsPerAddress - 2) +
                                ") SELECT other FROM many) AS rows",
                            {})
                  .ok());
  Value(storage().CancelInteraction(Begin(), "browser"));
  EXPECT_EQ(Why(storage().BeginInteraction(Request(), "b", "1.2.3.4", 600)), Denial::kTooMany);
  Value(storage().BeginInteraction(Request(), "b", "1.2.3.5", 600));
  now += 600;
  Begin();
}

TEST_P(OidcStorageTest, WhatExpiredIsRemovedAndACodeIsNotForgottenBefore) {
  Register("ann", 1);
  Value(Finish(LoggedIn("ann", 1), "code"));
  EXPECT_EQ(Redeem(Presented("code")), Redemption::kGranted);
  now += 600;
  Value(storage().Prune(0));
  EXPECT_EQ(Redeem(Presented("code", "2")), Redemption::kReused);
  now += 4000;
  Value(storage().Prune(0));
  auto database = OpenDatabase(where());
  ASSERT_TRUE(database.ok());
  for (const char* table : {"oidc_interactions", "oidc_codes", "oidc_used_codes", "oidc_tokens"}) {
    const auto rows = (*database)->Execute("SELECT expires_unix_s FROM " + std::string(table), {});
    ASSERT_TRUE(rows.ok());
    EXPECT_THAT(*rows, SizeIs(0)) << table;
  }
}

TEST_P(OidcStorageTest, TablesOfTheVersionBeforeAreBroughtForward) {
  Register("ann", 1);
  auto database = OpenDatabase(where());
  ASSERT_TRUE(database.ok());
  for (const char* statement :
       {"DROP TABLE oidc_interactions", "DROP TABLE oidc_codes", "DROP TABLE oidc_used_codes",
        "DROP TABLE oidc_tokens", "ALTER TABLE registrations DROP COLUMN challenge",
        "ALTER TABLE registrations DROP COLUMN tries", "ALTER TABLE credentials DROP COLUMN proven",
        "DELETE FROM voizk_schema WHERE version > 1"}) {
    ASSERT_TRUE((*database)->Execute(statement, {}).ok()) << statement;
  }
  Reopen();
  EXPECT_FALSE(Value(storage().ListCredentials("ann")).at(0).proven);
  Value(Finish(LoggedIn("ann", 1), "code"));
  EXPECT_EQ(Redeem(Presented("code")), Redemption::kGranted);
}

}  // namespace
}  // namespace voizk::testing
