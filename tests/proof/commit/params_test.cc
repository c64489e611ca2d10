// Parameters of the commitment: consistent for every size, as many queries as the true rate asks
// for, meaningless ones refused, every number bound to the transcript.
#include "proof/commit/params.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace voizk {
namespace {

using ::testing::HasSubstr;

PadPlan Plan() {
  PadPlan plan;
  plan.pads = 1000;
  for (uint32_t i = 0; i < 100; ++i) plan.AddTriple(2 * i, 2 * i + 1);
  plan.AddOpening();
  return plan;
}

CommitParams Login() {
  const Result<CommitParams> p = ChooseParams(4'800'000, Plan(), 4, 104);
  EXPECT_TRUE(p.ok());
  return *p;
}

TEST(CommitParamsTest, LoginHasTheSizesOfTheDesign) {
  const CommitParams p = Login();
  EXPECT_EQ(p.log_n, p.log_w + 2);
  EXPECT_TRUE(p.log_w == 14 || p.log_w == 15) << p.log_w;
  EXPECT_EQ(p.response_queries, 131u);
  EXPECT_GE(p.queries, 154u);
  EXPECT_LE(p.queries, 160u);
  EXPECT_EQ(p.pad_rows(), 4u);
  EXPECT_EQ(p.tableau_rows(), 7u);
  EXPECT_GE(uint64_t{p.rows} << p.log_w, p.cells);
}

TEST(CommitParamsTest, DeterministicAndConsistent) {
  for (uint64_t cells : {1ull, 2ull, 255ull, 4096ull, 70'000ull, 1ull << 20, 3ull << 24}) {
    for (int degree : {4, 5}) {
      const Result<CommitParams> a = ChooseParams(cells, Plan(), degree, 104);
      const Result<CommitParams> b = ChooseParams(cells, Plan(), degree, 104);
      ASSERT_TRUE(a.ok() && b.ok()) << cells;
      EXPECT_EQ(a->log_w, b->log_w);
      EXPECT_EQ(a->queries, b->queries);
      EXPECT_TRUE(CheckParams(*a).ok());
      EXPECT_TRUE(QueryError(a->dimension(), *a).IsAtMostTwoTo(-104));
      EXPECT_TRUE(QueryError(a->quadratic_dimension(), *a).IsAtMostTwoTo(-104));
      EXPECT_LE(cells, uint64_t{1} << a->cells_bits);
    }
  }
}

TEST(CommitParamsTest, TheTrueRateSetsTheQueries) {
  // At W = 2^10, n = 2^12 the randomisers raise the rate from 0.25 to 0.29.
  CommitParams p = Login();
  p.log_w = 10;
  p.log_n = 12;
  // The least t that some dimension asks for.
  const auto queries = [&p](uint32_t randomisers) {
    for (p.queries = 1;; ++p.queries) {
      const uint32_t dimension = p.message() + (randomisers != 0 ? p.queries : 0);
      if (QueryError(dimension, p).IsAtMostTwoTo(-104)) return p.queries;
    }
  };
  EXPECT_GE(queries(1), queries(0) + 5);
  // What is chosen is what k asks for, at a shape where k is the weakest of the four dimensions.
  const Result<CommitParams> chosen = ChooseParams(100'000, Plan(), 4, 104);
  ASSERT_TRUE(chosen.ok());
  ASSERT_GT(chosen->dimension(), chosen->quadratic_dimension());
  CommitParams least = *chosen;
  for (least.queries = 1; !QueryError(least.dimension(), least).IsAtMostTwoTo(-104);) {
    ++least.queries;
  }
  EXPECT_EQ(chosen->queries, least.queries);
}

void ExpectRefused(const CommitParams& p, const char* reason) {
  const Status status = CheckParams(p);
  ASSERT_FALSE(status.ok()) << reason;
  EXPECT_EQ(status.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(status.error().message, HasSubstr(reason));
}

TEST(CommitParamsTest, RefusesMeaninglessTests) {
  CommitParams p = Login();
  p.log_n = p.log_w + 1;
  ExpectRefused(p, "rate of the rows");
  // 2 k_P - 1 = 819 of 1024: a word this long matches most of any column set.
  p = Login();
  p.log_w = 8;
  p.log_n = 10;
  p.rows = static_cast<uint32_t>((p.cells + 255) / 256);
  ExpectRefused(p, "quadratic test");
  p.log_w = 9;
  p.log_n = 11;
  ExpectRefused(p, "shorter than 2^12");
}

TEST(CommitParamsTest, RefusesInconsistentNumbers) {
  CommitParams p = Login();
  p.degree = 6;
  ExpectRefused(p, "degree");
  p = Login();
  ++p.rows;
  ExpectRefused(p, "row count");
  p = Login();
  --p.cells_bits;
  ExpectRefused(p, "address bits");
  p = Login();
  p.queries = 0;
  ExpectRefused(p, "query count");
  p = Login();
  p.pads = 1;
  ExpectRefused(p, "pads");
  p = Login();
  p.triples = CommitParams::kMaxTriples + 1;
  ExpectRefused(p, "triples");
  p = Login();
  p.log_n = CommitParams::kMaxLogN + 1;
  ExpectRefused(p, "out of range");
  p = Login();
  p.cells = uint64_t{1} << 34;
  p.cells_bits = 34;
  p.log_w = 9;
  p.log_n = 12;
  p.rows = 1u << 25;
  ExpectRefused(p, "row count");
  p = Login();
  ++p.response_log_w;
  ExpectRefused(p, "response width");
  p = Login();
  p.response_queries = 0;
  ExpectRefused(p, "response query count");
  EXPECT_FALSE(ChooseParams(0, Plan(), 4, 104).ok());
  EXPECT_FALSE(ChooseParams((uint64_t{1} << 34) + 1, Plan(), 4, 104).ok());
  EXPECT_FALSE(ChooseParams(1000, Plan(), 3, 104).ok());
  EXPECT_FALSE(ChooseParams(1000, Plan(), 4, 1000).ok());
}

TEST(CommitParamsTest, EveryNumberIsBoundToTheTranscript) {
  const CommitParams honest = Login();
  Transcript base;
  AbsorbParams(honest, &base);
  const auto differs = [&](auto&& change) {
    CommitParams p = honest;
    change(p);
    Transcript other;
    AbsorbParams(p, &other);
    return other.state() != base.state();
  };
  EXPECT_TRUE(differs([](CommitParams& p) { p.degree = 5; }));
  EXPECT_TRUE(differs([](CommitParams& p) { ++p.log_w; }));
  EXPECT_TRUE(differs([](CommitParams& p) { ++p.log_n; }));
  EXPECT_TRUE(differs([](CommitParams& p) { ++p.queries; }));
  EXPECT_TRUE(differs([](CommitParams& p) { ++p.response_log_w; }));
  EXPECT_TRUE(differs([](CommitParams& p) { ++p.response_queries; }));
  EXPECT_TRUE(differs([](CommitParams& p) { ++p.cells; }));
  EXPECT_TRUE(differs([](CommitParams& p) { ++p.cells_bits; }));
  EXPECT_TRUE(differs([](CommitParams& p) { ++p.rows; }));
  EXPECT_TRUE(differs([](CommitParams& p) { ++p.pads; }));
  EXPECT_TRUE(differs([](CommitParams& p) { ++p.triples; }));
  EXPECT_FALSE(differs([](CommitParams&) {}));
}

}  // namespace
}  // namespace voizk
