// The bundle of random weights in tests/vectors and the shipped ones, and the values that the numpy
// reference of tools/train computed with them: the C++ graph and executor must agree on every one.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "login/bundle/bundle_data.h"
#include "relation/execution/executor.h"
#include "relation/gadgets/commit.h"
#include "source_dir.h"

namespace voizk {
namespace {

using nlohmann::json;

const std::string kVectors = std::string(VOIZK_SOURCE_DIR) + "/tests/vectors/";

json ReadJsonFile(const std::string& name) {
  std::ifstream in(kVectors + name);
  return json::parse(in);
}

// h = (h*1000003 + v) mod (2^61 - 1), least non-negative residue, row-major.
int64_t Checksum(const std::vector<int32_t>& values) {
  constexpr __int128 kModulus = (int64_t{1} << 61) - 1;
  __int128 h = 0;
  for (const int32_t v : values) h = ((h * 1000003 + v) % kModulus + kModulus) % kModulus;
  return static_cast<int64_t>(h);
}

TEST(RandomBundleTest, IsRead) {
  const auto bundle = LoadBundle(kVectors + "random_bundle");
  ASSERT_TRUE(bundle.ok()) << bundle.error().message;
  EXPECT_EQ((*bundle)->name, "random8k");
  EXPECT_EQ((*bundle)->buckets, (std::vector<uint32_t>{256, 384, 512, 768, 1024}));
  EXPECT_EQ((*bundle)->embedding.nodes.size(), 15u);
  EXPECT_EQ((*bundle)->recogniser.nodes.size(), 12u);
  EXPECT_EQ((*bundle)->classes.back(), "other");
  EXPECT_EQ((*bundle)->decision.template_norm2_hi, 272484);
  EXPECT_EQ((*bundle)->features.dft.size(), 256u * 201);
}

// Both graphs in one relation, on given features and mask.
struct Networks {
  Relation relation;
  std::vector<std::string> names;  // of tensors with a checksum
};

Networks Build(const BundleData& bundle, uint32_t frames) {
  Builder b;
  const auto features =
      ValueOf(b, gadgets::Input(b, "features", MakeShape({frames, 32}), -128, 127));
  const auto mask = ValueOf(b, gadgets::Input(b, "mask", MakeShape({frames / 2}), 0, 1));
  Networks networks;
  for (const bool speaker : {true, false}) {
    const GraphModel& model = speaker ? bundle.embedding : bundle.recogniser;
    const std::string prefix = speaker ? "embedding/" : "recogniser/";
    const auto graph = model.At(frames);
    EXPECT_TRUE(graph.ok()) << graph.error().message;
    std::map<std::string, Value> inputs{{"features", features}};
    if (speaker) inputs["mask"] = mask;
    const auto out = graph->Build(b, prefix, inputs);
    EXPECT_TRUE(out.ok()) << out.error().message;
    for (const auto& node : model.nodes) {
      const auto kind = node.operation->kind();
      if (kind == "requant" || kind == "stats_pool") networks.names.push_back(prefix + node.name);
    }
  }
  auto relation = std::move(b).Finish();
  EXPECT_TRUE(relation.ok()) << relation.error().message;
  networks.relation = std::move(relation).value();
  return networks;
}

// The inputs of both networks.
Inputs NetworkInputs(const BundleData& bundle, const std::vector<int32_t>& features,
                     const std::string& voiced) {
  std::map<std::string, std::vector<int32_t>> inputs{{"features", features}};
  for (size_t t = 0; t < voiced.size(); t += 2) inputs["mask"].push_back(voiced[t] == '1');
  EXPECT_EQ(features.size(), voiced.size() * static_cast<size_t>(bundle.features.mel_filters));
  return inputs;
}

// f of docs/features.md from PCM, in plain loops: the vectors hold checksums of the features only.
std::vector<int32_t> Features(const FrontEndConfig& c, const std::vector<int32_t>& pcm,
                              const std::string& voiced) {
  const size_t frames = voiced.size();
  std::vector<int32_t> x1(c.Samples(static_cast<uint32_t>(frames)), 0);
  int32_t peak = 0;
  for (const int32_t x : pcm) peak = std::max(peak, std::abs(x));
  const int64_t gain = (int64_t{1} << c.gain_log2) / peak;
  for (size_t n = 0; n < pcm.size(); ++n) {
    x1[n] = static_cast<int32_t>((pcm[n] * gain + (1 << (c.norm_shift - 1))) >> c.norm_shift);
  }
  const size_t taps = static_cast<size_t>(c.frame) + 1, bins = static_cast<size_t>(c.bins);
  const size_t filters = static_cast<size_t>(c.mel_filters);
  std::vector<int64_t> log_mel(frames * filters);
  for (size_t t = 0; t < frames; ++t) {
    std::vector<int64_t> power(bins, 0);
    for (size_t row = 0; row < 2 * bins; ++row) {
      int64_t acc = int64_t{1} << (c.dft_shift - 1);
      for (size_t j = 0; j < taps; ++j) {
        acc += int64_t{c.dft[row * taps + j]} * x1[t * static_cast<size_t>(c.hop) + j];
      }
      const int64_t y =
          std::clamp<int64_t>(acc >> c.dft_shift, -c.spectrum_limit, c.spectrum_limit);
      power[row % bins] += y * y;
    }
    for (size_t m = 0; m < filters; ++m) {
      int64_t u = c.log_offset;
      for (size_t k = 0; k < bins; ++k) u += c.mel[m * bins + k] * power[k];
      int e = 0;
      while (u >> (e + 1) != 0) ++e;
      const auto mant = static_cast<size_t>((u >> (e - c.log_e_min)) - (1 << c.log_e_min));
      log_mel[t * filters + m] = c.log_scale * e + c.log_table[mant];
    }
  }
  std::vector<int32_t> features(frames * filters);
  for (size_t m = 0; m < filters; ++m) {
    int64_t sum = 0, n = 0;
    for (size_t t = 0; t < frames; ++t) {
      if (voiced[t] == '1') sum += log_mel[t * filters + m], ++n;
    }
    const int64_t mu = sum / n;
    for (size_t t = 0; t < frames; ++t) {
      features[t * filters + m] = static_cast<int32_t>(std::clamp<int64_t>(
          (log_mel[t * filters + m] - mu) >> c.cmn_shift, c.feature_min, c.feature_max));
    }
  }
  return features;
}

struct Reference {
  const char *folder, *values;
};

class ReferenceTest : public ::testing::TestWithParam<Reference> {};

INSTANTIATE_TEST_SUITE_P(Bundles, ReferenceTest,
                         ::testing::Values(Reference{"tests/vectors/random_bundle",
                                                     "random_networks.json"},
                                           Reference{"models/digits8k", "digits8k_networks.json"},
                                           Reference{"models/large8k", "large8k_networks.json"}));

TEST_P(ReferenceTest, IsAgreedWith) {
  const auto bundle = LoadBundle(std::string(VOIZK_SOURCE_DIR) + "/" + GetParam().folder);
  ASSERT_TRUE(bundle.ok()) << bundle.error().message;
  const json signals = ReadJsonFile("signals.json"), networks = ReadJsonFile(GetParam().values);
  const json front_end = ReadJsonFile("features.json");
  const Networks built = Build(**bundle, 256);
  const auto executor = Executor::Make(built.relation);
  ASSERT_TRUE(executor.ok()) << executor.error().message;
  size_t compared = 0;
  for (const json& expected : networks["cases"]) {
    for (const json& f : front_end["cases"]) {
      if (f["name"] != expected["name"]) continue;
      const auto pcm = signals[f["name"].get<std::string>()].get<std::vector<int32_t>>();
      const auto voiced = f["voiced"].get<std::string>();
      const auto features = Features((*bundle)->features, pcm, voiced);
      ASSERT_EQ(Checksum(features), f["features_checksum"].get<int64_t>()) << f["name"];
      const auto found =
          executor->Infer(NetworkInputs(**bundle, features, voiced), built.names, nullptr);
      ASSERT_TRUE(found.ok()) << found.error().message;
      for (const auto& [name, values] : *found) {
        EXPECT_EQ(Checksum(values), expected[name + "_checksum"].get<int64_t>()) << name;
        ++compared;
      }
      EXPECT_EQ(found->at("embedding/dense_out"),
                expected["embedding"].get<std::vector<int32_t>>());
      EXPECT_EQ(Checksum(found->at("recogniser/logits_out")),
                expected["logits_checksum"].get<int64_t>());
    }
  }
  EXPECT_EQ(compared, networks["cases"].size() * built.names.size());
}

TEST(RandomBundleTest, WitnessOfBothNetworksIsAccepted) {
  const auto bundle = LoadBundle(kVectors + "random_bundle");
  const Networks built = Build(**bundle, 256);
  Inputs inputs;
  for (size_t i = 0; i < 256 * 32; ++i) {
    inputs["features"].push_back(static_cast<int32_t>(i * 2654435761u >> 8 & 255) - 128);
  }
  for (size_t t = 0; t < 128; ++t) inputs["mask"].push_back(t % 3 != 0);
  const auto witness = Execute(built.relation, inputs, nullptr);
  ASSERT_TRUE(witness.ok()) << witness.error().message;
  const Status status = CheckRelation(built.relation, *witness);
  EXPECT_TRUE(status.ok()) << status.error().message;
}

}  // namespace
}  // namespace voizk
