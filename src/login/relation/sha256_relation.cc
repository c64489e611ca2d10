#include "login/relation/sha256_relation.h"

#include <algorithm>
#include <utility>

#include "relation/builder/steps.h"
#include "relation/builder/view_arithmetic.h"
#include "relation/builder/views.h"
#include "relation/gadgets/boolean.h"
#include "relation/gadgets/range.h"

namespace voizk {

namespace {

using State = std::array<uint32_t, 8>;

constexpr uint32_t kRounds = 64;
constexpr uint32_t kStates = 68;
constexpr uint32_t kSchedule = 48;  // rounds whose message word is computed
constexpr int kHigh = 0, kLow = 1;

// Weight of bit i within half h of a word: bits 0..15 are the high half.
int32_t HalfWeight(int half, int i) {
  if (half == kHigh) return i < 16 ? int32_t{1} << (15 - i) : 0;
  return i >= 16 ? int32_t{1} << (31 - i) : 0;
}

std::vector<int32_t> HalfWeights(int half) {
  std::vector<int32_t> w(32);
  for (int i = 0; i < 32; ++i) w[static_cast<size_t>(i)] = HalfWeight(half, i);
  return w;
}

// Weights of x in the half of rotr(x, r0) + rotr(x, r1) + rotr or shr(x, r2):
// sum_i w_i x[(i-r) mod 32] = sum_i w_{(i+r) mod 32} x[i].
std::vector<int32_t> RotatedWeights(int half, const std::array<int, 3>& r, bool shift) {
  std::vector<int32_t> w(32, 0);
  for (int i = 0; i < 32; ++i) {
    for (int k = 0; k < 3; ++k) {
      const int to = i + r[static_cast<size_t>(k)];
      if (to >= 32 && k == 2 && shift) continue;
      w[static_cast<size_t>(i)] += HalfWeight(half, to % 32);
    }
  }
  return w;
}

uint32_t HalfOf(uint32_t word, int half) { return half == kHigh ? word >> 16 : word & 0xffff; }

// The padded message without its first `before` bytes, -1 at secret bytes.
Result<std::vector<int64_t>> PaddedMessage(const Relation& r, uint64_t before,
                                           std::span<const MessagePart> parts) {
  std::vector<int64_t> bytes;
  for (const MessagePart& part : parts) {
    if (part.secret) {
      const Shape& shape = r.tensors[*part.secret].shape;
      if (shape.rank != 1 || shape.dims[0] % 4 != 0) {
        return {ErrorCode::kInvalidArgument, "secret part of a hashed message is not words"};
      }
      bytes.insert(bytes.end(), shape.dims[0], -1);
    } else {
      if (part.bytes.size() % 4 != 0) {
        return {ErrorCode::kInvalidArgument, "public part of a hashed message is not words"};
      }
      bytes.insert(bytes.end(), part.bytes.begin(), part.bytes.end());
    }
  }
  const uint64_t bits = 8 * (before + bytes.size());
  bytes.push_back(0x80);
  while (bytes.size() % 64 != 56) bytes.push_back(0);
  for (int shift = 56; shift >= 0; shift -= 8) {
    bytes.push_back(static_cast<int64_t>(bits >> shift & 0xff));
  }
  return bytes;
}

uint32_t RotateRight(uint32_t x, int r) { return x >> r | x << (32 - r); }

uint32_t Rotations(uint32_t x, const std::array<int, 3>& r, bool shift) {
  return RotateRight(x, r[0]) ^ RotateRight(x, r[1]) ^ (shift ? x >> r[2] : RotateRight(x, r[2]));
}

// The state after a block.
State Compress(const State& before, ByteSpan block) {
  std::array<uint32_t, kRounds> w{};
  for (size_t t = 0; t < kRounds; ++t) {
    if (t < 16) {
      for (size_t k = 0; k < 4; ++k) w[t] = w[t] << 8 | block[4 * t + k];
    } else {
      w[t] = Rotations(w[t - 2], kSha256Small1, true) + w[t - 7] +
             Rotations(w[t - 15], kSha256Small0, true) + w[t - 16];
    }
  }
  State s = before;
  for (size_t t = 0; t < kRounds; ++t) {
    const uint32_t ch = (s[4] & s[5]) ^ (~s[4] & s[6]);
    const uint32_t maj = (s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]);
    const uint32_t t1 = s[7] + Rotations(s[4], kSha256Big1, false) + ch + kSha256K[t] + w[t];
    const uint32_t t2 = Rotations(s[0], kSha256Big0, false) + maj;
    s = {t1 + t2, s[0], s[1], s[2], s[3] + t1, s[4], s[5], s[6]};
  }
  for (size_t i = 0; i < s.size(); ++i) s[i] += before[i];
  return s;
}

class Sha256Gadget {
 public:
  Sha256Gadget(Builder& b, std::string name, uint32_t blocks)
      : b_(b), name_(std::move(name)), blocks_(blocks) {
    const Shape state = MakeShape({kStates, blocks_, 32});
    const Shape round = MakeShape({kRounds, blocks_, 32});
    const Shape small = MakeShape({kSchedule, blocks_, 32});
    t_[kShaA] = Bits("a", state);
    t_[kShaE] = Bits("e", state);
    t_[kShaW] = Bits("w", round);
    t_[kShaBig0] = Bits("S0", round);
    t_[kShaBig1] = Bits("S1", round);
    t_[kShaMaj] = Bits("maj", round);
    t_[kShaCh] = b_.AddTensor(name_ + ".ch", round, -1, 1);
    t_[kShaSmall0] = Bits("s0", small);
    t_[kShaSmall1] = Bits("s1", small);
    t_[kShaCarryE] = Carry("carry_e", kRounds, 0, 5);
    t_[kShaCarryA] = Carry("carry_a", kRounds, -1, 2);
    t_[kShaCarryW] = Carry("carry_w", kSchedule, 0, 3);
    t_[kShaChainA] = Carry("chain_a", 4, 0, 1);
    t_[kShaChainE] = Carry("chain_e", 4, 0, 1);
  }

