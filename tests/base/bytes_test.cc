// The one reader of untrusted bytes: little endian both ways; every truncation, count beyond the
// input or limit, and byte left over is a typed error.
#include "base/bytes.h"

#include <gtest/gtest.h>

#include <set>

namespace voizk {
namespace {

TEST(Bytes, WritesLittleEndian) {
  ByteWriter w;
  w.U16(0x0102);
  w.U32(0x03040506);
  w.U64(0x0708090a0b0c0d0eull);
  w.I8(-1);
  w.String("ab");
  EXPECT_EQ(w.bytes(), (std::vector<uint8_t>{2, 1, 6, 5,    4, 3, 0x0e, 0x0d, 0x0c, 0x0b, 0x0a,
                                             9, 8, 7, 0xff, 2, 0, 0,    0,    'a',  'b'}));
}

TEST(Bytes, ReadsBackWhatWasWritten) {
  ByteWriter w;
  w.U8(7);
  w.U16(65535);
  w.U32(4000000000u);
  w.U64(~uint64_t{3});
  w.I8(-5);
  w.I16(-30000);
  w.I32(-2000000000);
  w.I64(-9000000000000000000);
  w.String("phrase");
  ByteReader r(w.bytes(), ErrorCode::kMalformed, "test");
  EXPECT_EQ(r.U8().value(), 7);
  EXPECT_EQ(r.U16().value(), 65535);
  EXPECT_EQ(r.U32().value(), 4000000000u);
  EXPECT_EQ(r.U64().value(), ~uint64_t{3});
  EXPECT_EQ(r.I8().value(), -5);
  EXPECT_EQ(r.I16().value(), -30000);
  EXPECT_EQ(r.I32().value(), -2000000000);
  EXPECT_EQ(r.I64().value(), -9000000000000000000);
  EXPECT_EQ(r.String(6).value(), "phrase");
  EXPECT_TRUE(r.ExpectEnd().ok());
}

TEST(Bytes, EveryTruncationIsATypedError) {
  ByteWriter w;
  w.U64(1);
  for (size_t n = 0; n < 8; ++n) {
    ByteReader r(ByteSpan(w.bytes()).first(n), ErrorCode::kProofMalformed, "proof");
    const auto v = r.U64();
    ASSERT_FALSE(v.ok());
    EXPECT_EQ(v.error().code, ErrorCode::kProofMalformed);
    EXPECT_TRUE(v.error().Failed(Check::kLength));
    EXPECT_EQ(v.error().rejection->unit, Rejection::Unit::kByte);
    EXPECT_EQ(v.error().rejection->position, 0u);
    EXPECT_EQ(v.error().rejection->expected, 8u);
    EXPECT_EQ(v.error().rejection->actual, n);
    EXPECT_EQ(r.position(), 0u) << "a failed read must not move";
  }
}

TEST(Bytes, CountRefusesWhatTheInputCannotHold) {
  ByteWriter w;
  w.U32(1000);
  w.U32(0);
  ByteReader r(w.bytes(), ErrorCode::kMalformed, "file");
  const auto v = r.Count(1u << 20, 4, "rows");
  ASSERT_FALSE(v.ok());
  EXPECT_TRUE(v.error().Failed(Check::kLimit));
  EXPECT_EQ(v.error().rejection->position, 4u);
  EXPECT_EQ(v.error().rejection->expected, 4u);
  EXPECT_EQ(v.error().rejection->actual, 1000u);
}

TEST(Bytes, CountRefusesMoreThanTheLimit) {
  ByteWriter w;
  w.U32(3);
  w.U32(0);
  ByteReader r(w.bytes(), ErrorCode::kMalformed, "file");
  const auto v = r.Count(2, 1, "rows");
  ASSERT_FALSE(v.ok());
  EXPECT_TRUE(v.error().Failed(Check::kLimit));
  EXPECT_EQ(v.error().rejection->expected, 2u);
}

TEST(Bytes, ExpectAndExpectEnd) {
  ByteWriter w;
  w.Bytes(AsBytes("VZK1x"));
  ByteReader r(w.bytes(), ErrorCode::kMalformed, "file");
  EXPECT_TRUE(r.Expect(AsBytes("VZK2"), "magic").error().Failed(Check::kHeader));
  EXPECT_TRUE(r.Fail("a value").Failed(Check::kValue));
  EXPECT_TRUE(r.Expect(AsBytes("VZK1"), "magic").ok());
  EXPECT_TRUE(r.ExpectEnd().error().Failed(Check::kLength));
}

TEST(Result, EveryCheckHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(Check::kFold); ++i) {
    EXPECT_TRUE(names.insert(Name(static_cast<Check>(i))).second) << i;
  }
  EXPECT_EQ(names.count("unknown"), 0u);
}

}  // namespace
}  // namespace voizk
