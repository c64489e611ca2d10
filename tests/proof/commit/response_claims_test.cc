// The claims on the responses against their definition, in every shape of rows: parts that begin
// at, before and behind the border of a row, rows shorter and longer than what the opened rows
// have.
#include "proof/commit/response_claims.h"

#include <gtest/gtest.h>

#include <vector>

#include "algebra/field/kernels.h"
#include "algebra/poly/eq.h"
#include "crypto/hash/rng.h"

namespace voizk {
namespace {

CommitParams Shape(int log_w, uint32_t t) {
  CommitParams p;
  p.log_w = log_w;
  p.log_n = std::max(12, log_w + 2);
  p.queries = t;
  p.response_log_w = CommitParams::ResponseLogW(log_w);
  return p;
}

template <int D>
void MatchesTheDefinition(int log_w, uint32_t t) {
  SCOPED_TRACE(std::to_string(log_w) + " " + std::to_string(t));
  using K = Ext<D>;
  const CommitParams p = Shape(log_w, t);
  SecureRng rng = SecureRng::ForTest(t);
  ExtVec<D> b(p.message());
  for (size_t j = 0; j < b.size(); ++j) b.set(j, rng.NextExt<D>());
  std::vector<uint32_t> positions;
  for (uint32_t k = 0; k < t; ++k) positions.push_back(k * (p.length() / t));
  const K zeta = rng.NextExt<D>();
  const ResponseClaims<D> claims(p, b.span(), positions, zeta);

  // Coefficient after coefficient, as docs/protocol/commitment.md lists them.
  const size_t sizes[] = {p.dimension(), p.pad_dimension(), p.linear_dimension(),
                          p.quotient_size()};
  std::vector<K> c(size_t{p.response_width()} << p.response_rounds());
  for (size_t j = 0; j < b.size(); ++j) c[j] = b.get(j);
  for (size_t j = 0; j < sizes[2]; j += 256) {
    c[sizes[0] + sizes[1] + j] += zeta * Fp::FromU32(256);
  }
  std::vector<ResponsesAtColumn<D>> columns;
  const K combined = rng.NextExt<D>(), sum = rng.NextExt<D>();
  K total = combined + zeta * sum, weight = zeta * zeta;
  for (const uint32_t position : positions) {
    const Fp x = RowCode::PointOf(p.log_n, position);
    const ResponsesAtColumn<D> column{rng.NextExt<D>(), rng.NextExt<D>(), rng.NextExt<D>(),
                                      rng.NextExt<D>()};
    columns.push_back(column);
    const K values[] = {column.u, column.y0, column.y1, column.y2};
    size_t at = 0;
    for (size_t part = 0; part < 4; ++part) {
      Fp power = part == 3 ? x.Pow(256) - Fp::kOne : Fp::kOne;
      for (size_t j = 0; j < sizes[part]; ++j, power *= x) c[at++] += weight * power;
      total += weight * values[part];
      weight *= zeta;
    }
    ASSERT_EQ(at, p.response_size());
  }
  ThreadPool pool(2);
  EXPECT_EQ(claims.Coefficients(&pool).ToVector(), c);
  EXPECT_EQ(claims.Total(combined, sum, columns), total);

  std::vector<K> r;
  for (int i = 0; i < p.response_rounds(); ++i) r.push_back(rng.NextExt<D>());
  std::vector<K> folded(p.response_width());
  for (size_t a = 0; a < c.size(); ++a) {
    folded[a % folded.size()] += EqAt<D>(std::span<const K>(r), a / folded.size()) * c[a];
  }
  EXPECT_EQ(claims.FoldedCoefficients(r).ToVector(), folded);
}

TEST(ResponseClaims, AreThoseOfTheDocumentInEveryShape) {
  for (int log_w = 1; log_w <= 14; ++log_w) MatchesTheDefinition<4>(log_w, 3);
  MatchesTheDefinition<5>(9, 7);
  MatchesTheDefinition<5>(13, 2);
}

// W' = 512: y0 begins at W + t, y1 at W + 2 t + 256, q2 at W + 3 t + 767.
TEST(ResponseClaims, PartsThatBeginAtABorderBeforeAndBehindIt) {
  for (const uint32_t t : {85u, 86u, 127u, 128u, 129u, 255u, 256u, 257u}) {
    MatchesTheDefinition<4>(9, t);
  }
  EXPECT_EQ((512 + 2 * 128 + 256) % 512, 0);
  EXPECT_EQ((512 + 3 * 257 + 767 - 2) % 512, 0);
}

}  // namespace
}  // namespace voizk
