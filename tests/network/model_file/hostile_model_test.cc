// Guards against model files that lie: every damage ends in a typed error or in a model, never in a
// crash, and never in more memory than the file's size justifies.
#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <random>

#include "network/model/convert.h"
#include "network/model/small_model.h"
#include "network/model_file/file_parts.h"
#include "network/model_file/largest_request.h"
#include "network/model_file/model_file.h"

namespace voizk {
namespace {

using nlohmann::json;
using Bytes = std::vector<uint8_t>;

// ReadModel, which may not ask for more at once than a file of this size explains: values of a
// vector that doubles, 32 bytes for each of JSON's values and 4 for each byte of a tensor.
Result<QuantisedModel> Read(const Bytes& file) {
  TakeLargestRequest();
  auto model = ReadModel(file);
  EXPECT_LE(TakeLargestRequest(), 4096 + 64 * file.size());
  if (!model.ok()) {
    const ErrorCode code = model.error().code;
    EXPECT_TRUE(code == ErrorCode::kMalformed || code == ErrorCode::kUnsupported)
        << model.error().message;
  }
  return model;
}

class HostileModelTest : public testing::Test {
 protected:
  HostileModelTest() : file_(*WriteModel(SmallModel().model)), parts_(file_) {
    document_ = json::parse(parts_.json);
  }

  Error ErrorOfText(const std::string& text) const {
    FileParts parts = parts_;
    parts.json = text;
    const auto model = Read(parts.Bytes());
    if (model.ok()) return {ErrorCode::kInternal, "was read"};
    return model.error();
  }
  // After a change of the document.
  Error After(const std::function<void(json&)>& change) const {
    json changed = document_;
    change(changed);
    return ErrorOfText(changed.dump());
  }

