#include "service/oidc/provider_fixture.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <cstdlib>

#include "base/base64url.h"
#include "base/bytes.h"
#include "crypto/hash/sha256.h"
#include "login/store/text.h"
#include "service/api/problem.h"
#include "service/storage/database.h"

namespace voizk::testing {
namespace {

std::string FreshKeyPem() {
  EVP_PKEY* const key = EVP_EC_gen("P-256");
  BIO* const bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PKCS8PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string pem(data, static_cast<size_t>(size));
  BIO_free(bio);
  EVP_PKEY_free(key);
  return pem;
}

template <typename T>
T Got(Outcome<T> outcome) {
  if (auto* value = std::get_if<T>(&outcome)) return std::move(*value);
  ADD_FAILURE() << "denied " << static_cast<int>(std::get<Refused>(outcome).why) << " "
                << std::get<Refused>(outcome).error.message;
  return T{};
}

PublicCredential VoiceOf(const Party& party, uint8_t seed) {
  PublicCredential credential{.relying_party = party.relying_party,
                              .bundle_digest = party.bundle_digest};
  credential.commitment.fill(seed);
  return credential;
}

}  // namespace

HttpResponse LoginService::Handle(const HttpRequest& request) {
  requests.push_back(request);
  constexpr std::string_view kBefore = "/v1/accounts/", kBehind = "/logins";
  std::string account = request.path.substr(kBefore.size());
  account.resize(account.size() - kBehind.size());
  const auto begun = storage_->BeginLogin(party_, account, 6, 120);
  if (const auto* refused = std::get_if<Refused>(&begun)) {
    return ProblemResponse(voizk::ProblemOf(*refused));
  }
  const std::string login = ToHex(std::get<Storage::BegunLogin>(begun).challenge.nonce);
  return {.status = 201,
          .content_type = "application/json",
          .body = nlohmann::json{{"login", login}}.dump(),
          .headers = {}};
}

void ProviderTest::SetUp() {
  std::string name = ::testing::TempDir() + "voizk-oidc-XXXXXX";
  ASSERT_NE(mkdtemp(name.data()), nullptr);
  folder_ = name;
  pem_ = FreshKeyPem();
  party.relying_party = "bank.example";
  party.bundle_digest.fill(7);
  options.issuer = kIssuer;
  options.clients["app"] = {
      .name = "The app",
      .redirect_uris = {"https://app.example/cb", "http://127.0.0.1/cb", "com.example.app:/cb"}};
  options.clients["shop"] = {.name = "The shop",
                             .auth = ClientAuth::kBasic,
                             .secret_digest = Sha256Of(AsBytes(std::string_view("secret"))),
                             .redirect_uris = {"https://shop.example/cb", "http://127.0.0.1/cb"}};
  Make();
}

void ProviderTest::Make() {
  provider_ = nullptr;
  storage_ = nullptr;
  auto opened = Storage::Open(folder_ + "/db", 4, throttle, [this] { return now.load(); });
  auto keys = SigningKeys::Read(pem_);
  ASSERT_TRUE(opened.ok() && keys.ok());
  storage_ = std::move(*opened);
  service_ = std::make_unique<LoginService>(party, storage_.get());
  provider_ = std::make_unique<OidcProvider>(
      options, std::move(*keys), OidcSurroundings{.party = party, .api_key = "key"}, storage_.get(),
      service_.get(), [this](const std::string& line) { log.push_back(line); });
}

void ProviderTest::Register(const std::string& account, uint8_t seed, bool device_key) {
  const auto begun = Got(storage().BeginRegistration(account, "", 60));
  const DeviceKeyRecord device = device_key ? DeviceKeyRecord{"ed25519", "key"} : DeviceKeyRecord{};
  Got(storage().FinishRegistration(begun.id, VoiceOf(party, seed), device, ""));
}

void ProviderTest::Prove(const std::string& login, uint8_t seed) {
  const auto attempt = Got(storage().BeginTry(party, login, VoiceOf(party, seed).Id(), ""));
  Got(storage().Accept(login, attempt, "", ""));
}

size_t ProviderTest::LoginRows(const std::string& account) {
  auto database = OpenDatabase(folder_ + "/db");
  const std::array<SqlValue, 1> name = {account};
  const auto rows = (*database)->Execute("SELECT nonce FROM logins WHERE account = $1", name);
  EXPECT_TRUE(rows.ok());
  return rows.ok() ? rows->size() : 0;
}

size_t ProviderTest::AuditRows(const std::string& account, const std::string& event) {
  size_t count = 0;
  for (const AuditRow& row : Got(storage().Audit(account, 0, 1000))) count += row.event == event;
  return count;
}

HttpResponse ProviderTest::Send(const HttpRequest& request) {
  size_t most = 0;
  HttpRequest head = request;
  head.body.clear();
  if (auto refused = provider().Admit(head, &most)) return *refused;
  EXPECT_LE(request.body.size(), most);
  return provider().Handle(request);
}

HttpResponse ProviderTest::Post(const std::string& path, const Json& body,
                                const std::string& cookie) {
  return Send({.method = "POST",
               .path = path,
               .content_type = "application/json",
               .origin = kIssuer,
               .cookie = cookie,
               .peer = "192.0.2.1",
               .body = body.dump()});
}

HttpResponse ProviderTest::PostForm(const std::string& path, const std::string& body,
                                    const std::string& origin, const std::string& authorization) {
  return Send({.method = "POST",
               .path = path,
               .authorization = authorization,
               .content_type = "application/x-www-form-urlencoded",
               .origin = origin,
               .peer = "192.0.2.1",
               .body = body});
}

std::string ProviderTest::Header(const HttpResponse& response, const std::string& name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return {};
}

std::string ProviderTest::ProblemOfBody(const HttpResponse& response) {
  const Json json = Json::parse(response.body, nullptr, false);
  const std::string type = json.is_object() ? json.value("type", "") : "";
  return type.substr(type.rfind(':') + 1);
}

ProviderTest::Query ProviderTest::Request() {
  return {{"response_type", "code"},
          {"client_id", "app"},
          {"redirect_uri", "https%3A%2F%2Fapp.example%2Fcb"},
          {"scope", "openid"},
          {"state", "s"},
          {"code_challenge", ToBase64Url(Sha256Of(AsBytes(std::string_view(kVerifier))))},
          {"code_challenge_method", "S256"}};
}

HttpResponse ProviderTest::Authorize(const Query& query, const std::string& cookie) {
  return Send({.method = "GET",
               .path = "/oidc/authorize",
               .query = query,
               .cookie = cookie,
               .peer = "192.0.2.1"});
}

ProviderTest::Begun ProviderTest::Begin(const Query& query, const std::string& cookie) {
  const HttpResponse response = Authorize(query, cookie);
  EXPECT_EQ(response.status, 303) << response.body;
  const std::string location = Header(response, "Location"), set = Header(response, "Set-Cookie");
  EXPECT_TRUE(location.starts_with(kIssuer)) << location;
  return {.path = location.substr(std::string(kIssuer).size()),
          .cookie = set.substr(0, set.find(';'))};
}

std::string ProviderTest::Code(const std::string& account, uint8_t seed) {
  const Begun begun = Begin();
  const HttpResponse login = Post(begun.path + "/logins", {{"account", account}}, begun.cookie);
  EXPECT_EQ(login.status, 201) << login.body;
  if (login.status != 201) return {};
  Prove(Json::parse(login.body)["login"], seed);
  const HttpResponse finished = Post(begun.path + "/finish", Json::object(), begun.cookie);
  EXPECT_EQ(finished.status, 200) << finished.body;
  if (finished.status != 200) return {};
  const std::string to = Json::parse(finished.body)["redirect_to"];
  const size_t at = to.find("code=") + 5;
  return to.substr(at, to.find('&', at) - at);
}

HttpResponse ProviderTest::Redeem(const std::string& code, const std::string& more) {
  std::map<std::string, std::string> fields = {{"grant_type", "authorization_code"},
                                               {"client_id", "app"},
                                               {"code", code},
                                               {"redirect_uri", "https%3A%2F%2Fapp.example%2Fcb"},
                                               {"code_verifier", kVerifier}};
  for (size_t at = 0; at < more.size();) {
    const size_t end = std::min(more.find('&', at + 1), more.size());
    const std::string field = more.substr(at + 1, end - at - 1);
    fields[field.substr(0, field.find('='))] = field.substr(field.find('=') + 1);
    at = end;
  }
  std::string body;
  for (const auto& [name, value] : fields) {
    body += name;
    body += "=" + value + "&";
  }
  return PostForm("/oidc/token", body);
}

}  // namespace voizk::testing
