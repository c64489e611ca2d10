// The Fiat-Shamir transcript: both sides absorb the same typed, labelled messages and draw the
// same challenges.  docs/protocol/transcript.md gives every byte.
//
//   h_0      = BLAKE2b-512("voizk transcript v1")
//   absorb:    h <- BLAKE2b-512(h | type | len(label) | label | len(payload) | payload)
//   challenge: absorb (kind, label, parameters), then read the stream
//              BLAKE2b-512(h | "sq" | 0), BLAKE2b-512(h | "sq" | 1), ...
//
// Type and lengths make the input prefix-free, so different sequences of calls never hash the same
// bytes.  Labels are short constants of the protocol (at most 255 bytes).
#ifndef VOIZK_CRYPTO_TRANSCRIPT_TRANSCRIPT_H_
#define VOIZK_CRYPTO_TRANSCRIPT_TRANSCRIPT_H_

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "algebra/field/ext.h"
#include "algebra/field/koala_bear.h"
#include "base/bytes.h"
#include "crypto/hash/blake2b.h"
#include "crypto/hash/digest.h"

namespace voizk {

class Transcript {
 public:
  Transcript();

  void Absorb(std::string_view label, ByteSpan bytes);
  void AbsorbText(std::string_view label, std::string_view text);
  void AbsorbU64(std::string_view label, uint64_t value);
  void AbsorbDigest(std::string_view label, const Digest& digest);
  void AbsorbFp(std::string_view label, std::span<const Fp> values);
  template <int D>
  void AbsorbExt(std::string_view label, std::span<const Ext<D>> values);
  template <int D>
  void AbsorbExt(std::string_view label, const Ext<D>& value) {
    AbsorbExt<D>(label, std::span<const Ext<D>>(&value, 1));
  }

  /// Uniform elements of K.
  template <int D>
  Ext<D> ChallengeExt(std::string_view label) {
    return ChallengeExts<D>(label, 1)[0];
  }
  template <int D>
  std::vector<Ext<D>> ChallengeExts(std::string_view label, size_t count);

  /// A uniform set of t distinct indices below n (1 <= t <= n <= 2^31, checked), ascending.
  std::vector<uint32_t> ChallengeIndices(std::string_view label, uint32_t n, uint32_t t);

  /// The running hash, for tests and vectors.
  const Blake2bDigest& state() const { return state_; }

 private:
  class Stream;
  Blake2b Begin(uint8_t type, std::string_view label, uint64_t payload_bytes) const;
  void AbsorbTyped(uint8_t type, std::string_view label, ByteSpan payload);

  Blake2bDigest state_;
};

}  // namespace voizk

#endif  // VOIZK_CRYPTO_TRANSCRIPT_TRANSCRIPT_H_
