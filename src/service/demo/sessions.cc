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

constexpr int64_t kClaimSeconds = 600;
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

DemoSession DemoSessions::Find(const std::string& token, int64_t now) {
  const std::scoped_lock lock(mutex_);
  const auto found = sessions_.find(token);
  if (found == sessions_.end()) return {};
  if (now - found->second.seen_unix_s > kSessionSeconds) {
    sessions_.erase(found);
    return {};
  }
  found->second.seen_unix_s = now;
  return found->second.session;
}

std::string DemoSessions::Put(const std::string& old, DemoSession session, int64_t now) {
  std::string token = RandomToken();
  const std::scoped_lock lock(mutex_);
  sessions_.erase(old);
  if (sessions_.size() >= kMostSessions) {
    sessions_.erase(std::ranges::min_element(
        sessions_, {}, [](const auto& kept) { return kept.second.seen_unix_s; }));
  }
  sessions_[token] = {std::move(session), now};
  return token;
}

void DemoSessions::Remove(const std::string& token) {
  const std::scoped_lock lock(mutex_);
  sessions_.erase(token);
}

bool DemoSessions::Claim(const std::string& account, const std::string& registration_of,
                         int64_t now) {
  const std::scoped_lock lock(mutex_);
  std::erase_if(claims_, [now](const auto& claim) { return claim.second.until_unix_s <= now; });
  const auto found = claims_.find(account);
  if (found != claims_.end() && found->second.token != registration_of) return false;
  if (found == claims_.end() && claims_.size() >= kMostSessions) return false;
  claims_[account] = {registration_of, now + kClaimSeconds};
  return true;
}

void DemoSessions::MoveClaim(const std::string& from, const std::string& to) {
  const std::scoped_lock lock(mutex_);
  for (auto& [account, claim] : claims_) {
    if (claim.token == from) claim.token = to;
  }
}

std::string DemoSessions::NewRecoveryCode(const std::string& account) {
  const std::string digits = RandomHex<kCodeBytes>();
  std::string code;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && i % 4 == 0) code += '-';
    code += digits[i];
  }
  const std::scoped_lock lock(mutex_);
  if (codes_.size() >= kMostCodes) codes_.erase(codes_.begin());
  codes_[account] = CodeDigest(account, code);
  return code;
}

bool DemoSessions::UseRecoveryCode(const std::string& account, const std::string& code) {
  const Digest given = CodeDigest(account, code);
  const std::scoped_lock lock(mutex_);
  const auto found = codes_.find(account);
  if (found == codes_.end() ||
      sodium_memcmp(found->second.data(), given.data(), given.size()) != 0) {
    return false;
  }
  codes_.erase(found);
  return true;
}

}  // namespace voizk
