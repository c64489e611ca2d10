// Golden openings, one per degree: tests/golden/opening.{json,proof.bin}, checked by this library
// and by reference/opening_verifier.py, which was written from the documents.  To write them anew
// (after a change of format, with a new version):
//   VOIZK_WRITE_GOLDEN=1 build/release/proof_commit_test --gtest_filter='GoldenOpening*'
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "committed_sample.h"
#include "source_dir.h"

namespace voizk {
namespace {

using testing::CommittedSample;

constexpr uint64_t kCells = 700, kSeed = 20260101;
constexpr uint32_t kProducts = 2;

std::string PathOf(const std::string& name) {
  return std::string(VOIZK_SOURCE_DIR) + "/tests/golden/" + name;
}
std::string ReadFile(const std::string& name) {
  std::ifstream in(PathOf(name), std::ios::binary);
  EXPECT_TRUE(in.good()) << name;
  return {std::istreambuf_iterator<char>(in), {}};
}

template <int D>
std::string Json(const Ext<D>& x) {
  std::string text;
  for (int l = 0; l < D; ++l) text += (l == 0 ? "[" : ", ") + std::to_string(x[l].ToU32());
  return text + "]";
}

// The public inputs as JSON, and the proof.
template <int D>
std::pair<std::string, std::string> Make() {
  const CommittedSample<D> statement(kCells, kProducts, kSeed);
  SecureRng rng = SecureRng::ForTest(kSeed + 1);
  ThreadPool pool(1);
  CommitProver<D> prover(statement.params, statement.plan, &rng, &pool);
  const std::vector<uint8_t> proof = statement.Prove(prover);
  EXPECT_TRUE(statement.Verify(proof).ok());
  std::string z;
  for (const Ext<D>& x : statement.z) z += (z.empty() ? "" : ", ") + Json(x);
  const std::string json = "{\"degree\": " + std::to_string(D) +
                           ", \"cells\": " + std::to_string(kCells) +
                           ", \"products\": " + std::to_string(kProducts) +
                           ", \"query_bits\": " + std::to_string(testing::kTestQueryBits) +
                           ", \"proof_bytes\": " + std::to_string(proof.size()) +
                           ",\n  \"e\": " + Json(statement.e) + ",\n  \"z\": [" + z + "]}";
  return {json, std::string(proof.begin(), proof.end())};
}

TEST(GoldenOpeningTest, IsMadeAgainByteForByte) {
  const auto [json4, proof4] = Make<4>();
  const auto [json5, proof5] = Make<5>();
  const std::string json = "[" + json4 + ",\n " + json5 + "]\n";
  if (std::getenv("VOIZK_WRITE_GOLDEN") != nullptr) {
    std::ofstream(PathOf("opening.json"), std::ios::binary) << json;
    std::ofstream(PathOf("opening.proof.bin"), std::ios::binary) << proof4 << proof5;
  }
  EXPECT_EQ(json, ReadFile("opening.json"));
  EXPECT_TRUE(proof4 + proof5 == ReadFile("opening.proof.bin"));
}

}  // namespace
}  // namespace voizk
