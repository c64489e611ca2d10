#include "crypto/hash/sha256.h"

#include <openssl/evp.h>

#include <new>

namespace voizk {

namespace {

void Require(bool ok) {
  if (!ok) throw std::bad_alloc();  // what OpenSSL's digests fail of, if at all
}

}  // namespace

void Sha256::FreeMd::operator()(evp_md_st* md) const { EVP_MD_free(md); }
void Sha256::FreeContext::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

Sha256::Sha256() : md_(EVP_MD_fetch(nullptr, "SHA256", nullptr)), context_(EVP_MD_CTX_new()) {
  Require(md_ && context_ && EVP_DigestInit_ex2(context_.get(), md_.get(), nullptr) == 1);
}

Sha256::Sha256(const Sha256& other) : context_(EVP_MD_CTX_new()) {
  Require(context_ && EVP_MD_up_ref(other.md_.get()) == 1);
  md_.reset(other.md_.get());
  Require(EVP_MD_CTX_copy_ex(context_.get(), other.context_.get()) == 1);
}

Sha256& Sha256::operator=(const Sha256& other) {
  if (this != &other) *this = Sha256(other);
  return *this;
}

Sha256& Sha256::Update(ByteSpan bytes) {
  Require(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
  return *this;
}

Digest Sha256::Finish() {
  Digest digest;
  Require(EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr) == 1);
  Require(EVP_DigestInit_ex2(context_.get(), md_.get(), nullptr) == 1);
  return digest;
}

Digest Sha256Of(ByteSpan bytes) { return Sha256().Update(bytes).Finish(); }

}  // namespace voizk
