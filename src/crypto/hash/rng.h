// Secret randomness of provers: a ChaCha20 stream under a key from the operating system.
#ifndef VOIZK_CRYPTO_HASH_RNG_H_
#define VOIZK_CRYPTO_HASH_RNG_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "algebra/field/ext.h"
#include "algebra/field/koala_bear.h"
#include "base/bytes.h"

namespace voizk {

/// Make a fresh one for every proof; a retry draws on from where the last attempt stopped.  Neither
/// copyable nor movable, so that no stream can be drawn twice; the key is erased at the end.  One
/// thread at a time; Split() makes independent streams for other threads.
class SecureRng {
 public:
  /// Key = BLAKE2b-512("voizk rng v1" | 64 bytes of the operating system | extra), first 32 bytes.
  /// `extra` (for example a digest of the witness) guards against a broken system generator.
  explicit SecureRng(ByteSpan extra = {});
  ~SecureRng();
  SecureRng(const SecureRng&) = delete;
  SecureRng& operator=(const SecureRng&) = delete;

  /// For tests and test vectors only: the stream is a function of `seed`.
  static SecureRng ForTest(uint64_t seed);
  /// An independent stream, keyed by 32 bytes of this one.
  SecureRng Split();

  void Fill(std::span<uint8_t> out);
  /// Uniform elements, by rejection.
  void Fill(std::span<Fp> out);
  Fp NextFp();
  template <int D>
  Ext<D> NextExt() {
    Ext<D> x;
    for (int i = 0; i < D; ++i) x[i] = NextFp();
    return x;
  }

 private:
  using Key = std::array<uint8_t, 32>;
  struct FromKey {};
  SecureRng(FromKey, const Key& key);
  uint32_t NextU32();
  void Stream(std::span<uint8_t> out);  // whole 64-byte blocks only

  static constexpr size_t kBufferBytes = 1024;
  Key key_;
  uint64_t next_block_ = 0;
  size_t used_ = kBufferBytes;  // bytes of buffer_ already given out
  std::array<uint8_t, kBufferBytes> buffer_;
};

}  // namespace voizk

#endif  // VOIZK_CRYPTO_HASH_RNG_H_
