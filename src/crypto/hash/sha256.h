// SHA-256 (FIPS 180-4) over OpenSSL: Merkle trees, digests of files, commitments.
#ifndef VOIZK_CRYPTO_HASH_SHA256_H_
#define VOIZK_CRYPTO_HASH_SHA256_H_

#include <memory>

#include "base/bytes.h"
#include "crypto/hash/digest.h"

struct evp_md_st;
struct evp_md_ctx_st;

namespace voizk {

/// An incremental hasher.  The algorithm is looked up when a hasher is made and shared by its
/// copies, so make one per task and reuse or copy it in loops.  One thread at a time per object.
/// Running out of memory inside OpenSSL ends the process.
class Sha256 {
 public:
  Sha256();
  /// A copy continues from the same state (many messages with one prefix).
  Sha256(const Sha256& other);
  Sha256& operator=(const Sha256& other);
  Sha256(Sha256&&) = default;
  Sha256& operator=(Sha256&&) = default;

  Sha256& Update(ByteSpan bytes);
  /// The digest of everything since the last Finish; then starts anew.
  Digest Finish();

 private:
  struct FreeMd {
    void operator()(evp_md_st* md) const;
  };
  struct FreeContext {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_st, FreeMd> md_;
  std::unique_ptr<evp_md_ctx_st, FreeContext> context_;
};

/// The digest of one message; for loops use a Sha256 object.
Digest Sha256Of(ByteSpan bytes);

}  // namespace voizk

#endif  // VOIZK_CRYPTO_HASH_SHA256_H_
