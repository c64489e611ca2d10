// Guards: the seeds of fuzz_model are model files that are read, with proofs that are accepted.
// With VOIZK_WRITE_SEEDS set it writes them anew, as a change of either format demands.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "network/model/small_model.h"
#include "network/model_file/model_file.h"
#include "source_dir.h"
#include "voizk/model.h"

namespace voizk {
namespace {

std::string PathOf(bool open) {
  return std::string(VOIZK_SOURCE_DIR) + "/fuzz/seeds/model/" + (open ? "public" : "secret");
}

void Write(bool open) {
  const auto file = WriteModel(SmallModel().model);
  ASSERT_TRUE(file.ok());
  const auto model = Model::Read(*file);
  ASSERT_TRUE(model.ok());
  const auto proof = ProveModel(*model, {{std::vector<float>(12, 1.5F)}}, open, {});
  ASSERT_TRUE(proof.ok());
  std::vector<uint8_t> seed = *file;
  seed.insert(seed.end(), proof->begin(), proof->end());
  for (const int shift : {0, 8, 16}) {
    seed.push_back(static_cast<uint8_t>(proof->size() >> shift));
  }
  std::ofstream(PathOf(open), std::ios::binary)
      .write(reinterpret_cast<const char*>(seed.data()), static_cast<std::streamsize>(seed.size()));
}

TEST(FuzzSeeds, AreModelsWithTheirProofs) {
  for (const bool open : {false, true}) {
    if (std::getenv("VOIZK_WRITE_SEEDS") != nullptr) Write(open);
    std::ifstream in(PathOf(open), std::ios::binary);
    const std::vector<uint8_t> seed{std::istreambuf_iterator<char>(in), {}};
    ASSERT_GT(seed.size(), 3U) << PathOf(open);
    const size_t rest = seed.size() - 3;
    const size_t length = seed[rest] | size_t{seed[rest + 1]} << 8 | size_t{seed[rest + 2]} << 16;
    ASSERT_LT(length, rest);
    const std::span<const uint8_t> bytes(seed.data(), rest);
    const auto model = Model::Read(bytes.first(rest - length));
    ASSERT_TRUE(model.ok()) << model.error().message;
    const auto run = VerifyModel(*model, {}, bytes.last(length));
    ASSERT_TRUE(run.ok()) << run.error().message;
    EXPECT_EQ(run->inputs.size(), open ? 1U : 0U);
  }
}

}  // namespace
}  // namespace voizk
