// Guards the bytes of a model file: what is written is read again as it was, equal models have
// equal files, and the layout of docs/import.md is kept.
#include "network/model_file/model_file.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "network/model/small_model.h"
#include "network/model_file/file_parts.h"

namespace voizk {
namespace {

void ExpectEqual(const QuantisedModel::Quantity& a, const QuantisedModel::Quantity& b) {
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.layout, b.layout);
  EXPECT_EQ(a.step, b.step);
}

void ExpectEqual(const ModelAttribute& a, const ModelAttribute& b, const std::string& key) {
  ASSERT_EQ(a.index(), b.index()) << key;
  if (a.index() < 2) {
    EXPECT_EQ(a, b) << key;
    return;
  }
  const auto& x = *std::get<2>(a);
  const auto& y = *std::get<2>(b);
  EXPECT_EQ(x.shape, y.shape) << key;
  EXPECT_EQ(x.values, y.values) << key;
}

void ExpectEqual(const QuantisedModel& a, const QuantisedModel& b) {
  EXPECT_EQ(a.name, b.name);
  ASSERT_EQ(a.inputs.size(), b.inputs.size());
  for (size_t i = 0; i < a.inputs.size(); ++i) {
    EXPECT_EQ(a.inputs[i].name, b.inputs[i].name);
    EXPECT_EQ(a.inputs[i].shape, b.inputs[i].shape);
    EXPECT_EQ(a.inputs[i].lo, b.inputs[i].lo);
    EXPECT_EQ(a.inputs[i].hi, b.inputs[i].hi);
    EXPECT_EQ(a.inputs[i].integers, b.inputs[i].integers);
    ExpectEqual(a.inputs[i].quantity, b.inputs[i].quantity);
  }
  ASSERT_EQ(a.nodes.size(), b.nodes.size());
  for (size_t i = 0; i < a.nodes.size(); ++i) {
    EXPECT_EQ(a.nodes[i].name, b.nodes[i].name);
    EXPECT_EQ(a.nodes[i].op, b.nodes[i].op);
    EXPECT_EQ(a.nodes[i].inputs, b.nodes[i].inputs);
    ASSERT_EQ(a.nodes[i].attributes.size(), b.nodes[i].attributes.size());
    for (const auto& [key, value] : a.nodes[i].attributes) {
      ASSERT_TRUE(b.nodes[i].attributes.contains(key)) << key;
      ExpectEqual(value, b.nodes[i].attributes.at(key), key);
    }
  }
  EXPECT_EQ(a.output.node, b.output.node);
  ExpectEqual(a.output.quantity, b.output.quantity);
}

// Values of every width at both ends, all kinds of attributes, steps that no short decimal is.
QuantisedModel Colourful() {
  QuantisedModel model = SmallModel().model;
  model.name = "n\u00e4me \"quoted\" \n";
  model.inputs.push_back({"z", {1}, INT32_MIN, INT32_MAX, {"", {{}, {}}, 1.0 / 3}});
  model.inputs.push_back({"tokens", {2}, 0, 64, {"tokens", {{2}, {{0}}}, 1}, true});
  model.output.quantity.step = 3e-24;
  model.nodes.push_back({"all",
                         "anything",
                         {},
                         {{"least", INT64_MIN},
                          {"most", INT64_MAX},
                          {"none", std::vector<int64_t>{}},
                          {"list", std::vector<int64_t>{-1, 0, INT64_MAX, INT64_MIN}},
                          {"t8", TensorOf({3}, {-128, 127, 0})},
                          {"t16", TensorOf({1, 2}, {-129, 0})},
                          {"t16b", TensorOf({1, 2, 1}, {32767, 128})},
                          {"t32", TensorOf({1, 1, 1, 2}, {-32769, 32768})},
                          {"t32b", TensorOf({2}, {INT32_MIN, INT32_MAX})}}});
  return model;
}

TEST(ModelFileTest, WhatIsWrittenIsRead) {
  for (const QuantisedModel& model : {SmallModel().model, Colourful(), QuantisedModel{}}) {
    const auto file = WriteModel(model);
    ASSERT_TRUE(file.ok()) << file.error().message;
    const auto read = ReadModel(*file);
    ASSERT_TRUE(read.ok()) << read.error().message;
    ExpectEqual(model, *read);
    const auto again = WriteModel(*read);
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(*again, *file) << "equal models have equal files";
    EXPECT_EQ(ModelDigest(*again), ModelDigest(*file));
  }
}

TEST(ModelFileTest, OtherModelsHaveOtherFiles) {
  const auto file = WriteModel(SmallModel().model);
  const std::vector<std::function<void(QuantisedModel&)>> changes = {
      [](QuantisedModel& m) { m.name += "r"; },
      [](QuantisedModel& m) { m.inputs[0].quantity.step *= 1 + 1e-15; },
      [](QuantisedModel& m) { m.inputs[0].quantity.layout.axes[0] = {0}; },
      [](QuantisedModel& m) { m.inputs[0].lo -= 1; },
      [](QuantisedModel& m) { m.output.node = "r"; },
      [](QuantisedModel& m) { m.nodes[1].attributes["wide"] = int64_t{0}; },
      [](QuantisedModel& m) {
        SmallModel other;
        other.w2[71] += 1;
        m.nodes[2].attributes["weight"] = TensorOf({4, 18}, other.w2);
      }};
  for (const auto& change : changes) {
    QuantisedModel model = SmallModel().model;
    change(model);
    const auto other = WriteModel(model);
    ASSERT_TRUE(other.ok());
    EXPECT_NE(*other, *file);
    EXPECT_NE(ModelDigest(*other), ModelDigest(*file));
  }
}

TEST(ModelFileTest, TheBytesAreTheDocuments) {
  const auto file = WriteModel(SmallModel().model);
  ASSERT_TRUE(file.ok());
  const FileParts parts(*file);
  EXPECT_EQ(parts.Bytes(), *file);
  const auto document = nlohmann::json::parse(parts.json);
  const auto& weight = document["nodes"][2]["attributes"]["weight"];
  EXPECT_EQ(weight["dtype"], "int16");
  EXPECT_EQ(weight["shape"], (std::vector<int>{4, 18}));
  const size_t offset = weight["offset"];
  EXPECT_EQ(offset % 4, 0U);
  const SmallModel small;
  for (size_t i = 0; i < small.w2.size(); ++i) {
    const auto low = parts.weights.at(offset + 2 * i), high = parts.weights.at(offset + 2 * i + 1);
    EXPECT_EQ(static_cast<int16_t>(low | high << 8), small.w2[i]) << i;
  }
  EXPECT_EQ(document["nodes"][0]["attributes"]["weight"]["dtype"], "int8");
  EXPECT_EQ(document["nodes"][0]["attributes"]["bias"]["dtype"], "int32");
}

TEST(ModelFileTest, NamesThatAreNoTextAreRefused) {
  QuantisedModel model = SmallModel().model;
  model.name = "\xff";
  const auto file = WriteModel(model);
  ASSERT_FALSE(file.ok());
  EXPECT_EQ(file.error().code, ErrorCode::kMalformed);
}

}  // namespace
}  // namespace voizk
