// Guards: the seeds of fuzz_bundle_weights reach past the parser (all but "image", whose graph
// reads what no node makes) and hold every operation of signals.
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <set>

#include "login/bundle/bundle_data.h"
#include "network/operations/table.h"
#include "source_dir.h"

namespace voizk {
namespace {

std::vector<uint8_t> ReadTree(const std::string& path) {
  std::ifstream in(std::string(VOIZK_SOURCE_DIR) + "/" + path, std::ios::binary);
  EXPECT_TRUE(in.good()) << path;
  return {std::istreambuf_iterator<char>(in), {}};
}

Result<std::shared_ptr<const BundleData>> Seed(const std::string& name) {
  const std::vector<uint8_t> seed = ReadTree("fuzz/seeds/bundle_weights/" + name);
  std::vector<uint8_t> weights = ReadTree("tests/vectors/random_bundle/weights.bin");
  weights.resize(108096);
  uint32_t json = 0;
  std::memcpy(&json, seed.data(), 4);
  weights.insert(weights.end(), seed.begin() + 4 + json, seed.end());
  return ParseBundle(std::span(seed).subspan(4, json), weights);
}

TEST(FuzzSeeds, ReachTheOperations) {
  std::set<std::string, std::less<>> seen;
  for (const char* name : {"plain", "gated", "pooled_input", "every"}) {
    const auto bundle = Seed(name);
    ASSERT_TRUE(bundle.ok()) << name << ": " << bundle.error().message;
    for (const GraphModel* model : {&(*bundle)->embedding, &(*bundle)->recogniser}) {
      for (const auto& node : model->nodes) seen.emplace(node.operation->kind());
      for (const uint32_t frames : (*bundle)->buckets) {
        const auto graph = model->At(frames);
        ASSERT_TRUE(graph.ok()) << graph.error().message;
        const auto relation = graph->BuildStandalone();
        EXPECT_TRUE(relation.ok()) << name << ": " << relation.error().message;
      }
    }
  }
  for (const OperationEntry& entry : OperationTable()) {
    const bool of_images = entry.name.ends_with("2d");
    if (entry.name.starts_with("committed")) continue;  // a bundle has no commitment
    EXPECT_TRUE(of_images || seen.contains(entry.name)) << entry.name;
  }
  EXPECT_EQ(Seed("image").error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace voizk
