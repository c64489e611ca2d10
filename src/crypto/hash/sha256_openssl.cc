// SHA-256 by OpenSSL, everywhere but in a WebAssembly build.
#if !defined(__EMSCRIPTEN__)

// One block without padding: the function that EVP leaves out.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/evp.h>
#include <openssl/sha.h>

#include <algorithm>
#include <new>

#include "crypto/hash/sha256.h"
#include "crypto/hash/sha256_compress.h"

namespace voizk {

namespace {

void Require(bool ok) {
  if (!ok) throw std::bad_alloc();  // what OpenSSL's digests fail of, if at all
}

}  // namespace

struct Sha256::State {
  EVP_MD* md = nullptr;
  EVP_MD_CTX* context = nullptr;

  ~State() {
    EVP_MD_CTX_free(context);
    EVP_MD_free(md);
  }
};

void Sha256::FreeState::operator()(State* state) const { delete state; }

Sha256::Sha256() : state_(new State) {
  state_->md = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  state_->context = EVP_MD_CTX_new();
  Require(state_->md != nullptr && state_->context != nullptr &&
          EVP_DigestInit_ex2(state_->context, state_->md, nullptr) == 1);
}

Sha256::Sha256(const Sha256& other) : state_(new State) {
  state_->context = EVP_MD_CTX_new();
  Require(state_->context != nullptr && EVP_MD_up_ref(other.state_->md) == 1);
  state_->md = other.state_->md;
  Require(EVP_MD_CTX_copy_ex(state_->context, other.state_->context) == 1);
}

Sha256& Sha256::operator=(const Sha256& other) {
  if (this != &other) *this = Sha256(other);
  return *this;
}

Sha256& Sha256::Update(ByteSpan bytes) {
  Require(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1);
  return *this;
}

Digest Sha256::Finish() {
  Digest digest;
  Require(EVP_DigestFinal_ex(state_->context, digest.data(), nullptr) == 1);
  Require(EVP_DigestInit_ex2(state_->context, state_->md, nullptr) == 1);
  return digest;
}

Digest Sha256Of(ByteSpan bytes) { return Sha256().Update(bytes).Finish(); }

namespace plain {

void Sha256Compress(std::span<Sha256State> states, const uint8_t* blocks, size_t stride) {
  SHA256_CTX context{};
  for (size_t i = 0; i < states.size(); ++i) {
    std::copy(states[i].words.begin(), states[i].words.end(), context.h);
    SHA256_Transform(&context, blocks + i * stride);
    std::copy(context.h, context.h + 8, states[i].words.begin());
  }
}

}  // namespace plain

}  // namespace voizk

#endif
