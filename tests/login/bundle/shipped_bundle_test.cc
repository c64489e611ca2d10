// The shipped bundle: reads, and its networks pass the interval certificate at every bucket, so
// that no accumulator of a login can wrap.
#include <gtest/gtest.h>

#include <filesystem>
#include <iostream>

#include "login/bundle/bundle_data.h"
#include "network/samples/benchmark_networks.h"
#include "source_dir.h"

namespace voizk {
namespace {

TEST(ShippedBundleTest, PassesTheCertificateAtEveryBucket) {
  const auto bundle = LoadBundle(std::string(VOIZK_SOURCE_DIR) + "/models/digits8k");
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

}  // namespace
}  // namespace voizk
