#include "crypto/transcript/transcript.h"

#include <algorithm>
#include <bit>
#include <set>

#include "algebra/field/bytes.h"
#include "base/check.h"

namespace voizk {

namespace {

enum Type : uint8_t {
  kBytes = 0x01,
  kU64 = 0x02,
  kDigest = 0x03,
  kFp = 0x11,
  kExt = 0x10,           // + D
  kChallengeExt = 0x80,  // + D
  kChallengeIndices = 0x90,
};

// Field elements are serialised through a buffer of this many bytes (a multiple of 16 and 20).
constexpr size_t kChunkBytes = 4000;

template <typename F>
void UpdateFields(Blake2b& hash, std::span<const F> values) {
  std::array<uint8_t, kChunkBytes> chunk;
  while (!values.empty()) {
    const size_t n = std::min(values.size(), kChunkBytes / F::kBytes);
    for (size_t i = 0; i < n; ++i) StoreCanonical(values[i], chunk.data() + i * F::kBytes);
    hash.Update(ByteSpan(chunk).first(n * F::kBytes));
    values = values.subspan(n);
  }
}

}  // namespace

// The output of one challenge: 31- or fewer-bit numbers from consecutive u32 words.
class Transcript::Stream {
 public:
  explicit Stream(const Blake2bDigest& state) : state_(state) {}

  /// Uniform below `bound` (1 <= bound <= 2^31): the low bits of a word that are needed to write
  /// bound - 1, drawn again until they are below bound.
  uint32_t Below(uint32_t bound) {
    const auto bits = static_cast<int>(std::bit_width(bound - 1));
    const uint32_t mask = static_cast<uint32_t>((uint64_t{1} << bits) - 1);
    for (;;) {
      const uint32_t v = NextU32() & mask;
      if (v < bound) return v;
    }
  }

 private:
  uint32_t NextU32() {
    if (used_ == block_.size()) {
      std::array<uint8_t, 8> counter;
      StoreU64(counter_++, counter.data());
      block_ = Blake2b().Update(state_).Update(AsBytes("sq")).Update(counter).Finish();
      used_ = 0;
    }
    const uint32_t v = LoadU32(block_.data() + used_);
    used_ += 4;
    return v;
  }

  const Blake2bDigest& state_;
  uint64_t counter_ = 0;
  Blake2bDigest block_{};
  size_t used_ = sizeof(Blake2bDigest);
};

Transcript::Transcript() : state_(Blake2bOf(AsBytes("voizk transcript v1"))) {}

Blake2b Transcript::Begin(uint8_t type, std::string_view label, uint64_t payload_bytes) const {
  CheckInvariant(label.size() <= 255, "a transcript label of more than 255 bytes");
  const std::array<uint8_t, 2> head = {type, static_cast<uint8_t>(label.size())};
  std::array<uint8_t, 8> length;
  StoreU64(payload_bytes, length.data());
  Blake2b hash;
  hash.Update(state_).Update(head).Update(AsBytes(label)).Update(length);
  return hash;
}

void Transcript::AbsorbTyped(uint8_t type, std::string_view label, ByteSpan payload) {
  state_ = Begin(type, label, payload.size()).Update(payload).Finish();
}

void Transcript::Absorb(std::string_view label, ByteSpan bytes) {
  AbsorbTyped(kBytes, label, bytes);
}

void Transcript::AbsorbText(std::string_view label, std::string_view text) {
  AbsorbTyped(kBytes, label, AsBytes(text));
}

void Transcript::AbsorbU64(std::string_view label, uint64_t value) {
  std::array<uint8_t, 8> bytes;
  StoreU64(value, bytes.data());
  AbsorbTyped(kU64, label, bytes);
}

void Transcript::AbsorbDigest(std::string_view label, const Digest& digest) {
  AbsorbTyped(kDigest, label, digest);
}

void Transcript::AbsorbFp(std::string_view label, std::span<const Fp> values) {
  Blake2b hash = Begin(kFp, label, values.size() * Fp::kBytes);
  UpdateFields(hash, values);
  state_ = hash.Finish();
}

template <int D>
void Transcript::AbsorbExt(std::string_view label, std::span<const Ext<D>> values) {
  Blake2b hash = Begin(kExt + D, label, values.size() * Ext<D>::kBytes);
  UpdateFields(hash, values);
  state_ = hash.Finish();
}

template <int D>
std::vector<Ext<D>> Transcript::ChallengeExts(std::string_view label, size_t count) {
  std::array<uint8_t, 8> parameters;
  StoreU64(count, parameters.data());
  AbsorbTyped(kChallengeExt + D, label, parameters);
  Stream stream(state_);
  std::vector<Ext<D>> challenges(count);
  for (Ext<D>& c : challenges) {
    for (int i = 0; i < D; ++i) c[i] = Fp::FromU32(stream.Below(Fp::kModulus));
  }
  return challenges;
}

std::vector<uint32_t> Transcript::ChallengeIndices(std::string_view label, uint32_t n, uint32_t t) {
  CheckInvariant(1 <= t && t <= n && n <= uint32_t{1} << 31,
                 "a set of indices of an impossible size");
  std::array<uint8_t, 16> parameters;
  StoreU64(n, parameters.data());
  StoreU64(t, parameters.data() + 8);
  AbsorbTyped(kChallengeIndices, label, parameters);
  Stream stream(state_);
  std::set<uint32_t> indices;
  while (indices.size() < t) indices.insert(stream.Below(n));
  return {indices.begin(), indices.end()};
}

template void Transcript::AbsorbExt<4>(std::string_view, std::span<const Ext<4>>);
template void Transcript::AbsorbExt<5>(std::string_view, std::span<const Ext<5>>);
template std::vector<Ext<4>> Transcript::ChallengeExts<4>(std::string_view, size_t);
template std::vector<Ext<5>> Transcript::ChallengeExts<5>(std::string_view, size_t);

}  // namespace voizk
