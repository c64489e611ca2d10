// Known answers of the hash functions: FIPS 180-4 examples, RFC 7693 appendix A.
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "algebra/field/every_target.h"
#include "crypto/hash/blake2b.h"
#include "crypto/hash/sha256.h"
#include "crypto/hash/sha256_compress.h"
#include "crypto/hash/sha256_lanes.h"

namespace voizk {
namespace {

template <typename Bytes>
std::string Hex(const Bytes& bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (const uint8_t b : bytes) {
    hex += kDigits[b >> 4];
    hex += kDigits[b & 15];
  }
  return hex;
}

constexpr char kAbc256[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(Sha256, KnownAnswers) {
  EXPECT_EQ(Hex(Sha256Of({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Hex(Sha256Of(AsBytes("abc"))), kAbc256);
  EXPECT_EQ(Hex(Sha256Of(AsBytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Sha256, FinishStartsAnewAndCopiesFork) {
  Sha256 h;
  h.Update(AsBytes("junk")).Finish();
  h.Update(AsBytes("a"));
  Sha256 fork = h;
  Sha256 assigned;
  assigned = h;
  EXPECT_EQ(Hex(h.Update(AsBytes("bc")).Finish()), kAbc256);
  EXPECT_EQ(Hex(fork.Update(AsBytes("b")).Update(AsBytes("c")).Finish()), kAbc256);
  Sha256 moved = std::move(assigned);
  EXPECT_EQ(Hex(moved.Update(AsBytes("bc")).Finish()), kAbc256);
}

// Any number of hashes at once, whatever lies between their blocks: each is that hash alone.
TEST(Sha256Compress, ManyAtOnceAreEachThatOfOne) {
  constexpr size_t kStride = 80;
  for (const size_t count : {size_t{0}, size_t{1}, size_t{2}, size_t{3}, size_t{8}, size_t{17}}) {
    std::vector<Sha256State> states(count), expected(count);
    std::vector<uint8_t> blocks(count * kStride + 1);
    uint32_t x = 1;
    for (int round = 0; round < 3; ++round) {
      for (uint8_t& b : blocks) b = static_cast<uint8_t>((x = x * 1664525 + 1013904223) >> 24);
      Sha256Compress(states, blocks.data() + 1, kStride);
      plain::Sha256Compress(expected, blocks.data() + 1, kStride);
    }
    for (size_t i = 0; i < count; ++i) EXPECT_EQ(states[i].words, expected[i].words) << i;
  }
  std::array<uint8_t, kSha256BlockBytes> abc{'a', 'b', 'c', 0x80};
  abc.back() = 24;
  for (const auto compress : {&Sha256Compress, &plain::Sha256Compress}) {
    Sha256State state;
    compress({&state, 1}, abc.data(), kSha256BlockBytes);
    EXPECT_EQ(Hex(state.ToDigest()), kAbc256);
  }
}

// The vectors of every unit of the machine, of which Sha256Compress uses one: whole vectors are
// done and each lane is that hash alone, the rest is left as it was.
TEST(MatchesScalar, Sha256Lanes) {
  OnEveryTarget([] {
    constexpr size_t kStride = 80;
    for (const size_t count :
         {size_t{0}, size_t{3}, size_t{4}, size_t{15}, size_t{16}, size_t{41}}) {
      std::vector<Sha256State> states(count), expected(count);
      std::vector<uint8_t> blocks(count * kStride + 1);
      uint32_t x = 7;
      for (int round = 0; round < 3; ++round) {
        for (uint8_t& b : blocks) b = static_cast<uint8_t>((x = x * 1664525 + 1013904223) >> 24);
        const size_t done = Sha256CompressLanes(states, blocks.data() + 1, kStride);
        ASSERT_EQ(done, Sha256Lanes() == 1 ? 0 : count / Sha256Lanes() * Sha256Lanes());
        plain::Sha256Compress(std::span(expected).first(done), blocks.data() + 1, kStride);
        for (size_t i = 0; i < count; ++i) ASSERT_EQ(states[i].words, expected[i].words) << i;
        Sha256Compress(states, blocks.data() + 1, kStride);
        plain::Sha256Compress(expected, blocks.data() + 1, kStride);
        for (size_t i = 0; i < count; ++i) ASSERT_EQ(states[i].words, expected[i].words) << i;
      }
    }
  });
}

TEST(Blake2b, KnownAnswers) {
  constexpr char kAbc[] =
      "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
      "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923";
  EXPECT_EQ(Hex(Blake2bOf(AsBytes("abc"))), kAbc);
  Blake2b h;
  h.Update(AsBytes("a"));
  Blake2b fork = h;
  EXPECT_EQ(Hex(h.Update(AsBytes("bc")).Finish()), kAbc);
  EXPECT_EQ(Hex(fork.Update(AsBytes("bc")).Finish()), kAbc);
}

}  // namespace
}  // namespace voizk
