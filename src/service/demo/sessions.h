// Who is at the other end of a browser's cookie, and what it has begun; in memory only.
#ifndef VOIZK_SERVICE_DEMO_SESSIONS_H_
#define VOIZK_SERVICE_DEMO_SESSIONS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "crypto/hash/digest.h"

namespace voizk {

/// What a back end keeps of one browser.
struct DemoSession {
  std::string account = {};       // logged in as; empty: as nobody
  std::string registration = {};  // begun here; empty: none
  std::string login = {};         // likewise
  std::string begun_for = {};     // the account of these two
};

/// Thread-safe.  At most kMostSessions; whoever was away longest goes first.
class DemoSessions {
 public:
  static constexpr size_t kMostSessions = 1024;
  static constexpr int64_t kSessionSeconds = 3600;

  /// `token` is the cookie's value; a session of an unknown one is nobody's.
  DemoSession Find(const std::string& token, int64_t now);
  /// Keeps `session` under a fresh token, which it gives; what was under `old` is gone.
  std::string Put(const std::string& old, DemoSession session, int64_t now);
  void Remove(const std::string& token);

  /// The account is this browser's to register for the next ten minutes: false where it is
  /// another's.  A registration that was finished is told by its credential.
  bool Claim(const std::string& account, const std::string& registration_of, int64_t now);
  /// Hands a claim on: tokens change.
  void MoveClaim(const std::string& from, const std::string& to);

  /// A fresh recovery code of the account (80 bits), which replaces the one before.
  std::string NewRecoveryCode(const std::string& account);
  /// True once, for the code; separators and case do not count.
  bool UseRecoveryCode(const std::string& account, const std::string& code);

 private:
  struct Kept {
    DemoSession session;
    int64_t seen_unix_s = 0;
  };
  struct ClaimOf {
    std::string token;
    int64_t until_unix_s = 0;
  };
  std::mutex mutex_;
  std::map<std::string, Kept> sessions_;
  std::map<std::string, ClaimOf> claims_;
  std::map<std::string, Digest> codes_;
};

/// 64 hexadecimal digits that nobody can guess.
std::string RandomToken();

}  // namespace voizk

#endif  // VOIZK_SERVICE_DEMO_SESSIONS_H_
