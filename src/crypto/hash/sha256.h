// SHA-256 (FIPS 180-4) over OpenSSL, or libsodium in a WebAssembly build: Merkle trees, digests of
// files, commitments.
#ifndef VOIZK_CRYPTO_HASH_SHA256_H_
#define VOIZK_CRYPTO_HASH_SHA256_H_

#include <memory>

#include "base/bytes.h"
#include "crypto/hash/digest.h"

namespace voizk {

/// An incremental hasher.  The algorithm is looked up when a hasher is made and shared by its
/// copies, so make one per task and reuse or copy it in loops.  One thread at a time per object.
/// std::bad_alloc where there is no memory for its state.
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
  struct State;  // the library's
  struct FreeState {
    void operator()(State* state) const;
  };
  std::unique_ptr<State, FreeState> state_;
};

/// The digest of one message; for loops use a Sha256 object.
Digest Sha256Of(ByteSpan bytes);

}  // namespace voizk

#endif  // VOIZK_CRYPTO_HASH_SHA256_H_
