// The shipped bundles: they read, and their networks pass the interval certificate at every bucket,
// so that no accumulator of a login can wrap.
#include <gtest/gtest.h>

#include <filesystem>
#include <iostream>

#include "login/bundle/bundle_data.h"
#include "network/samples/benchmark_networks.h"
#include "source_dir.h"

namespace voizk {
namespace {

class ShippedBundleTest : public ::testing::TestWithParam<const char*> {};

TEST_P(ShippedBundleTest, PassesTheCertificateAtEveryBucket) {
  const auto bundle = LoadBundle(std::string(VOIZK_SOURCE_DIR) + "/models/" + GetParam());
  ASSERT_TRUE(bundle.ok()) << bundle.error().message;
  for (const uint32_t frames : (*bundle)->buckets) {
    for (const GraphModel* model : {&(*bundle)->embedding, &(*bundle)->recogniser}) {
      const auto graph = model->At(frames);
      ASSERT_TRUE(graph.ok()) << graph.error().message;
      const auto relation = graph->BuildStandalone();
      ASSERT_TRUE(relation.ok()) << relation.error().message;
      const RelationCounts counts = CountRelation(*relation);
      std::cout << frames << " frames, " << graph->size() << " nodes: activations "
                << counts.activations << ", lookups " << counts.lookups << ", table rows "
                << counts.table_rows << ", committed " << counts.committed << ", products "
                << counts.products << '\n';
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Models, ShippedBundleTest, ::testing::Values("digits8k", "large8k"));

}  // namespace
}  // namespace voizk