  std::vector<TensorId> Outputs() const { return {t_.begin(), t_.end()}; }

  void BindMessage(std::span<const MessagePart> parts, std::span<const int64_t> padded);
  void BitFunctions();
  void Schedule();
  void Rounds();
  void Chain(TensorId state, TensorId digest);

 private:
  TensorId Bits(const char* what, Shape shape) {
    const TensorId t = b_.AddTensor(name_ + "." + what, shape, 0, 1);
    gadgets::RequireBoolean(b_, t);
    return t;
  }
  TensorId Carry(const char* what, uint32_t rows, int lo, int hi) {
    const TensorId t = b_.AddTensor(name_ + "." + what, MakeShape({rows, blocks_, 2}), lo, hi);
    gadgets::RequireSmall(b_, b_.Identity(t), lo, hi);
    return t;
  }
  // Bits of rows shifted by `offset` in time, as a view [rows][B][32].
  View Row(Sha256Output x, uint32_t rows, int32_t offset) const {
    return ViewOf(b_, t_[x], MakeShape({rows, blocks_, 32}),
                  {From(0, 1, offset), From(1), From(2)});
  }
  // The three rotations summed, [rows][B][32]: out i <- in i - r and in i - r + 32.
  View RotationSum(Sha256Output x, uint32_t rows, int32_t offset, const std::array<int, 3>& r,
                   bool shift) const;
  // s = sum - 2k is 0 or 1.
  void RequireXor(const View& sum, Sha256Output k) {
    gadgets::RequireBoolean(b_, views::Sub(sum, views::Scale(b_.Identity(t_[k]), 2)));
  }
  // One half of each word of x (rows from `offset`), weighted: a view [rows][B].
  View Half(Sha256Output x, uint32_t rows, int32_t offset, std::vector<int32_t> weights) const {
    return ViewOf(b_, t_[x], MakeShape({rows, blocks_}),
                  {From(0, 1, offset), From(1), Summed(std::move(weights))});
  }
  View Half(Sha256Output x, uint32_t rows, int32_t offset, int half) const {
    return Half(x, rows, offset, HalfWeights(half));
  }
  // Carry into half h (from the low half) minus 2^16 * carry out of it, [rows][B].
  View CarryTerm(Sha256Output c, uint32_t rows, int half) const {
    const Shape shape = MakeShape({rows, blocks_});
    View v = views::Scale(ViewOf(b_, t_[c], shape, {From(0), From(1), At(half)}), -65536);
    if (half == kHigh) v = views::Add(v, ViewOf(b_, t_[c], shape, {From(0), From(1), At(kLow)}));
    return v;
  }

