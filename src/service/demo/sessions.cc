#include "service/demo/sessions.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "base/bytes.h"
#include "crypto/hash/sha256.h"
#include "login/store/text.h"

namespace voizk {
namespace {

constexpr size_t kMostCodes = 4096;
constexpr size_t kCodeBytes = 10;

template <size_t N>
std::string RandomHex() {
  std::array<uint8_t, N> bytes{};
  randombytes_buf(bytes.data(), bytes.size());
  return ToHex(bytes);
}

Digest CodeDigest(const std::string& account, const std::string& code) {
  std::string text = account + "\n";
  for (const char c : code) {
    if (std::isxdigit(static_cast<unsigned char>(c)) != 0) {
      text += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  return Sha256Of(AsBytes(text));
}

}  // namespace

std::string RandomToken() { return RandomHex<32>(); }

std::optional<DemoSession> DemoSessions::Find(const std::string& token, int64_t now) {
  const std::scoped_lock lock(mutex_);
  const auto found = sessions_.find(token);
  if (found == sessions_.end()) return std::nullopt;
  if (now - found->second.seen_unix_s > kSessionSeconds) {
    sessions_.erase(found);
    return std::nullopt;
  }
  found->second.seen_unix_s = now;
  return found->second.session;
}

std::optional<std::string> DemoSessions::Exchange(const std::string& old, DemoSession session,
                                                  int64_t now) {
  if (!old.empty() && sessions_.erase(old) == 0) return std::nullopt;
  if (sessions_.size() >= kMostSessions) {
    sessions_.erase(std::ranges::min_element(
        sessions_, {}, [](const auto& kept) { return kept.second.seen_unix_s; }));
  }
  std::string token = RandomToken();
  sessions_[token] = {std::move(session), now};
  return token;
}

std::optional<std::string> DemoSessions::Put(const std::string& old, DemoSession session,
                                             int64_t now) {
  const std::scoped_lock lock(mutex_);
  return Exchange(old, std::move(session), now);
}

void DemoSessions::Remove(const std::string& token) {
  const std::scoped_lock lock(mutex_);
  sessions_.erase(token);
}

void DemoSessions::EndAllBut(const std::string& account, const std::string& token) {
  std::erase_if(sessions_, [&](const auto& kept) {
    const DemoSession& session = kept.second.session;
    return kept.first != token && (session.account == account || session.begun_for == account);
  });
}

void DemoSessions::EndOthers(const std::string& account, const std::string& token) {
  const std::scoped_lock lock(mutex_);
  EndAllBut(account, token);
}

std::optional<DemoDenial> DemoSessions::Claim(const std::string& account, int64_t until_unix_s,
                                              int64_t now, std::string* claim, bool* fresh) {
  const std::scoped_lock lock(mutex_);
  std::erase_if(claims_, [now](const auto& kept) { return kept.second.until_unix_s <= now; });
  *fresh = false;
  if (codes_.contains(account)) return DemoDenial::kTaken;
  if (const auto found = claims_.find(account); found != claims_.end()) {
    if (found->second.claim != *claim) return DemoDenial::kTaken;
    found->second.until_unix_s = std::max(found->second.until_unix_s, until_unix_s);
    return std::nullopt;
  }
  if (!claim->empty() && std::ranges::any_of(claims_, [claim](const auto& kept) {
        return kept.second.claim == *claim;
      })) {
    return DemoDenial::kOther;
  }
  // Each claim may become a code.
  if (claims_.size() >= kMostSessions || claims_.size() + codes_.size() >= kMostCodes) {
    return DemoDenial::kFull;
  }
  *fresh = true;
  *claim = RandomToken();
  claims_[account] = {*claim, until_unix_s};
  return std::nullopt;
}

bool DemoSessions::Prolong(const std::string& account, const std::string& claim,
                           int64_t until_unix_s) {
  const std::scoped_lock lock(mutex_);
  const auto found = claims_.find(account);
  if (found == claims_.end() || found->second.claim != claim) return false;
  found->second.until_unix_s = std::max(found->second.until_unix_s, until_unix_s);
  return true;
}

void DemoSessions::Release(const std::string& account, const std::string& claim) {
  const std::scoped_lock lock(mutex_);
  const auto found = claims_.find(account);
  if (found != claims_.end() && found->second.claim == claim) claims_.erase(found);
}

std::variant<DemoEntry, DemoDenial> DemoSessions::Register(const std::string& old,
                                                           const std::string& account,
                                                           int64_t now) {
  const std::scoped_lock lock(mutex_);
  const auto kept = sessions_.find(old);
  if (kept == sessions_.end()) return DemoDenial::kEnded;
  const DemoSession& session = kept->second.session;
  const bool known = codes_.contains(account);
  if (session.account != account) {
    const auto claimed = claims_.find(account);
    if (known || claimed == claims_.end() || claimed->second.claim != session.claim) {
      return DemoDenial::kTaken;
    }
    claims_.erase(claimed);
  } else if (!known && claims_.size() + codes_.size() >= kMostCodes) {
    return DemoDenial::kFull;
  }
  return DemoEntry{*Exchange(old, {.account = account}, now), NewRecoveryCode(account)};
}

std::variant<DemoEntry, DemoDenial> DemoSessions::Recover(const std::string& old,
                                                          const std::string& account,
                                                          const std::string& code, int64_t now) {
  const Digest given = CodeDigest(account, code);
  const std::scoped_lock lock(mutex_);
  const auto found = codes_.find(account);
  if (found == codes_.end() ||
      sodium_memcmp(found->second.data(), given.data(), given.size()) != 0) {
    return DemoDenial::kWrongCode;
  }
  const auto token = Exchange(old, {.account = account}, now);
  if (!token) return DemoDenial::kEnded;
  EndAllBut(account, *token);
  return DemoEntry{*token, NewRecoveryCode(account)};
}

std::string DemoSessions::NewRecoveryCode(const std::string& account) {
  const std::string digits = RandomHex<kCodeBytes>();
  std::string code;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && i % 4 == 0) code += '-';
    code += digits[i];
  }
  codes_[account] = CodeDigest(account, code);
  return code;
}

}  // namespace voizk
