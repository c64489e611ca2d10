// Bundles that lie: every damage is refused with a typed error, none ends the process.
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <iterator>
#include <nlohmann/json.hpp>
#include <random>

#include "login/bundle/bundle_data.h"
#include "source_dir.h"

namespace voizk {
namespace {

using nlohmann::json;
using Bytes = std::vector<uint8_t>;

Bytes ReadAll(const std::string& name) {
  std::ifstream in(std::string(VOIZK_SOURCE_DIR) + "/tests/vectors/random_bundle/" + name,
                   std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class HostileBundleTest : public testing::Test {
 protected:
  void SetUp() override {
    const Bytes text = ReadAll("bundle.json");
    document_ = json::parse(text);
    weights_ = ReadAll("weights.bin");
    ASSERT_TRUE(ParseText(document_.dump()).ok());
  }

  Result<std::shared_ptr<const BundleData>> ParseText(const std::string& text) const {
    return ParseBundle(Bytes(text.begin(), text.end()), weights_);
  }

  // The error after a change of the document.
  Error After(const std::function<void(json&)>& change) const {
    json changed = document_;
    change(changed);
    const auto bundle = ParseText(changed.dump());
    if (!bundle.ok()) return bundle.error();
    return {ErrorCode::kInternal, "was accepted"};
  }

  json document_;
  Bytes weights_;
};

json& Node(json& d, size_t i) { return d["graphs"]["embedding"]["nodes"][i]; }

#define EXPECT_MALFORMED(part, ...)                                          \
  do {                                                                       \
    const Error error = After([](json& d) { __VA_ARGS__; });                 \
    EXPECT_EQ(error.code, ErrorCode::kMalformed) << error.message;           \
    EXPECT_NE(error.message.find(part), std::string::npos) << error.message; \
  } while (0)

TEST_F(HostileBundleTest, KeysAndTypes) {
  EXPECT_MALFORMED("unknown key 'colour'", d["colour"] = 1);
  EXPECT_MALFORMED("unknown key 'colour'", Node(d, 0)["colour"] = 1);
  EXPECT_MALFORMED("'name' is missing", d.erase("name"));
  EXPECT_MALFORMED("'buckets' is no list", d["buckets"] = 256);
  EXPECT_MALFORMED("'buckets' is no list", d["buckets"] = json::array());
  EXPECT_MALFORMED("'buckets' holds", d["buckets"] = {256, 256.5});
  EXPECT_MALFORMED("ascending", d["buckets"] = {512, 256});
  EXPECT_MALFORMED("even", d["buckets"] = {255});
  // The length of what was said is not to be published finely.
  EXPECT_MALFORMED("100 frames apart", d["buckets"] = {256, 354});
  EXPECT_MALFORMED("a second apart", d["features"]["hop"] = 40);
  EXPECT_MALFORMED("'buckets'", d["buckets"] = {100, 200, 300, 400, 500, 600, 700, 800, 900});
  EXPECT_MALFORMED("is no object", d["features"] = "none");
  EXPECT_MALFORMED("is no object", d["graphs"]["embedding"]["nodes"][3] = 7);
  EXPECT_MALFORMED("'hop' is no integer", d["features"]["hop"] = nullptr);
  EXPECT_MALFORMED("'hop' is no integer", d["features"]["hop"] = 80.0);
  EXPECT_MALFORMED("'hop' is no integer", d["features"]["hop"] = 18446744073709551615u);
  EXPECT_MALFORMED("'name' is no text", d["name"] = std::string(65, 'x'));
  EXPECT_MALFORMED("classes", d["classes"] = {"0"});
  EXPECT_MALFORMED("'sample_rate_hz' is no integer", d["sample_rate_hz"] = -8000);
  EXPECT_MALFORMED("other inputs", d["graphs"]["recogniser"]["inputs"][0]["name"] = "sound");
  EXPECT_MALFORMED("neither", d["graphs"]["recogniser"]["inputs"][0]["shape"][0] = "T/0");
  EXPECT_MALFORMED("neither", d["graphs"]["recogniser"]["inputs"][0]["shape"][0] = 0);
  EXPECT_MALFORMED("front end's shape", d["graphs"]["recogniser"]["inputs"][0]["shape"][1] = 0x20,
                   d["features"]["mel_filters"] = 31, d["features"]["mel"]["shape"][0] = 31,
                   d["features"]["dct"]["shape"][1] = 31);
}

TEST_F(HostileBundleTest, Formats) {
  EXPECT_EQ(After([](json& d) { d["format"] = 3; }).code, ErrorCode::kUnsupported);
  EXPECT_MALFORMED("'format' is missing", d.erase("format"));
  EXPECT_EQ(After([](json& d) { Node(d, 0)["op"] = "teleport"; }).code, ErrorCode::kUnsupported);
}

TEST_F(HostileBundleTest, Tensors) {
  EXPECT_MALFORMED("beyond the weights", Node(d, 0)["weight"]["offset"] = 456112);
  EXPECT_MALFORMED("beyond the weights", Node(d, 0)["weight"]["offset"] = INT64_MAX - 3);
  EXPECT_MALFORMED("multiple of 4", Node(d, 0)["weight"]["offset"] = 108097);
  EXPECT_MALFORMED("'offset' is no integer", Node(d, 0)["weight"]["offset"] = -4);
  EXPECT_MALFORMED("must be int16", Node(d, 0)["weight"]["dtype"] = "int32");
  EXPECT_MALFORMED("must be int16", Node(d, 0)["weight"]["dtype"] = "uint8");
  EXPECT_MALFORMED("must be int16", Node(d, 0)["weight"]["dtype"] = "float32");
  EXPECT_MALFORMED("beyond the weights",
                   Node(d, 0)["weight"]["shape"] = {4294967295, 4294967295, 4294967295});
  EXPECT_MALFORMED("'shape' holds", Node(d, 0)["weight"]["shape"] = {0, 5, 32});
  EXPECT_MALFORMED("'shape' is no list", Node(d, 0)["weight"]["shape"] = {128, 160});
  EXPECT_MALFORMED("overlap", Node(d, 2)["bias"]["offset"] = Node(d, 0)["bias"]["offset"]);
  EXPECT_MALFORMED("overlaps another", Node(d, 0)["weight"]["shape"] = {128, 3, 1000},
                   Node(d, 0)["weight"]["offset"] = 0);
  EXPECT_MALFORMED("another size", d["weights"]["bytes"] = 456115);
  weights_.pop_back();
  EXPECT_FALSE(ParseText(document_.dump()).ok());
}

TEST_F(HostileBundleTest, Graphs) {
  const auto code = [&](const std::function<void(json&)>& change) { return After(change).code; };
  // Shapes that do not fit, names, order: the graph's own errors.
  EXPECT_EQ(code([](json& d) {
              Node(d, 0)["weight"]["shape"] = {128, 32, 5};
            }),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(code([](json& d) { Node(d, 0)["groups"] = 0; }), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code([](json& d) { Node(d, 0)["groups"] = 3; }), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code([](json& d) { Node(d, 0)["stride"] = 0; }), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code([](json& d) { Node(d, 3)["inputs"] = {"nobody"}; }), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code([](json& d) { Node(d, 3)["inputs"] = {"conv5_out"}; }),
            ErrorCode::kInvalidArgument);  // a cycle can only be written as a later name
  EXPECT_EQ(code([](json& d) { Node(d, 3)["inputs"] = {"conv2_out"}; }),
            ErrorCode::kInvalidArgument);  // itself
  EXPECT_EQ(code([](json& d) { Node(d, 3)["inputs"] = json::array(); }),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(code([](json& d) { Node(d, 3)["name"] = "conv1"; }), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code([](json& d) { Node(d, 3)["name"] = ""; }), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code([](json& d) { d["graphs"]["embedding"]["output"] = "nobody"; }),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(code([](json& d) { d["graphs"]["embedding"]["output"] = "pool"; }),
            ErrorCode::kMalformed);
  EXPECT_MALFORMED("'shift' is no integer", Node(d, 1)["shift"] = 30);
  EXPECT_MALFORMED("'mult' is no integer", Node(d, 1)["mult"] = 0);
  EXPECT_MALFORMED("'q' is no integer", Node(d, 1)["q"] = 47);
  EXPECT_MALFORMED("'stride' is no integer", Node(d, 0)["stride"] = 1 << 20);
  EXPECT_EQ(code([](json& d) { Node(d, 1)["lo"] = 128; }), ErrorCode::kInvalidArgument);
}

TEST_F(HostileBundleTest, ConstantsOutOfBounds) {
  EXPECT_MALFORMED("decision", d["decision"]["theta_q12"] = 0);
  EXPECT_MALFORMED("decision", d["decision"]["min_frames"][3] = 0);
  EXPECT_MALFORMED("'min_frames' is no list", d["decision"]["min_frames"] = {1, 2});
  EXPECT_MALFORMED("decision", d["decision"]["template_norm2"] = {500, 400});
  EXPECT_MALFORMED("digit_frames_max", d["decision"]["digit_frames_max"] = 0);
  EXPECT_MALFORMED("digit_frames_max", d["decision"]["digit_voiced_min"] = 1001);
  EXPECT_MALFORMED("digit_voiced_percent", d["decision"]["digit_voiced_percent"] = 101);
  EXPECT_MALFORMED("digit_share_percent", (d["decision"]["digit_share_percent"] = {101, 200}));
  EXPECT_MALFORMED("digit_share_percent", (d["decision"]["digit_share_percent"] = {50, 99}));
  EXPECT_MALFORMED("digit_share_percent", d["decision"].erase("digit_share_percent"));
  EXPECT_MALFORMED("digit_level_range", d["decision"]["digit_level_range"] = -1);
  EXPECT_MALFORMED("features", d["features"]["norm_limit"] = 1 << 20);
}

TEST_F(HostileBundleTest, JsonThatIsNone) {
  const auto code = [&](const std::string& text) { return ParseText(text).error().code; };
  EXPECT_EQ(code(""), ErrorCode::kMalformed);
  EXPECT_EQ(code("{"), ErrorCode::kMalformed);
  EXPECT_EQ(code("[]"), ErrorCode::kMalformed);
  EXPECT_EQ(code("{\"format\":1,\"format\":1}"), ErrorCode::kMalformed);
  EXPECT_EQ(code("{\"a\":NaN}"), ErrorCode::kMalformed);
  EXPECT_EQ(code("{\"format\":1e400}"), ErrorCode::kMalformed);
  EXPECT_EQ(code(std::string("{\"\xff\":1}")), ErrorCode::kMalformed);
  EXPECT_EQ(code(std::string(500000, '[')), ErrorCode::kMalformed);
  EXPECT_EQ(code(std::string(kMaxBundleJson + 1, ' ')), ErrorCode::kLimitExceeded);
  // A key twice, deep inside: two readers could disagree about which counts.
  std::string text = document_.dump();
  const size_t at = text.find("\"theta_q12\":");
  text.insert(at, "\"theta_q12\":1,");
  EXPECT_EQ(code(text), ErrorCode::kMalformed);
}

TEST_F(HostileBundleTest, DamagedTextNeverCrashes) {
  const std::string text = document_.dump();
  std::mt19937 rng(7);
  for (int round = 0; round < 300; ++round) {
    std::string damaged = text;
    for (auto k = rng() % 3 + 1; k-- > 0;) {
      damaged[rng() % damaged.size()] = "0123456789-\"{}[],:tfn"[rng() % 21];
    }
    if (round % 5 == 0) damaged.resize(rng() % damaged.size());
    const auto bundle = ParseText(damaged);
    if (!bundle.ok()) {
      EXPECT_NE(bundle.error().code, ErrorCode::kInternal) << bundle.error().message;
    }
  }
}

TEST_F(HostileBundleTest, TheDigestCoversBothFiles) {
  const std::string text = document_.dump();
  const auto digest = [&](const std::string& t) { return (*ParseText(t))->digest; };
  const auto original = digest(text);
  EXPECT_NE(digest(text + " "), original);
  weights_.back() ^= 1;
  EXPECT_NE(digest(text), original);
}

TEST(LoadBundleTest, MissingFilesAndForeignFolders) {
  EXPECT_EQ(LoadBundle("/nonexistent/bundle").error().code, ErrorCode::kNotFound);
  const std::string folder = testing::TempDir() + "voizk_bundle_test";
  ASSERT_EQ(std::system(("mkdir -p " + folder).c_str()), 0);
  const auto write = [&](const std::string& text) {
    std::ofstream(folder + "/bundle.json") << text;
    return LoadBundle(folder).error().code;
  };
  EXPECT_EQ(write(R"({"weights":{"file":"../../etc/passwd","bytes":1}})"), ErrorCode::kMalformed);
  EXPECT_EQ(write(R"({"weights":{"file":"..","bytes":1}})"), ErrorCode::kMalformed);
  EXPECT_EQ(write(R"({"weights":{"file":"absent.bin","bytes":1}})"), ErrorCode::kNotFound);
  EXPECT_EQ(write("not json"), ErrorCode::kMalformed);
}

}  // namespace
}  // namespace voizk