  Builder& b_;
  std::string name_;
  uint32_t blocks_;
  std::array<TensorId, kShaOutputs> t_{};
};

View Sha256Gadget::RotationSum(Sha256Output x, uint32_t rows, int32_t offset,
                               const std::array<int, 3>& r, bool shift) const {
  const Shape shape = MakeShape({rows, blocks_, 32});
  View sum = views::Constant(shape, 0);
  for (int k = 0; k < 3; ++k) {
    const int rot = r[static_cast<size_t>(k)];
    const auto part = [&](int32_t by) {
      return ViewOf(b_, t_[x], shape, {From(0, 1, offset), From(1), From(2, 1, by)});
    };
    sum = views::Add(sum, part(-rot));
    if (!(shift && k == 2)) sum = views::Add(sum, part(32 - rot));
  }
  return sum;
}

// Byte k of message word w of block n: sum_j 2^(7-j) W[w][n][8k+j] = the part's byte.
void Sha256Gadget::BindMessage(std::span<const MessagePart> parts,
                               std::span<const int64_t> padded) {
  const auto bind = [&](size_t begin, size_t end, const MessagePart* secret) {
    for (size_t word = begin / 4; word < end / 4;) {
      const size_t block = word / 16;
      const size_t stop = std::min(end / 4, (block + 1) * 16);
      const Shape shape = MakeShape({static_cast<uint32_t>(stop - word)});
      for (size_t k = 0; k < 4; ++k) {
        std::vector<int32_t> weights(32, 0);
        for (size_t j = 0; j < 8; ++j) weights[8 * k + j] = int32_t{1} << (7 - j);
        if (secret && secret->is_signed) weights[8 * k] = -128;
        View v = ViewOf(b_, t_[kShaW], shape,
                        {From(0, 1, static_cast<int32_t>(word % 16)),
                         At(static_cast<int32_t>(block)), Summed(std::move(weights))});
        if (secret) {
          const auto first = static_cast<int32_t>(4 * word + k - begin);
          v = views::Sub(v, ViewOf(b_, *secret->secret, shape, {From(0, 4, first)}));
        } else {
          std::vector<int32_t> values;
          for (size_t w = word; w < stop; ++w) {
            values.push_back(-static_cast<int32_t>(padded[4 * w + k]));
          }
          v = views::Add(v, views::Constants(shape, std::move(values)));
        }
        b_.AddEquality(std::move(v));
      }
      word = stop;
    }
  };
  size_t at = 0;
  for (const MessagePart& part : parts) {
    const size_t size = part.secret ? b_.tensor(*part.secret).shape.dims[0] : part.bytes.size();
    bind(at, at + size, part.secret ? &part : nullptr);
    at += size;
  }
  bind(at, padded.size(), nullptr);
}

void Sha256Gadget::BitFunctions() {
  RequireXor(RotationSum(kShaA, kRounds, 3, kSha256Big0, false), kShaBig0);
  RequireXor(RotationSum(kShaE, kRounds, 3, kSha256Big1, false), kShaBig1);
  RequireXor(RotationSum(kShaW, kSchedule, 1, kSha256Small0, true), kShaSmall0);
  RequireXor(RotationSum(kShaW, kSchedule, 14, kSha256Small1, true), kShaSmall1);
  // Maj is the carry of the three bits.
  RequireXor(views::Add(views::Add(Row(kShaA, kRounds, 3), Row(kShaA, kRounds, 2)),
                        Row(kShaA, kRounds, 1)),
             kShaMaj);
  // z = e*(f - g); Ch = g + z.
  b_.AddProduct({.a = Row(kShaE, kRounds, 3),
                 .b = views::Sub(Row(kShaE, kRounds, 2), Row(kShaE, kRounds, 1)),
                 .c = b_.Identity(t_[kShaCh])});
}

void Sha256Gadget::Schedule() {
  for (const int half : {kHigh, kLow}) {
    const std::vector<int32_t> w = HalfWeights(half);
    View v = Half(kShaW, kSchedule, 14, RotatedWeights(half, kSha256Small1, true));
    v = views::Sub(v, views::Scale(Half(kShaSmall1, kSchedule, 0, half), 2));
    v = views::Add(v, Half(kShaW, kSchedule, 1, RotatedWeights(half, kSha256Small0, true)));
    v = views::Sub(v, views::Scale(Half(kShaSmall0, kSchedule, 0, half), 2));
    v = views::Add(v, Half(kShaW, kSchedule, 9, half));
    v = views::Add(v, Half(kShaW, kSchedule, 0, half));
    v = views::Sub(v, Half(kShaW, kSchedule, 16, half));
    b_.AddEquality(views::Add(v, CarryTerm(kShaCarryW, kSchedule, half)));
  }
}

void Sha256Gadget::Rounds() {
  const Shape shape = MakeShape({kRounds, blocks_});
  for (const int half : {kHigh, kLow}) {
    std::vector<int32_t> constants;
    constants.reserve(std::size(kSha256K));
    for (const uint32_t k : kSha256K) constants.push_back(static_cast<int32_t>(HalfOf(k, half)));
    View k_t;
    k_t.shape = shape;
    k_t.constants.push_back({.dim_mask = 1, .values = std::move(constants)});

    View e = Half(kShaA, kRounds, 0, half);
    e = views::Add(e, Half(kShaE, kRounds, 0, half));
    e = views::Add(e, Half(kShaE, kRounds, 3, RotatedWeights(half, kSha256Big1, false)));
    e = views::Sub(e, views::Scale(Half(kShaBig1, kRounds, 0, half), 2));
    e = views::Add(e, Half(kShaE, kRounds, 1, half));   // g
    e = views::Add(e, Half(kShaCh, kRounds, 0, half));  // e*(f-g)
    e = views::Add(views::Add(e, k_t), Half(kShaW, kRounds, 0, half));
    e = views::Sub(e, Half(kShaE, kRounds, 4, half));
    b_.AddEquality(views::Add(e, CarryTerm(kShaCarryE, kRounds, half)));

    View a = Half(kShaE, kRounds, 4, half);
    a = views::Sub(a, Half(kShaA, kRounds, 0, half));
    a = views::Add(a, Half(kShaA, kRounds, 3, RotatedWeights(half, kSha256Big0, false)));
    a = views::Sub(a, views::Scale(Half(kShaBig0, kRounds, 0, half), 2));
    a = views::Add(a, Half(kShaMaj, kRounds, 0, half));
    a = views::Sub(a, Half(kShaA, kRounds, 4, half));
    b_.AddEquality(views::Add(a, CarryTerm(kShaCarryA, kRounds, half)));
  }
}

// A[0..3] = H[3..0] and E[0..3] = H[7..4].  Block 0 starts from the given H; block n+1, and
// the digest, is H of block n plus A[64..67], E[64..67].
void Sha256Gadget::Chain(TensorId state, TensorId digest) {
  const Shape shape = MakeShape({4, blocks_});
  for (const bool is_e : {false, true}) {
    const Sha256Output x = is_e ? kShaE : kShaA;
    const int32_t top = is_e ? 7 : 3;
    for (const int half : {kHigh, kLow}) {
      const View first =
          ViewOf(b_, t_[x], MakeShape({4}), {From(0), At(0), Summed(HalfWeights(half))});
      const View given = ViewOf(b_, state, MakeShape({4}), {From(0, -1, top), At(half)});
      b_.AddEquality(views::Sub(first, given));

      View v = views::Add(Half(x, 4, 0, half), Half(x, 4, 64, half));
      v = views::Add(v, CarryTerm(is_e ? kShaChainE : kShaChainA, 4, half));
      const View next =
          ViewOf(b_, t_[x], shape, {From(0), From(1, 1, 1), Summed(HalfWeights(half))});
      v = views::Sub(v, next);  // nothing at n = B-1, where the digest stands instead
      const View last =
          WindowOf(b_, digest, shape, {From(0, -1, top), At(half)}, 1, blocks_ - 1, blocks_);
      b_.AddEquality(views::Sub(v, last));
    }
  }
}

// Every half of every word, high half first.
std::vector<int32_t> Halves(std::span<const uint32_t> words) {
  std::vector<int32_t> halves;
  for (const uint32_t word : words) {
    for (const int half : {kHigh, kLow}) halves.push_back(static_cast<int32_t>(HalfOf(word, half)));
  }
  return halves;
}

}  // namespace

