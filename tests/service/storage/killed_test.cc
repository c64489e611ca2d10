// Guards what kill -9 may do, at any moment and under load: what a process said it had accepted is
// accepted for ever, nothing is accepted twice, and the audit log has exactly one row for each.
// Two processes at a time answer the same challenges and are killed in the middle; VOIZK_KILLS
// says how often (default 24; 200 take about nine times as long).
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "service/storage/fixture.h"

namespace voizk::testing {
namespace {

constexpr size_t kNonceDigits = 64;

/// Of a round: more than are answered before the kill.
int Challenges(Kind kind) { return kind == Kind::kSqlite ? 100 : 14; }

class KilledTest : public StorageTest {};
INSTANTIATE_TEST_SUITE_P(Both, KilledTest, ::testing::Values(Kind::kSqlite, Kind::kPostgres),
                         [](const auto& parameter) {
                           return parameter.param == Kind::kSqlite ? "Sqlite" : "Postgres";
                         });

int Kills() {
  const char* const text = std::getenv("VOIZK_KILLS");
  return text == nullptr ? 24 : std::atoi(text);
}

/// What an instance of the service does for each proof, and says a nonce once it may say yes.
[[noreturn]] void Serve(const std::string& where, const Throttle& throttle,
                        const std::vector<std::string>& nonces, int say) {
  auto storage = Storage::Open(where, 1, throttle, [] { return int64_t{1'000'000}; });
  if (!storage.ok() || write(say, "r", 1) != 1) _exit(1);
  for (const std::string& nonce : nonces) {
    const auto attempt = (*storage)->BeginTry(kParty, nonce, Credential(1).Id(), "1.2.3.4");
    if (!std::holds_alternative<LoginTry>(attempt)) continue;
    const auto outcome = (*storage)->Accept(nonce, std::get<LoginTry>(attempt), "1.2.3.4", "");
    if (std::holds_alternative<Done>(outcome) &&
        write(say, nonce.data(), nonce.size()) != static_cast<ssize_t>(nonce.size())) {
      _exit(1);
    }
  }
  for (;;) pause();  // only a kill ends it
}

struct Instance {
  pid_t process = -1;
  int heard = -1;
  std::string said = {};

  /// Takes what was said until now or, at the end, until nobody can say more; false: nothing.
  bool Listen() {
    char buffer[4096];
    const ssize_t got = read(heard, buffer, sizeof buffer);
    if (got > 0) said.append(buffer, static_cast<size_t>(got));
    return got > 0;
  }
};

Instance StartInstance(const std::string& where, const Throttle& throttle,
                       const std::vector<std::string>& nonces) {
  int ends[2] = {-1, -1};
  if (pipe(ends) != 0) return {};
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    Serve(where, throttle, nonces, ends[1]);
  }
  close(ends[1]);
  char ready = 0;
  EXPECT_EQ(read(ends[0], &ready, 1), 1);
  return {child, ends[0]};
}

/// Waits until the two have accepted `count` challenges together.
void Await(Instance* one, Instance* two, size_t count) {
  std::array<pollfd, 2> ends = {pollfd{one->heard, POLLIN, 0}, pollfd{two->heard, POLLIN, 0}};
  while (one->said.size() + two->said.size() < count * kNonceDigits) {
    if (poll(ends.data(), ends.size(), 10'000) <= 0) break;
    if ((ends[0].revents & POLLIN) != 0) one->Listen();
    if ((ends[1].revents & POLLIN) != 0) two->Listen();
  }
}

/// Kills it and returns the nonces that it said whole.
std::vector<std::string> Kill(Instance* instance) {
  kill(instance->process, SIGKILL);
  waitpid(instance->process, nullptr, 0);
  while (instance->Listen()) {
  }
  close(instance->heard);
  std::vector<std::string> nonces;
  for (size_t at = 0; at + kNonceDigits <= instance->said.size(); at += kNonceDigits) {
    nonces.push_back(instance->said.substr(at, kNonceDigits));
  }
  return nonces;
}

TEST_P(KilledTest, NothingAcceptedIsLostAndNothingIsAcceptedTwice) {
  throttle.open_logins = 1'000'000;
  throttle.address_failures = 1'000'000;
  throttle.free_failures = 1'000'000;  // what is killed between try and verdict counts as failed
  throttle.most_failures = 1'000'000;
  Register("ann", 1);
  Reopen();
  std::minstd_rand random(20261130);
  std::set<std::string> said;
  size_t unanswered = 0;
  for (int kills = 0; kills < Kills(); kills += 2) {
    std::vector<std::string> nonces;
    for (int i = 0; i < Challenges(GetParam()); ++i) {
      nonces.push_back(Nonce(Value(storage().BeginLogin(kParty, "ann", 6, 120))));
    }
    Instance one = StartInstance(where(), throttle, nonces);
    Instance two = StartInstance(where(), throttle, nonces);
    Await(&one, &two, random() % 10);
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 1000));
    for (Instance* instance : {&one, &two}) {
      for (const std::string& nonce : Kill(instance)) {
        EXPECT_TRUE(said.insert(nonce).second) << "accepted twice";
      }
    }
    for (const std::string& nonce : nonces) {
      const LoginRecord after = Value(storage().FindLogin(nonce));
      const bool accepted = after.accepted_unix_s != 0;
      EXPECT_TRUE(accepted || !said.contains(nonce)) << "what was accepted is lost";
      unanswered += !accepted;
      // Nobody was told of one that is accepted and not said: it is spent all the same.
      const LoginTry again{"ann", after.challenge, {.credential = Credential(1)}};
      if (accepted) {
        EXPECT_EQ(Why(storage().Accept(nonce, again, "", "")), Denial::kUsed);
      }
    }
  }
  EXPECT_GT(said.size(), 0u);
  EXPECT_GT(unanswered, 0u) << "no kill came in the middle: this test saw nothing";
  std::map<std::string, int> rows;
  for (int64_t after = 0;;) {
    const auto piece = Value(storage().Audit("ann", after, kMaxAuditRows));
    if (piece.empty()) break;
    for (const AuditRow& row : piece) {
      after = row.number;
      if (row.event == "login_accepted") ++rows[row.login];
    }
  }
  for (const auto& [login, count] : rows) EXPECT_EQ(count, 1) << login;
  for (const std::string& nonce : said) EXPECT_EQ(rows[nonce.substr(0, 16)], 1) << nonce;
}

}  // namespace
}  // namespace voizk::testing
