// A Storage on each of the two databases, with a clock that the test moves.
#ifndef VOIZK_TESTS_SERVICE_STORAGE_FIXTURE_H_
#define VOIZK_TESTS_SERVICE_STORAGE_FIXTURE_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "login/store/text.h"
#include "service/storage/databases.h"
#include "service/storage/storage.h"

namespace voizk::testing {

template <typename T>
T Value(Outcome<T> outcome) {
  if (auto* value = std::get_if<T>(&outcome)) return std::move(*value);
  const Refused& refused = std::get<Refused>(outcome);
  ADD_FAILURE() << "denied (" << static_cast<int>(refused.why) << ") " << refused.error.message;
  return T{};
}

/// Why it was denied; a value is a failure.
template <typename T>
Denial Why(const Outcome<T>& outcome) {
  const auto* refused = std::get_if<Refused>(&outcome);
  EXPECT_NE(refused, nullptr) << "it was not denied";
  return refused == nullptr ? Denial::kOther : refused->why;
}

inline const Party kParty = [] {
  Party party{.relying_party = "bank.example"};
  party.bundle_digest.fill(7);
  return party;
}();

inline PublicCredential Credential(uint8_t seed) {
  PublicCredential credential{.relying_party = kParty.relying_party,
                              .bundle_digest = kParty.bundle_digest};
  credential.commitment.fill(seed);
  return credential;
}

inline std::string Nonce(const Storage::BegunLogin& begun) { return ToHex(begun.challenge.nonce); }

class StorageTest : public ::testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    const auto where = EmptyDatabase(GetParam());
    if (!where) GTEST_SKIP() << "PostgreSQL is not installed (Debian's postgresql)";
    where_ = *where;
    Reopen();
    if (storage_ == nullptr) GTEST_FAIL() << "the database does not open";
  }

  UnixClock Clock() {
    return [this] { return now.load(); };
  }
  std::unique_ptr<Storage> Open() {
    auto opened = Storage::Open(where_, 6, throttle, Clock());
    EXPECT_TRUE(opened.ok()) << opened.error().message;
    return opened.ok() ? std::move(*opened) : nullptr;
  }
  void Reopen() {
    storage_ = nullptr;
    storage_ = Open();
  }
  Storage& storage() { return *storage_; }
  const std::string& where() const { return where_; }

  void Register(const std::string& account, uint8_t seed) {
    const std::string id = Value(storage().BeginRegistration(account, "", 60)).id;
    Value(storage().FinishRegistration(id, Credential(seed), {}, ""));
  }
  LoginTry Try(const Storage::BegunLogin& begun, uint8_t seed, const std::string& address = "") {
    return Value(storage().BeginTry(kParty, Nonce(begun), Credential(seed).Id(), address));
  }
  void LogIn(const std::string& account, uint8_t seed, const std::string& address = "") {
    const auto begun = Value(storage().BeginLogin(kParty, account, 6, 120));
    Value(storage().Accept(Nonce(begun), Try(begun, seed, address), address, ""));
  }
  /// Takes a challenge out of the account's open ones, as its expiry would.
  void Spend(const Storage::BegunLogin& begun);
  std::vector<std::string> Events(const std::string& account) {
    std::vector<std::string> events;
    for (const AuditRow& row : Value(storage().Audit(account, 0, 1000)))
      events.push_back(row.event);
    return events;
  }

  std::atomic<int64_t> now = 1'000'000;
  Throttle throttle;

 private:
  std::string where_;
  std::unique_ptr<Storage> storage_;
};

}  // namespace voizk::testing

#endif  // VOIZK_TESTS_SERVICE_STORAGE_FIXTURE_H_
