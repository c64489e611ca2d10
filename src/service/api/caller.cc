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

Result<ApiKeys> ApiKeys::Make(const std::vector<std::string>& keys) {
  ApiKeys made;
  for (const std::string& key : keys) {
    const bool visible = std::ranges::all_of(key, [](char c) { return c > ' ' && c < '\x7f'; });
    if (key.size() < kMinApiKeyBytes || !visible) {
      return {ErrorCode::kInvalidArgument,
              "an API key has at least 32 visible ASCII characters (openssl rand -hex 32)"};
    }
    made.digests_.push_back(Sha256Of(AsBytes(key)));
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

std::string ClientAddress(const HttpRequest& request, const std::string& proxy) {
  if (proxy.empty() || request.peer != proxy) return request.peer;
  std::string last = request.forwarded_for.substr(request.forwarded_for.rfind(',') + 1);
  last.erase(0, last.find_first_not_of(" \t"));
  last.erase(last.find_last_not_of(" \t") + 1);
  std::array<unsigned char, 16> bytes{};
  const bool address = inet_pton(AF_INET, last.c_str(), bytes.data()) == 1 ||
                       inet_pton(AF_INET6, last.c_str(), bytes.data()) == 1;
  return address ? last : request.peer;
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
