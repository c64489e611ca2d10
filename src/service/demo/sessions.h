// Who is at the other end of a browser's cookie, and what it has begun; in memory only.
#ifndef VOIZK_SERVICE_DEMO_SESSIONS_H_
#define VOIZK_SERVICE_DEMO_SESSIONS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <variant>

#include "crypto/hash/digest.h"

namespace voizk {

/// What a back end keeps of one browser.
struct DemoSession {
  std::string account = {};       // logged in as; empty: as nobody
  std::string registration = {};  // begun here; empty: none
  std::string login = {};         // likewise
  std::string begun_for = {};     // the account that was begun for last
  std::string claim = {};         // names its claim of an account; empty: none
};

/// Why a change was not made.
enum class DemoDenial : uint8_t {
  kEnded,     // the session ended, or changed, since it was looked at
  kTaken,     // the account is somebody else's, or may become so
  kOther,     // this session has claimed another account
  kFull,      // there is no room
  kWrongCode  // that is not the account's recovery code
};

/// A session that has just become an account's.
struct DemoEntry {
  std::string token;
  std::string recovery_code;  // fresh: 80 bits, which replace the one before
};

/// Thread-safe; each function is one step, before or after any other.  At most kMostSessions;
/// whoever was away longest goes first.  Nothing else makes room for another's.
class DemoSessions {
 public:
  static constexpr size_t kMostSessions = 1024;
  static constexpr int64_t kSessionSeconds = 3600;

  /// `token` is the cookie's value.
  std::optional<DemoSession> Find(const std::string& token, int64_t now);
  /// Keeps `session` under a fresh token, which it gives, instead of under `old`; none where `old`
  /// names a session that has ended.  Empty `old`: a first one.
  std::optional<std::string> Put(const std::string& old, DemoSession session, int64_t now);
  void Remove(const std::string& token);
  /// Ends all sessions that are the account's, or have begun something for it, but one.
  void EndOthers(const std::string& account, const std::string& token);

  /// The account is this session's alone to register until `until_unix_s`: what a session has
  /// claimed is named by `claim`, which is set where it was empty.  At most one for each session,
  /// none of an account that has a recovery code.  *fresh: it was not there before.
  std::optional<DemoDenial> Claim(const std::string& account, int64_t until_unix_s, int64_t now,
                                  std::string* claim, bool* fresh);
  /// It lasts longer, with the registration that was begun under it.  False: it is gone.
  bool Prolong(const std::string& account, const std::string& claim, int64_t until_unix_s);
  void Release(const std::string& account, const std::string& claim);

  /// The session of `old`, which is the account's or holds its claim, has registered a voice: it is
  /// the account's now, and the claim has done its work.
  std::variant<DemoEntry, DemoDenial> Register(const std::string& old, const std::string& account,
                                               int64_t now);
  /// Good once for a code, of which separators and case do not count.  Ends the account's sessions.
  std::variant<DemoEntry, DemoDenial> Recover(const std::string& old, const std::string& account,
                                              const std::string& code, int64_t now);

 private:
  struct Kept {
    DemoSession session;
    int64_t seen_unix_s = 0;
  };
  struct ClaimOf {
    std::string claim;
    int64_t until_unix_s = 0;
  };
  // All under mutex_.
  std::optional<std::string> Exchange(const std::string& old, DemoSession session, int64_t now);
  void EndAllBut(const std::string& account, const std::string& token);
  std::string NewRecoveryCode(const std::string& account);

  std::mutex mutex_;
  std::map<std::string, Kept> sessions_;
  std::map<std::string, ClaimOf> claims_;
  std::map<std::string, Digest> codes_;
};

/// 64 hexadecimal digits that nobody can guess.
std::string RandomToken();

}  // namespace voizk

#endif  // VOIZK_SERVICE_DEMO_SESSIONS_H_