  Bytes file_;
  FileParts parts_;
  json document_;
};

// JSON takes many times its size once it is parsed: there is a limit of its own.
TEST_F(HostileModelTest, TooMuchJson) {
  const auto length = size_t{1} << 26;
  FileParts parts = parts_;
  parts.json.append(length - parts.json.size(), ' ');
  EXPECT_TRUE(ReadModel(parts.Bytes()).ok());
  parts.json.push_back(' ');
  const auto model = ReadModel(parts.Bytes());
  ASSERT_FALSE(model.ok());
  EXPECT_EQ(model.error().code, ErrorCode::kLimitExceeded) << model.error().message;
}

json& Attributes(json& d, size_t node) { return d["nodes"][node]["attributes"]; }

#define EXPECT_MALFORMED(part, ...)                                          \
  do {                                                                       \
    const Error error = After([](json& d) { __VA_ARGS__; });                 \
    EXPECT_EQ(error.code, ErrorCode::kMalformed) << error.message;           \
    EXPECT_NE(error.message.find(part), std::string::npos) << error.message; \
  } while (0)

TEST_F(HostileModelTest, EveryTruncation) {
  const size_t weights = file_.size() - parts_.weights.size();
  for (size_t size = 0; size < file_.size(); ++size) {
    const auto model =
        Read(Bytes(file_.begin(), file_.begin() + static_cast<std::ptrdiff_t>(size)));
    ASSERT_FALSE(model.ok()) << size << " of " << file_.size();
    EXPECT_EQ(model.error().code, ErrorCode::kMalformed);
    if (size >= weights) {
      EXPECT_NE(model.error().message.find("beyond the weights"), std::string::npos);
    }
  }
}

TEST_F(HostileModelTest, FlippedBits) {
  std::mt19937 rng(1);
  for (int round = 0; round < 20000; ++round) {
    Bytes damaged = file_;
    for (auto k = rng() % 4 + 1; k-- > 0;) {
      damaged[rng() % damaged.size()] ^= static_cast<uint8_t>(1U << rng() % 8);
    }
    const auto model = Read(damaged);
    if (model.ok()) {
      (void)BuildGraph(*model).ok();
    }
  }
}

// Damage that is JSON more often.
TEST_F(HostileModelTest, DamagedText) {
  std::mt19937 rng(2);
  for (int round = 0; round < 20000; ++round) {
    FileParts damaged = parts_;
    for (auto k = rng() % 3 + 1; k-- > 0;) {
      damaged.json[rng() % damaged.json.size()] = "0123456789-\"{}[],:e.tfn"[rng() % 23];
    }
    const auto model = Read(damaged.Bytes());
    if (model.ok()) {
      (void)BuildGraph(*model).ok();
    }
  }
}

TEST_F(HostileModelTest, Heads) {
  FileParts parts = parts_;
  parts.magic[7] = 'M';
  EXPECT_EQ(Read(parts.Bytes()).error().code, ErrorCode::kMalformed);
  parts = parts_;
  for (const uint32_t version : {0U, 2U, 256U, UINT32_MAX}) {
    parts.version = version;
    const auto model = Read(parts.Bytes());
    ASSERT_FALSE(model.ok());
    EXPECT_EQ(model.error().code, ErrorCode::kUnsupported);
    EXPECT_NE(model.error().message.find("version " + std::to_string(version)), std::string::npos);
  }
  const uint64_t rest = file_.size() - FileParts::kHead;
  for (const uint64_t length : {rest + 1, uint64_t{1} << 32, uint64_t{1} << 63, UINT64_MAX - 20,
                                UINT64_MAX - 19, UINT64_MAX}) {
    const auto model = Read(parts_.Bytes(length));
    ASSERT_FALSE(model.ok());
    EXPECT_NE(model.error().message.find("cut off"), std::string::npos) << model.error().message;
  }
  for (const uint64_t length : {uint64_t{0}, uint64_t{1}, parts_.json.size() - 1, rest}) {
    EXPECT_EQ(Read(parts_.Bytes(length)).error().code, ErrorCode::kMalformed) << length;
  }
  EXPECT_EQ(ReadModel({}).error().code, ErrorCode::kMalformed);
}

TEST_F(HostileModelTest, KeysAndTypes) {
  EXPECT_MALFORMED("unknown key 'colour'", d["colour"] = 1);
  EXPECT_MALFORMED("unknown key 'colour'", d["inputs"][0]["colour"] = 1);
  EXPECT_MALFORMED("unknown key 'colour'", d["inputs"][0]["real"]["colour"] = 1);
  EXPECT_MALFORMED("unknown key 'colour'", d["nodes"][0]["colour"] = 1);
  EXPECT_MALFORMED("unknown key 'colour'", Attributes(d, 0)["weight"]["colour"] = 1);
  EXPECT_MALFORMED("unknown key 'colour'", d["output"]["colour"] = 1);
  EXPECT_MALFORMED("unknown key 'colour'", d["output"]["real"]["colour"] = 1);
  for (const char* key : {"name", "inputs", "nodes", "output"}) {
    const Error error = After([&](json& d) { d.erase(key); });
    EXPECT_EQ(error.message.find("model file: model: '" + std::string(key) + "' is missing"), 0U)
        << error.message;
    EXPECT_EQ(After([&](json& d) { d[key] = 7; }).code, ErrorCode::kMalformed);
    EXPECT_EQ(After([&](json& d) { d[key] = nullptr; }).code, ErrorCode::kMalformed);
  }
  for (const char* key : {"name", "op", "inputs", "attributes"}) {
    EXPECT_EQ(After([&](json& d) { d["nodes"][1].erase(key); }).code, ErrorCode::kMalformed);
    EXPECT_EQ(After([&](json& d) { d["nodes"][1][key] = 7; }).code, ErrorCode::kMalformed);
  }
  EXPECT_MALFORMED("nodes[1]", d["nodes"][1] = 7);
  EXPECT_MALFORMED("'name' is no text", d["nodes"][1]["name"] = std::string(129, 'x'));
  EXPECT_MALFORMED("'inputs' holds", d["nodes"][1]["inputs"] = {1});
  EXPECT_MALFORMED("'inputs' is no list",
                   d["nodes"][1]["inputs"] = std::vector<std::string>(65, "c"));
  EXPECT_MALFORMED(
      "'inputs' is no list",
      for (int i = 0; i < 16; ++i) { d["inputs"].push_back(d["inputs"][0]); });
  EXPECT_MALFORMED("'min' is no integer", d["inputs"][0]["min"] = -2147483649);
  EXPECT_MALFORMED("'max' is no integer", d["inputs"][0]["max"] = 1.0);
}

// JSON's integers go to 2^64 - 1, and beyond that they are floats.
TEST_F(HostileModelTest, AttributesThatAreNoInt64) {
  EXPECT_MALFORMED("shift: is no integer of 64 bits", Attributes(d, 1)["shift"] = UINT64_MAX);
  EXPECT_MALFORMED("shift: is no integer of 64 bits",
                   Attributes(d, 1)["shift"] = uint64_t{1} << 63);
  EXPECT_MALFORMED("shift: is no integer of 64 bits", Attributes(d, 1)["shift"] = 3.0);
  EXPECT_MALFORMED("shift: is no integer of 64 bits", Attributes(d, 1)["shift"] = {1, UINT64_MAX});
  EXPECT_MALFORMED("shift: is no integer of 64 bits", Attributes(d, 1)["shift"] = {1, "2"});
  EXPECT_MALFORMED("shift: is no integer of 64 bits", Attributes(d, 1)["shift"] = {{1}});
  EXPECT_MALFORMED("shift", Attributes(d, 1)["shift"] = "3");
  EXPECT_MALFORMED("shift", Attributes(d, 1)["shift"] = nullptr);
  EXPECT_MALFORMED("shift", Attributes(d, 1)["shift"] = true);
  EXPECT_MALFORMED("shift: is too long", Attributes(d, 1)["shift"] = std::vector<int>(65537));
  EXPECT_MALFORMED("'attributes' is no object", d["nodes"][1]["attributes"] = json::array());
  std::string text = document_.dump();
  const std::string shift = "\"shift\":3";
  text.replace(text.find(shift), shift.size(), "\"shift\":18446744073709551619");  // 2^64 + 3
  EXPECT_EQ(ErrorOfText(text).code, ErrorCode::kMalformed);
  EXPECT_EQ(After([](json& d) { Attributes(d, 1)["shift"] = INT64_MAX; }).message, "was read")
      << "what the operation takes is BuildGraph's to say";
}

TEST_F(HostileModelTest, Tensors) {
  EXPECT_MALFORMED("beyond the weights", Attributes(d, 0)["weight"]["offset"] = 1 << 20);
  EXPECT_MALFORMED("beyond the weights", Attributes(d, 0)["weight"]["offset"] = INT64_MAX - 3);
  EXPECT_MALFORMED("multiple of 4", Attributes(d, 0)["weight"]["offset"] = 2);
  EXPECT_MALFORMED("'offset' is no integer", Attributes(d, 0)["weight"]["offset"] = -4);
  EXPECT_MALFORMED("'offset' is no integer", Attributes(d, 0)["weight"]["offset"] = UINT64_MAX);
  EXPECT_MALFORMED("must be int32", Attributes(d, 0)["weight"]["dtype"] = "uint8");
  EXPECT_MALFORMED("must be int32", Attributes(d, 0)["weight"]["dtype"] = "float32");
  EXPECT_MALFORMED("beyond the weights", Attributes(d, 0)["weight"]["dtype"] = "int32",
                   Attributes(d, 0)["weight"]["shape"] = {1 << 20});
  EXPECT_MALFORMED("'shape' holds", Attributes(d, 0)["weight"]["shape"] = {0, 3, 2});
  EXPECT_MALFORMED("'shape' holds", Attributes(d, 0)["weight"]["shape"] = {-1, 3, 2});
  EXPECT_MALFORMED("'shape' is no list", Attributes(d, 0)["weight"]["shape"] = json::array());
  EXPECT_MALFORMED("'shape' is no list", Attributes(d, 0)["weight"]["shape"] = {1, 1, 1, 1, 18});
  // Products that wrap to 0, to 1, and to what the tensor has.
  EXPECT_MALFORMED("beyond the weights",
                   Attributes(d, 0)["weight"]["shape"] = {1U << 31, 1U << 31, 4, 1});
  EXPECT_MALFORMED("beyond the weights", Attributes(d, 0)["weight"]["shape"] = {
                                             UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX});
  EXPECT_MALFORMED("beyond the weights", Attributes(d, 0)["weight"]["shape"] = {641, 6700417, 1});
  EXPECT_MALFORMED("overlap",
                   Attributes(d, 2)["bias"]["offset"] = Attributes(d, 0)["bias"]["offset"]);
  EXPECT_MALFORMED("overlap", Attributes(d, 0)["weight"]["offset"] = 0);
}

// One large tensor under many names.
TEST_F(HostileModelTest, ManyReferencesToOneTensor) {
  FileParts parts = parts_;
  parts.weights.resize(1 << 20);
  json changed = document_;
  for (int i = 0; i < 1000; ++i) {
    Attributes(changed, 0)["w" + std::to_string(i)] = {
        {"offset", 0}, {"dtype", "int8"}, {"shape", {1 << 20}}};
  }
  parts.json = changed.dump();
  const auto model = Read(parts.Bytes());
  ASSERT_FALSE(model.ok());
  EXPECT_NE(model.error().message.find("overlap"), std::string::npos) << model.error().message;
}

TEST_F(HostileModelTest, Quantities) {
  for (const char* step : {"0", "-1", "-0.0", "1e400", "-1e400", "1e-400", "1e25", "1e-25", "NaN",
                           "Infinity", "\"1\"", "null", "true", "[1]"}) {
    for (const char* of : {"\"step\":0.5", "\"step\":0.25"}) {  // the input's, the output's
      std::string text = document_.dump();
      ASSERT_NE(text.find(of), std::string::npos);
      text.replace(text.find(of), std::string(of).size(), "\"step\":" + std::string(step));
      EXPECT_EQ(ErrorOfText(text).code, ErrorCode::kMalformed) << step;
    }
  }
  EXPECT_MALFORMED("'step' is missing", d["inputs"][0]["real"].erase("step"));
  EXPECT_MALFORMED("do not fit its shape", d["inputs"][0]["real"]["dims"] = {1, 6, 2});
  EXPECT_MALFORMED("do not fit its shape", d["inputs"][0]["shape"] = {2, 6});
  EXPECT_MALFORMED("do not fit its shape", d["inputs"][0]["shape"] = {INT32_MAX, INT32_MAX});
  EXPECT_MALFORMED("do not fit its shape", d["inputs"][0]["real"]["axes"][1] = {0});
  EXPECT_MALFORMED("do not fit its shape", d["inputs"][0]["real"]["axes"][0] = {3});
  EXPECT_MALFORMED("something else than dims", d["inputs"][0]["real"]["axes"][0] = {4});
  EXPECT_MALFORMED("something else than dims", d["inputs"][0]["real"]["axes"][0] = {-1});
  EXPECT_MALFORMED("something else than dims", d["inputs"][0]["real"]["axes"][0] = {UINT64_MAX});
  EXPECT_MALFORMED("something else than dims", d["inputs"][0]["real"]["axes"][0] = {0.5});
  EXPECT_MALFORMED("something else than lists", d["inputs"][0]["real"]["axes"][0] = 0);
  EXPECT_MALFORMED("something else than lists",
                   d["inputs"][0]["real"]["axes"][0] = {0, 1, 2, 3, 0});
  EXPECT_MALFORMED("differ in length", d["inputs"][0]["real"]["axes"].push_back(json::array()));
  EXPECT_MALFORMED("differ in length", d["inputs"][0]["real"]["dims"].push_back(1));
  EXPECT_MALFORMED("differ in length", d["output"]["real"]["axes"] = json::array());
  EXPECT_MALFORMED("'axes' is no list",
                   d["inputs"][0]["real"]["axes"] = std::vector<json>(9, json::array()));
  EXPECT_MALFORMED("'dims' holds", d["inputs"][0]["real"]["dims"][0] = -1);
  EXPECT_MALFORMED("'dims' is no list", d["inputs"][0]["real"]["dims"] = std::vector<int>(9, 1));
  EXPECT_MALFORMED("'shape' is no list", d["inputs"][0]["shape"] = json::array());
  EXPECT_MALFORMED("'shape' is no list", d["inputs"][0]["shape"] = {6, 2, 1, 1, 1});
  EXPECT_MALFORMED("'shape' holds", d["inputs"][0]["shape"] = {6, 0});
}

TEST_F(HostileModelTest, JsonThatIsNone) {
  EXPECT_EQ(ErrorOfText("").code, ErrorCode::kMalformed);
  EXPECT_EQ(ErrorOfText("[]").code, ErrorCode::kMalformed);
  EXPECT_EQ(ErrorOfText("null").code, ErrorCode::kMalformed);
  EXPECT_EQ(ErrorOfText("{").code, ErrorCode::kMalformed);
  EXPECT_EQ(ErrorOfText(document_.dump() + "}").code, ErrorCode::kMalformed);
  EXPECT_EQ(ErrorOfText("{\"name\":\"\xff\"}").code, ErrorCode::kMalformed);
  for (const size_t depth : {17U, 1000U, 1000000U}) {
    EXPECT_EQ(ErrorOfText(std::string(depth, '[')).code, ErrorCode::kMalformed);
    EXPECT_EQ(ErrorOfText(std::string(depth, '[') + std::string(depth, ']')).code,
              ErrorCode::kMalformed);
    std::string objects;
    for (size_t k = 0; k < depth; ++k) objects += "{\"a\":";
    EXPECT_EQ(ErrorOfText(objects + "1" + std::string(depth, '}')).code, ErrorCode::kMalformed);
  }
  // Brackets are small and the values they ask for are not: nothing is made of those too deep.
  for (const std::string text : {"[", "{\"a\":"}) {
    FileParts parts = parts_;
    parts.json.clear();
    for (size_t k = 0; k < (1 << 20); ++k) parts.json += text;
    const Bytes file = parts.Bytes();
    TakeAllRequests();
    EXPECT_FALSE(ReadModel(file).ok());
    EXPECT_LE(TakeAllRequests(), 4096 + 32 * file.size());  // the parser keeps a pointer a level
  }
  // A key twice, deep inside: two readers could disagree about which counts.
  std::string text = document_.dump();
  text.insert(text.find("\"shift\":"), "\"shift\":1,");
  EXPECT_NE(ErrorOfText(text).message.find("occurs twice"), std::string::npos);
}

TEST_F(HostileModelTest, ManyNodes) {
  json changed = document_;
  const json node = {
      {"name", "n"}, {"op", "o"}, {"inputs", json::array()}, {"attributes", json::object()}};
  changed["nodes"] = std::vector<json>(1 << 13, node);
  EXPECT_EQ(ErrorOfText(changed.dump()).message, "was read");
  changed["nodes"].push_back(node);
  const Error error = ErrorOfText(changed.dump());
  EXPECT_EQ(error.code, ErrorCode::kMalformed);
  EXPECT_NE(error.message.find("'nodes' is no list"), std::string::npos) << error.message;
}

}  // namespace
}  // namespace voizk
