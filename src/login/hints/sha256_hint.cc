#include <array>
#include <vector>

#include "base/secure.h"
#include "login/hints/hints.h"
#include "login/relation/sha256_relation.h"

namespace voizk {
namespace {

using Words = SecureVector<uint32_t>;  // [rows][blocks]

uint32_t RotateRight(uint32_t x, int r) { return x >> r | x << (32 - r); }

// Cells of one message: words by [row][block], as in the relation's tensors.
class Sha256Trace {
 public:
  Sha256Trace(const HintCall& call, size_t blocks) : call_(call), blocks_(blocks) {}

  void Run(const SecureVector<uint8_t>& message, std::array<uint32_t, 8> h) {
    for (size_t n = 0; n < blocks_; ++n) Block(n, &message[64 * n], h);
  }

 private:
  // The 32 cells of a word, most significant bit first.
  void Bits(Sha256Output k, size_t row, size_t block, uint32_t word) {
    int32_t* cells = &call_.outputs[k][(row * blocks_ + block) * 32];
    for (int i = 0; i < 32; ++i) cells[i] = static_cast<int32_t>(word >> (31 - i) & 1);
  }
  // Carries of the halves: `low` and `high` are the exact sums of the halves.
  void Carries(Sha256Output k, size_t row, size_t block, int64_t high, int64_t low) {
    int32_t* cells = &call_.outputs[k][(row * blocks_ + block) * 2];
    cells[1] = static_cast<int32_t>(low >> 16);
    cells[0] = static_cast<int32_t>((high + (low >> 16)) >> 16);
  }
  // x + y + z = s + 2k bit by bit; returns s, stores k.
  uint32_t Xor(Sha256Output k, size_t row, size_t block, uint32_t x, uint32_t y, uint32_t z) {
    Bits(k, row, block, (x & y) | (x & z) | (y & z));
    return x ^ y ^ z;
  }
  uint32_t Rotations(Sha256Output k, size_t row, size_t block, uint32_t x,
                     const std::array<int, 3>& r, bool shift) {
    return Xor(k, row, block, RotateRight(x, r[0]), RotateRight(x, r[1]),
               shift ? x >> r[2] : RotateRight(x, r[2]));
  }
  static int64_t High(uint32_t x) { return x >> 16; }
  static int64_t Low(uint32_t x) { return x & 0xffff; }

  void Block(size_t n, const uint8_t* bytes, std::array<uint32_t, 8>& h);

  const HintCall& call_;
  size_t blocks_;
};

void Sha256Trace::Block(size_t n, const uint8_t* bytes, std::array<uint32_t, 8>& h) {
  std::array<uint32_t, 64> w{};
  std::array<uint32_t, 68> a{h[3], h[2], h[1], h[0]}, e{h[7], h[6], h[5], h[4]};
  const auto sum = [](auto half, std::initializer_list<uint32_t> words) {
    int64_t s = 0;
    for (const uint32_t x : words) s += half(x);
    return s;
  };
  for (size_t t = 0; t < 64; ++t) {
    if (t < 16) {
      for (size_t k = 0; k < 4; ++k) w[t] = w[t] << 8 | bytes[4 * t + k];
    } else {
      const size_t i = t - 16;
      const uint32_t s0 = Rotations(kShaSmall0, i, n, w[t - 15], kSha256Small0, true);
      const uint32_t s1 = Rotations(kShaSmall1, i, n, w[t - 2], kSha256Small1, true);
      const auto terms = {s1, w[t - 7], s0, w[i]};
      w[t] = s1 + w[t - 7] + s0 + w[i];
      Carries(kShaCarryW, i, n, sum(High, terms), sum(Low, terms));
    }
    Bits(kShaW, t, n, w[t]);
  }
  for (size_t t = 0; t < 64; ++t) {
    const uint32_t s0 = Rotations(kShaBig0, t, n, a[t + 3], kSha256Big0, false);
    const uint32_t s1 = Rotations(kShaBig1, t, n, e[t + 3], kSha256Big1, false);
    Xor(kShaMaj, t, n, a[t + 3], a[t + 2], a[t + 1]);
    const uint32_t maj = (a[t + 3] & a[t + 2]) | (a[t + 3] & a[t + 1]) | (a[t + 2] & a[t + 1]);
    const uint32_t ch = (e[t + 3] & e[t + 2]) | (~e[t + 3] & e[t + 1]);
    int32_t* selected = &call_.outputs[kShaCh][(t * blocks_ + n) * 32];
    for (int i = 0; i < 32; ++i) {
      selected[i] =
          static_cast<int32_t>(ch >> (31 - i) & 1) - static_cast<int32_t>(e[t + 1] >> (31 - i) & 1);
    }
    const auto terms = {a[t], e[t], s1, ch, kSha256K[t], w[t]};
    e[t + 4] = a[t] + e[t] + s1 + ch + kSha256K[t] + w[t];
    Carries(kShaCarryE, t, n, sum(High, terms), sum(Low, terms));
    const auto rest = {e[t + 4], s0, maj};
    a[t + 4] = e[t + 4] - a[t] + s0 + maj;
    Carries(kShaCarryA, t, n, sum(High, rest) - High(a[t]), sum(Low, rest) - Low(a[t]));
  }
  for (size_t i = 0; i < 68; ++i) {
    Bits(kShaA, i, n, a[i]);
    Bits(kShaE, i, n, e[i]);
  }
  for (size_t i = 0; i < 4; ++i) {
    Carries(kShaChainA, i, n, High(a[i]) + High(a[64 + i]), Low(a[i]) + Low(a[64 + i]));
    Carries(kShaChainE, i, n, High(e[i]) + High(e[64 + i]), Low(e[i]) + Low(e[64 + i]));
    h[3 - i] = a[i] + a[64 + i];
    h[7 - i] = e[i] + e[64 + i];
  }
}

}  // namespace

Status Sha256Hint(const HintCall& call) {
  Status misfit{ErrorCode::kInternal, "sha256: step does not fit"};
  if (call.params.empty() || call.outputs.size() != kShaOutputs) return misfit;
  const auto blocks = static_cast<size_t>(call.params[0]);
  if (call.params.size() != 64 * blocks + 1 || call.views.empty() ||
      call.views[0].size() != 2 * kSha256Words || call.outputs[kShaA].size() != 68 * blocks * 32) {
    return misfit;
  }
  SecureVector<uint8_t> secret, message;
  for (size_t part = 1; part < call.views.size(); ++part) {
    for (const int64_t v : call.views[part]) secret.push_back(static_cast<uint8_t>(v & 0xff));
  }
  size_t used = 0;
  for (const int64_t p : call.params.subspan(1)) {
    if (p < 0 && used == secret.size()) return misfit;
    message.push_back(p < 0 ? secret[used++] : static_cast<uint8_t>(p));
  }
  std::array<uint32_t, kSha256Words> state{};
  for (size_t i = 0; i < state.size(); ++i) {
    state[i] = static_cast<uint32_t>(call.views[0][2 * i] << 16 | call.views[0][2 * i + 1]);
  }
  Sha256Trace(call, blocks).Run(message, state);
  return {};
}

}  // namespace voizk