std::vector<int32_t> Sha256StateAfter(ByteSpan blocks) {
  State state = kSha256Initial;
  for (size_t at = 0; at + 64 <= blocks.size(); at += 64) {
    state = Compress(state, blocks.subspan(at, 64));
  }
  return Halves(state);
}

std::vector<int32_t> HalvesOf(const Digest& digest) {
  std::array<uint32_t, kSha256Words> words{};
  for (size_t i = 0; i < digest.size(); ++i) words[i / 4] = words[i / 4] << 8 | digest[i];
  return Halves(words);
}

void AddSha256(Builder& b, const std::string& name, uint64_t before, TensorId state,
               std::span<const MessagePart> parts, TensorId digest) {
  const Result<std::vector<int64_t>> padded = PaddedMessage(b.relation(), before, parts);
  const Shape words = MakeShape({kSha256Words, 2});
  if (!padded.ok() || before % 64 != 0 || !(b.tensor(state).shape == words) ||
      !(b.tensor(digest).shape == words)) {
    b.Fail(name + ": " + (padded.ok() ? "no state or digest" : padded.error().message));
    return;
  }
  const auto blocks = static_cast<uint32_t>(padded->size() / 64);
  Sha256Gadget gadget(b, name, blocks);

  std::vector<View> read{b.Identity(state)};
  for (const MessagePart& part : parts) {
    if (part.secret) read.push_back(b.Identity(*part.secret));
  }
  std::vector<int64_t> params{blocks};
  params.insert(params.end(), padded->begin(), padded->end());
  b.AddStep(steps::Custom(kSha256Hint, std::move(read), gadget.Outputs(), std::move(params)));

  gadget.BindMessage(parts, *padded);
  gadget.BitFunctions();
  gadget.Schedule();
  gadget.Rounds();
  gadget.Chain(state, digest);
}

}  // namespace voizk
