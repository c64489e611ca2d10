// Known values come from the design's table (unique decoding, rate 1/4, independent betas, tensor
// rows), computed there by hand for 104 query bits; ours differ only where the true rate
// (W + t)/n enters instead of the nominal one.
#include "proof/security/table.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <random>

namespace voizk {
namespace {

// A relation of `lookups` lookups with tables of `rows` rows and about as many cells.
ShapeCounts Counts(uint64_t lookups, uint64_t rows) {
  ShapeCounts c;
  c.leaves = lookups + rows;
  c.lookup_bits = static_cast<int>(std::ceil(std::log2(static_cast<double>(c.leaves))));
  c.product_bits = 20;
  c.cell_bits = c.lookup_bits;
  c.output_bits = 20;
  c.constraints = 60;
  c.triples = 100;
  return c;
}

PadPlan Plan() {
  PadPlan plan;
  plan.pads = 1000;
  for (uint32_t i = 0; i < 100; ++i) plan.AddTriple(2 * i, 2 * i + 1);
  plan.AddOpening();
  return plan;
}

double Bits(const std::vector<SoundnessTerm>& terms, const std::string& label) {
  for (const SoundnessTerm& term : terms) {
    if (term.label == label) return term.bits();
  }
  ADD_FAILURE() << "no term " << label;
  return 0;
}

double QueryBits(uint32_t dimension, const CommitParams& p) {
  return BitsOf(QueryError(dimension, p).Units());
}

// The design's shape: W = 2^log_w, rate 1/4, t for 104 bits of queries.
CommitParams Shape(uint64_t cells, int log_w, int degree) {
  CommitParams p;
  p.degree = degree;
  p.cells = cells;
  p.cells_bits = static_cast<int>(std::ceil(std::log2(static_cast<double>(cells))));
  p.log_w = log_w;
  p.log_n = log_w + 2;
  p.rows = static_cast<uint32_t>((cells + p.message() - 1) >> log_w);
  p.pads = Plan().pads;
  p.triples = 100;
  for (p.queries = 1; !QueryError(p.dimension(), p).IsAtMostTwoTo(-104);) ++p.queries;
  p.response_log_w = CommitParams::ResponseLogW(log_w);
  p.response_queries = 151;  // 125 bits: the design sends the responses in clear
  return p;
}

struct Row {
  uint64_t lookups, rows;
  int log_w;
  double fingerprint, tree, row_gap, sum4, sum5;
};

TEST(SoundnessTableTest, MatchesTheDesign) {
  const uint64_t kLogin = 4'500'000;
  const Row kRows[] = {
      {kLogin, 1 << 18, 14, 101.8, 114.3, 104.5, 101.3, 104.0},
      {kLogin, 1 << 22, 14, 100.9, 114.2, 104.4, 100.6, 104.0},
      {kLogin, 2 << 22, 14, 100.3, 114.2, 104.4, 100.1, 104.0},
      {1 << 22, 1 << 18, 14, 101.9, 114.3, 104.5, 101.4, 104.0},
      {1 << 24, 1 << 18, 15, 99.9, 114.1, 103.4, 99.7, 104.2},
      {1 << 26, 1 << 18, 16, 97.9, 113.8, 102.3, 97.9, 104.3},
      {1 << 28, 1 << 18, 17, 96.0, 113.6, 101.1, 95.9, 104.4},
  };
  for (const Row& row : kRows) {
    const ShapeCounts counts = Counts(row.lookups, row.rows);
    const auto d4 = SoundnessTable(Shape(counts.leaves, row.log_w, 4), counts);
    SCOPED_TRACE(FormatTable(d4));
    EXPECT_NEAR(Bits(d4, "fingerprint of lookups"), row.fingerprint, 0.06);
    EXPECT_NEAR(Bits(d4, "fraction tree"), row.tree, 0.25);
    EXPECT_NEAR(Bits(d4, "row combination"), row.row_gap, 0.2);
    EXPECT_NEAR(TotalBits(d4), row.sum4, 0.25);
    EXPECT_TRUE(TotalError(d4) == TotalError(Shape(counts.leaves, row.log_w, 4), counts));
    const auto d5 = SoundnessTable(Shape(counts.leaves, row.log_w, 5), counts);
    EXPECT_NEAR(TotalBits(d5), row.sum5, 0.45);
    // Degree 5 adds log2 p to every algebraic term.
    EXPECT_NEAR(Bits(d5, "gamma") - Bits(d4, "gamma"), 30.99, 0.01);
  }
}

TEST(SoundnessTableTest, QueryBitsOfTheDesign) {
  // Bits of 100 queries at nominal rates 1/4, 1/8, 1/16 in unique decoding.
  CommitParams p;
  p.log_n = 16;
  p.queries = 100;
  EXPECT_NEAR(QueryBits(1 << 14, p), 67.8, 0.1);
  EXPECT_NEAR(QueryBits(1 << 13, p), 83.0, 0.1);
  EXPECT_NEAR(QueryBits(1 << 12, p), 91.3, 0.1);
  // W = 2^9, n = 2^11, t = 154 has rate 0.32 and 91 bits, not 104; its quadratic test 68.
  p.log_w = 9;
  p.log_n = 11;
  p.queries = 154;
  EXPECT_NEAR(QueryBits(p.dimension(), p), 91, 1.5);
  EXPECT_LT(QueryBits(p.quadratic_dimension(), p), 90);
}

TEST(SoundnessTableTest, UnitsAreTheFieldsSizeRoundedUp) {
  // 2^192 / p^d by long division, d times by p with the remainders kept as "anything left".
  for (const int degree : {4, 5}) {
    std::array<uint32_t, 7> digits{1, 0, 0, 0, 0, 0, 0};  // 2^192, most significant first
    bool rest = false;
    for (int k = 0; k < degree; ++k) {
      uint64_t carry = 0;
      for (uint32_t& digit : digits) {
        const uint64_t part = carry << 32 | digit;
        digit = static_cast<uint32_t>(part / Fp::kModulus);
        carry = part % Fp::kModulus;
      }
      rest = rest || carry != 0;
    }
    Uint128 unit = 0;
    for (const uint32_t digit : digits) unit = unit << 32 | digit;
    CommitParams p;
    p.degree = degree;
    p.rows = 1;
    ShapeCounts counts;
    counts.leaves = 2;
    EXPECT_TRUE(SoundnessTable(p, counts)[0].error == unit + (rest ? 1 : 0)) << degree;
  }
}

TEST(UpperBoundTest, PowersAreRoundedUpAndHardlyMore) {
  std::mt19937_64 rng(3);
  for (int trial = 0; trial < 200; ++trial) {
    CommitParams p;
    p.log_n = 12 + static_cast<int>(rng() % 9);
    p.queries = 1 + static_cast<uint32_t>(rng() % 512);
    const auto dimension = static_cast<uint32_t>(rng() % (p.length() / 2));
    const long double exact =
        -std::log2((1 + static_cast<long double>(dimension) / p.length()) / 2) *
        static_cast<long double>(p.queries);
    const double got = BitsOf(QueryError(dimension, p).Units());
    if (exact < 65) continue;
    EXPECT_LE(got, static_cast<double>(exact) + 1e-9);
    if (exact < 180) {
      EXPECT_NEAR(got, static_cast<double>(exact), 1e-3);
    }
    const int whole = static_cast<int>(std::floor(exact - 1e-9L));
    EXPECT_TRUE(QueryError(dimension, p).IsAtMostTwoTo(-whole));
    EXPECT_FALSE(QueryError(dimension, p).IsAtMostTwoTo(-whole - 1));
  }
  EXPECT_TRUE(UpperBound::One().Power(7).IsAtMostTwoTo(0));
  EXPECT_FALSE(UpperBound::One().IsAtMostTwoTo(-1));
  EXPECT_TRUE(UpperBound(uint64_t{1} << 63, -64).Power(150).Units() == ErrorOfBits(150));
  EXPECT_TRUE(UpperBound(~uint64_t{0}, -64).Power(200).IsAtMostTwoTo(0));
}

TEST(SoundnessTableTest, TotalIsTheSumOfErrorsWithoutTheHash) {
  const std::vector<SoundnessTerm> terms = {{"a", ErrorOfBits(101)},
                                            {"b", ErrorOfBits(102)},
                                            {"c", ErrorOfBits(102)},
                                            {"apart", kAnyError, false}};
  EXPECT_TRUE(TotalError(terms) == ErrorOfBits(100));
  EXPECT_DOUBLE_EQ(TotalBits(terms), 100);
  EXPECT_TRUE(AddErrors(kAnyError, 1) == kAnyError);
  EXPECT_NE(FormatTable(terms).find("apart"), std::string::npos);
}

TEST(ChooseSecureParamsTest, LoginReaches100BitsAtDegree4) {
  const ShapeCounts counts = Counts(4'500'000, 1 << 18);
  const Result<CommitParams> p = ChooseSecureParams(counts.leaves, Plan(), counts);
  ASSERT_TRUE(p.ok()) << p.error().message;
  EXPECT_EQ(p->degree, 4);
  EXPECT_TRUE(TotalError(SoundnessTable(*p, counts)) <= ErrorOfBits(kRequiredBits));
  // The example of docs/protocol/commitment.md, section 3, is of this size.
  EXPECT_EQ(p->log_w, 15);
  EXPECT_LT(EstimateProofBytes(*p), 285e3);
}

TEST(ChooseSecureParamsTest, LargeRelationsNeedWorkOrDegree5) {
  for (const uint64_t leaves : {20'000'000, 200'000'000}) {
    const ShapeCounts counts = Counts(leaves, 1 << 18);
    const Result<CommitParams> d4 = ChooseSecureParams(counts.leaves, Plan(), counts, 4);
    ASSERT_FALSE(d4.ok());
    EXPECT_EQ(d4.error().code, ErrorCode::kUnsupported);
    const Result<CommitParams> p = ChooseSecureParams(counts.leaves, Plan(), counts);
    ASSERT_TRUE(p.ok()) << p.error().message;
    EXPECT_EQ(p->degree, 4);
    EXPECT_EQ(p->work_bits, CommitParams::kWorkBits);
    const std::vector<SoundnessTerm> table = SoundnessTable(*p, counts);
    EXPECT_TRUE(TotalError(table) <= ErrorOfBits(kRequiredBits));
    // The work stands in the table as what it is, and counts for no other term.
    EXPECT_EQ(table[0].label, "fingerprint, with 2^8 work");
    CommitParams without = *p;
    without.work_bits = 0;
    const std::vector<SoundnessTerm> plain = SoundnessTable(without, counts);
    EXPECT_EQ(plain[0].label, "fingerprint of lookups");
    EXPECT_NEAR(table[0].bits(), plain[0].bits() + 8, 1e-6);
    for (size_t i = 1; i < table.size(); ++i) EXPECT_TRUE(table[i].error == plain[i].error);
    const Result<CommitParams> five = ChooseSecureParams(counts.leaves, Plan(), counts, 5);
    ASSERT_TRUE(five.ok());
    EXPECT_TRUE(TotalError(SoundnessTable(*five, counts)) <= ErrorOfBits(kRequiredBits));
  }
}

// Close to its limit without work degree 4 takes ever longer columns.
TEST(ChooseSecureParamsTest, Degree4ServesUpToAbout13MillionLeavesWithoutWork) {
  for (const uint64_t leaves : {10'000'000, 13'000'000}) {
    const auto p = ChooseSecureParams(leaves, Plan(), Counts(leaves, 0));
    ASSERT_TRUE(p.ok());
    EXPECT_EQ(p->degree, 4) << leaves;
    EXPECT_EQ(p->work_bits, 0) << leaves;
  }
  EXPECT_FALSE(ChooseSecureParams(17'000'000, Plan(), Counts(17'000'000, 0), 4).ok());
}

// Running out of codes is no invalid argument: it says that this degree does not suffice, and the
// choice goes on to degree 5.
TEST(ChooseSecureParamsTest, RunningOutOfCodesIsUnsupported) {
  const ShapeCounts counts = Counts(1000, 256);
  for (int degree : {4, 5}) {
    const Result<CommitParams> none = ChooseParams(1000, Plan(), degree, 400);
    ASSERT_FALSE(none.ok());
    EXPECT_EQ(none.error().code, ErrorCode::kUnsupported);
    const Result<CommitParams> p = ChooseSecureParams(1000, Plan(), counts, degree, 190);
    ASSERT_FALSE(p.ok());
    EXPECT_EQ(p.error().code, ErrorCode::kUnsupported);
  }
}

TEST(ChooseSecureParamsTest, WhatDegree4JustMissesDegree5Reaches) {
  const ShapeCounts counts = Counts(1000, 256);
  int target = 100;
  while (ChooseSecureParams(1000, Plan(), counts, 4, target).ok()) ++target;
  EXPECT_EQ(ChooseSecureParams(1000, Plan(), counts, 4, target).error().code,
            ErrorCode::kUnsupported);
  const Result<CommitParams> p = ChooseSecureParams(1000, Plan(), counts, 5, target);
  ASSERT_TRUE(p.ok()) << p.error().message;
  EXPECT_TRUE(TotalError(SoundnessTable(*p, counts)) <= ErrorOfBits(target));
}

TEST(ChooseSecureParamsTest, InvalidArgumentsStayInvalid) {
  const ShapeCounts counts = Counts(1000, 256);
  PadPlan empty;
  EXPECT_EQ(ChooseSecureParams(0, Plan(), counts).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(ChooseSecureParams(1000, empty, counts).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(ChooseSecureParams(1000, Plan(), counts, 3).error().code, ErrorCode::kInvalidArgument);
  for (const int bits : {-1, 0, 64, 193}) {
    EXPECT_EQ(ChooseSecureParams(1000, Plan(), counts, 4, bits).error().code,
              ErrorCode::kInvalidArgument);
  }
}

TEST(ChooseSecureParamsTest, SmallRelationsToo) {
  for (uint64_t cells : {1, 2, 100, 5000, 100'000, 1'000'000}) {
    const ShapeCounts counts = Counts(cells, 256);
    const Result<CommitParams> p = ChooseSecureParams(cells, Plan(), counts);
    ASSERT_TRUE(p.ok()) << cells << ": " << p.error().message;
    EXPECT_TRUE(CheckParams(*p).ok());
    EXPECT_GE(p->length(), 1u << 12);
    EXPECT_TRUE(TotalError(SoundnessTable(*p, counts)) <= ErrorOfBits(kRequiredBits));
  }
}

}  // namespace
}  // namespace voizk
