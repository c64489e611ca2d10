#include "service/oidc/signing_keys.h"

#include <jansson.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <array>
#include <cstdlib>
#include <mutex>
#include <utility>

#include "base/base64url.h"
#include "base/bytes.h"

extern "C" {  // which libjose's headers leave out
#include <jose/jwk.h>
#include <jose/jws.h>
#include <jose/openssl.h>
}

namespace voizk {
namespace {

constexpr size_t kMostKeys = 16;

struct Unref {
  void operator()(json_t* json) const { json_decref(json); }
};
using JsonRef = std::unique_ptr<json_t, Unref>;
struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeText {
  void operator()(char* text) const { std::free(text); }
};

Error Bad(const char* problem) { return {ErrorCode::kInvalidArgument, problem}; }
Error Failed() { return {ErrorCode::kInternal, "libjose failed"}; }

/// A passphrase is not asked for.
int NoPassphrase(char*, int, int, void*) { return -1; }

std::string TextOf(const json_t* object, const char* name) {
  const char* const text = json_string_value(json_object_get(object, name));
  return text == nullptr ? "" : text;
}

bool Put(json_t* object, const char* name, std::string_view text) {
  return json_object_set_new(object, name, json_stringn(text.data(), text.size())) == 0;
}

/// Lines that begin a private key of any kind.
size_t CountKeys(std::string_view pem) {
  constexpr std::string_view kBegin = "-----BEGIN ";
  size_t keys = 0;
  for (size_t at = pem.find(kBegin); at != pem.npos; at = pem.find(kBegin, at + 1)) {
    std::string_view line = pem.substr(at, pem.find_first_of("\r\n", at) - at);
    if (line.ends_with("PRIVATE KEY-----")) ++keys;
  }
  return keys;
}

/// The private key as a JWK with kid, use and alg.
Result<JsonRef> ToJwk(EVP_PKEY* key) {
  JsonRef jwk(jose_openssl_jwk_from_EVP_PKEY(nullptr, key));
  if (jwk == nullptr || TextOf(jwk.get(), "crv") != "P-256" || TextOf(jwk.get(), "d").empty()) {
    return Bad("the OpenID keys are EC P-256 private keys (openssl genpkey, docs/oidc.md)");
  }
  const JsonRef thumbprint(jose_jwk_thp(nullptr, jwk.get(), "S256"));
  const char* const kid = json_string_value(thumbprint.get());
  if (kid == nullptr || !Put(jwk.get(), "kid", kid) || !Put(jwk.get(), "use", "sig") ||
      !Put(jwk.get(), "alg", "ES256")) {
    return Failed();
  }
  return jwk;
}

/// Its public part, behind those in `list`.
Status Publish(const json_t* jwk, json_t* list) {
  for (size_t i = 0; i < json_array_size(list); ++i) {
    if (TextOf(json_array_get(list, i), "kid") == TextOf(jwk, "kid")) {
      return Bad("an OpenID key is there twice");
    }
  }
  const JsonRef open(json_deep_copy(jwk));
  if (open == nullptr || !jose_jwk_pub(nullptr, open.get()) ||
      json_object_get(open.get(), "d") != nullptr || json_array_append(list, open.get()) != 0) {
    return Failed();
  }
  return {};
}

}  // namespace

struct SigningKeys::State {
  std::mutex mutex;  // jansson counts references
  JsonRef signer;
  std::string kid;
  std::string public_set;
};

SigningKeys::SigningKeys(std::unique_ptr<State> state) : state_(std::move(state)) {}
SigningKeys::~SigningKeys() = default;
SigningKeys::SigningKeys(SigningKeys&&) noexcept = default;
SigningKeys& SigningKeys::operator=(SigningKeys&&) noexcept = default;

const std::string& SigningKeys::public_set() const { return state_->public_set; }

Result<SigningKeys> SigningKeys::Read(std::span<const char> pem) {
  auto state = std::make_unique<State>();
  const std::unique_ptr<BIO, FreeBio> bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const JsonRef set(json_object()), list(json_array());
  if (bio == nullptr || set == nullptr || list == nullptr) return Failed();
  const size_t keys = CountKeys({pem.data(), pem.size()});
  if (keys == 0 || keys > kMostKeys) return Bad("the OpenID key file has 1 to 16 keys in PEM");
  for (size_t i = 0; i < keys; ++i) {
    const std::unique_ptr<EVP_PKEY, FreeKey> key(
        PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassphrase, nullptr));
    ERR_clear_error();
    if (key == nullptr) return Bad("an OpenID key is encrypted or damaged");
    VOIZK_ASSIGN_OR_RETURN(JsonRef jwk, ToJwk(key.get()));
    VOIZK_RETURN_IF_ERROR(Publish(jwk.get(), list.get()));
    if (state->signer != nullptr) continue;
    state->kid = TextOf(jwk.get(), "kid");
    state->signer = std::move(jwk);
  }
  if (json_object_set(set.get(), "keys", list.get()) != 0) return Failed();
  const std::unique_ptr<char, FreeText> text(json_dumps(set.get(), JSON_COMPACT));
  if (text == nullptr) return Failed();
  state->public_set = text.get();
  return SigningKeys(std::move(state));
}

Result<std::string> SigningKeys::Sign(std::string_view claims) const {
  const std::scoped_lock lock(state_->mutex);
  const JsonRef jws(json_object()), header(json_object()), signature(json_object());
  if (!Put(jws.get(), "payload", ToBase64Url(AsBytes(claims))) ||
      !Put(header.get(), "alg", "ES256") || !Put(header.get(), "typ", "JWT") ||
      !Put(header.get(), "kid", state_->kid) ||
      json_object_set(signature.get(), "protected", header.get()) != 0 ||
      !jose_jws_sig(nullptr, jws.get(), signature.get(), state_->signer.get())) {
    return Failed();
  }
  std::string token;
  for (const char* const name : {"protected", "payload", "signature"}) {
    const std::string part = TextOf(jws.get(), name);
    if (part.empty()) return Failed();
    if (!token.empty()) token += ".";
    token += part;
  }
  return token;
}

}  // namespace voizk
