#include "service/api/caller.h"

#include <arpa/inet.h>
#include <sodium.h>

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "crypto/hash/sha256.h"

namespace voizk {
namespace {

constexpr std::string_view kBearer = "Bearer ";

}  // namespace

Result<ApiKeys> ApiKeys::Make(const std::vector<SecureVector<char>>& keys) {
  ApiKeys made;
  for (const SecureVector<char>& key : keys) {
    const bool visible = std::ranges::all_of(key, [](char c) { return c > ' ' && c < '\x7f'; });
    if (key.size() < kMinApiKeyBytes || !visible) {
      return {ErrorCode::kInvalidArgument,
              "an API key has at least 32 visible ASCII characters (openssl rand -hex 32)"};
    }
    made.digests_.push_back(Sha256Of(AsBytes({key.data(), key.size()})));
  }
  if (made.digests_.empty()) return {ErrorCode::kInvalidArgument, "there is no API key"};
  return made;
}

bool ApiKeys::Admit(std::string_view authorization) const {
  if (!authorization.starts_with(kBearer)) return false;
  const Digest given = Sha256Of(AsBytes(authorization.substr(kBearer.size())));
  int found = 0;
  for (const Digest& digest : digests_) {
    found |= sodium_memcmp(given.data(), digest.data(), digest.size()) == 0 ? 1 : 0;
  }
  return found != 0;
}

std::optional<std::string> NormalAddress(const std::string& text) {
  std::array<char, INET6_ADDRSTRLEN> normal{};
  in_addr v4{};
  in6_addr v6{};
  if (inet_pton(AF_INET, text.c_str(), &v4) == 1) {
    inet_ntop(AF_INET, &v4, normal.data(), normal.size());
  } else if (inet_pton(AF_INET6, text.c_str(), &v6) != 1) {
    return std::nullopt;
  } else if (IN6_IS_ADDR_V4MAPPED(&v6)) {
    inet_ntop(AF_INET, v6.s6_addr + 12, normal.data(), normal.size());
  } else {
    inet_ntop(AF_INET6, &v6, normal.data(), normal.size());
  }
  return normal.data();
}

std::string ClientAddress(const HttpRequest& request, const std::string& proxy) {
  if (proxy.empty() || request.peer != proxy) return request.peer;
  std::string last = request.forwarded_for.substr(request.forwarded_for.rfind(',') + 1);
  last.erase(0, last.find_first_not_of(" \t"));
  last.erase(last.find_last_not_of(" \t") + 1);
  return NormalAddress(last).value_or(request.peer);
}

std::string RateKey(const std::string& address) {
  std::array<unsigned char, 16> bytes{};
  if (inet_pton(AF_INET6, address.c_str(), bytes.data()) != 1) return address;
  std::fill(bytes.begin() + 8, bytes.end(), static_cast<unsigned char>(0));
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(AF_INET6, bytes.data(), text.data(), text.size());
  return std::string(text.data()) + "/64";
}

}  // namespace voizk
