// Guards voizk/model.h: a model's proofs are accepted for its run and for nothing else, reals come
// in the float network's order, each node's costs are the relation's, and no file or proof of
// others does more than be refused.
#include "voizk/model.h"

#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "network/model/quantised_model.h"
#include "network/model/small_model.h"
#include "network/model_file/model_file.h"
#include "support/limited_child.h"

namespace voizk {
namespace {

using Bytes = std::vector<uint8_t>;

Result<Model> ReadOf(const QuantisedModel& model) {
  const auto file = WriteModel(model);
  EXPECT_TRUE(file.ok());
  return Model::Read(*file);
}

const Bytes kContext{1, 2, 3};
// Multiples of half a step too, and one that is clipped.
const std::vector<float> kReals{0.5F, -3, 7, 24.75F, -25, 1000, 0.24F, 0.26F, -9.5F, 2, 3, -1};
// In the network's order: x[t][c] is kReals[c * 6 + t] over 1/2.
const std::vector<int32_t> kIntegers{1, 0, -6, 1, 14, -19, 50, 4, -50, 6, 50, -2};

class ModelProofTest : public testing::Test {
 protected:
  void SetUp() override {
    auto model = ReadOf(small_.model);
    ASSERT_TRUE(model.ok()) << model.error().message;
    model_.emplace(std::move(*model));
    for (const bool open : {false, true}) {
      const auto proof = ProveModel(*model_, {{kReals}}, open, kContext, 2, &runs_[open]);
      ASSERT_TRUE(proof.ok()) << proof.error().message;
      proofs_[open] = *proof;
    }
  }

  Error ErrorOf(const Bytes& proof) const {
    const auto run = VerifyModel(*model_, kContext, proof);
    if (run.ok()) return {ErrorCode::kInternal, "was accepted"};
    EXPECT_TRUE(run.error().code == ErrorCode::kProofMalformed ||
                run.error().code == ErrorCode::kProofRejected)
        << run.error().message;
    EXPECT_TRUE(run.error().rejection.has_value()) << run.error().message;
    return run.error();
  }
  void ExpectRejected(const Bytes& proof, Check check) const {
    const Error error = ErrorOf(proof);
    EXPECT_EQ(error.code, ErrorCode::kProofRejected) << error.message;
    EXPECT_TRUE(error.Failed(check)) << error.message;
  }

  // A proof file's parts begin at these bytes.
  static constexpr size_t kVersionAt = 8, kDigestAt = 12, kFlagAt = 44, kListAt = 45;
  static constexpr size_t kOpenOutputAt = kListAt + 4 + 12 * 4;

  SmallModel small_;
  std::optional<Model> model_;
  Bytes proofs_[2];
  ModelRun runs_[2];
};

TEST_F(ModelProofTest, TheRunIsTheModels) {
  const std::vector<int32_t> expected = small_.Expected(kIntegers);
  std::vector<float> reals;
  for (const int32_t y : expected) reals.push_back(static_cast<float>(y) / 4);
  const auto evaluated = EvaluateModel(*model_, {{kReals}});
  ASSERT_TRUE(evaluated.ok()) << evaluated.error().message;
  EXPECT_EQ(evaluated->output, expected);
  EXPECT_EQ(evaluated->real_output, reals);
  for (const bool open : {false, true}) {
    const auto run = VerifyModel(*model_, kContext, proofs_[open]);
    ASSERT_TRUE(run.ok()) << run.error().message;
    for (const ModelRun& each : {*run, runs_[open]}) {
      EXPECT_EQ(each.output, expected);
      EXPECT_EQ(each.real_output, reals);
      ASSERT_EQ(each.inputs.size(), open ? 1U : 0U);
      if (open) {
        EXPECT_EQ(each.inputs[0], kIntegers);
      }
    }
  }
}

TEST_F(ModelProofTest, AnotherModel) {
  SmallModel other;
  other.b2[3] += 1;
  other.model.nodes[2].attributes["bias"] = TensorOf({4}, other.b2);
  const auto model = ReadOf(other.model);
  ASSERT_TRUE(model.ok());
  for (Bytes proof : proofs_) {
    const auto run = VerifyModel(*model, kContext, proof);
    ASSERT_FALSE(run.ok());
    EXPECT_EQ(run.error().code, ErrorCode::kProofRejected);
    EXPECT_TRUE(run.error().Failed(Check::kHeader)) << run.error().message;
    // With the other's digest written over its own.
    std::copy(model->digest().begin(), model->digest().end(), proof.begin() + kDigestAt);
    const auto forged = VerifyModel(*model, kContext, proof);
    ASSERT_FALSE(forged.ok());
    EXPECT_EQ(forged.error().code, ErrorCode::kProofRejected);
    EXPECT_TRUE(forged.error().Failed(Check::kConstraints)) << forged.error().message;
  }
  // The same network under another name: the proof is of the file, not of what it computes.
  QuantisedModel renamed = small_.model;
  renamed.name = "other";
  const auto same = ReadOf(renamed);
  ASSERT_TRUE(same.ok());
  Bytes proof = proofs_[0];
  std::copy(same->digest().begin(), same->digest().end(), proof.begin() + kDigestAt);
  const auto forged = VerifyModel(*same, kContext, proof);
  ASSERT_FALSE(forged.ok());
  EXPECT_TRUE(forged.error().Failed(Check::kConstraints)) << forged.error().message;
}

TEST_F(ModelProofTest, AnotherContext) {
  for (const Bytes& context : {Bytes{}, Bytes{1, 2}, Bytes{1, 2, 3, 0}, Bytes{1, 2, 4}}) {
    for (const Bytes& proof : proofs_) {
      const auto run = VerifyModel(*model_, context, proof);
      ASSERT_FALSE(run.ok());
      EXPECT_EQ(run.error().code, ErrorCode::kProofRejected);
      EXPECT_TRUE(run.error().Failed(Check::kConstraints)) << run.error().message;
    }
  }
}

TEST_F(ModelProofTest, AnotherOutputOrInput) {
  for (size_t i = 0; i < 4; ++i) {
    for (const bool open : {false, true}) {
      Bytes proof = proofs_[open];
      proof[(open ? kOpenOutputAt : kListAt) + 4 + 4 * i] ^= 1;
      ExpectRejected(proof, Check::kConstraints);
      proof[(open ? kOpenOutputAt : kListAt) + 4 + 4 * i + 3] ^= 0x40;  // far out of range
      ExpectRejected(proof, Check::kPublicInput);
    }
  }
  for (size_t i = 0; i < 12; ++i) {
    Bytes proof = proofs_[1];
    proof[kListAt + 4 + 4 * i] ^= 1;
    const bool beyond = std::abs(kIntegers[i] ^ 1) > 50;
    ExpectRejected(proof, beyond ? Check::kPublicInput : Check::kConstraints);
    proof = proofs_[1];
    proof[kListAt + 4 + 4 * i + 1] ^= 1;
    ExpectRejected(proof, Check::kPublicInput);
  }
}

TEST_F(ModelProofTest, OtherCounts) {
  for (const bool open : {false, true}) {
    Bytes proof = proofs_[open];
    const size_t at = open ? kOpenOutputAt : kListAt;
    proof[at] = 3;  // the fourth is the proof's first bytes
    ExpectRejected(proof, Check::kPublicInput);
    proof[at] = 5;
    ExpectRejected(proof, Check::kPublicInput);
    for (const uint32_t count : {uint32_t{1} << 24, (uint32_t{1} << 24) + 1, UINT32_MAX}) {
      for (size_t k = 0; k < 4; ++k) proof[at + k] = static_cast<uint8_t>(count >> (8 * k));
      const Error error = ErrorOf(proof);
      EXPECT_EQ(error.code, ErrorCode::kProofMalformed);
      EXPECT_TRUE(error.Failed(Check::kLimit)) << error.message;
    }
  }
}

TEST_F(ModelProofTest, TheFlag) {
  for (const bool open : {false, true}) {
    Bytes proof = proofs_[open];
    proof[kFlagAt] = 2;
    EXPECT_EQ(ErrorOf(proof).code, ErrorCode::kProofMalformed);
    EXPECT_TRUE(ErrorOf(proof).Failed(Check::kValue));
    proof[kFlagAt] = open ? 0 : 1;
    ErrorOf(proof);
  }
  // Flipped, with the lists that it calls for.
  Bytes proof = proofs_[1];
  proof[kFlagAt] = 0;
  proof.erase(proof.begin() + kListAt, proof.begin() + kOpenOutputAt);
  EXPECT_NE(ErrorOf(proof).code, ErrorCode::kInternal);
  proof = proofs_[0];
  proof[kFlagAt] = 1;
  proof.insert(proof.begin() + kListAt, proofs_[1].begin() + kListAt,
               proofs_[1].begin() + kOpenOutputAt);
  EXPECT_NE(ErrorOf(proof).code, ErrorCode::kInternal);
}

TEST_F(ModelProofTest, OtherHeads) {
  Bytes proof = proofs_[0];
  proof[0] ^= 1;
  EXPECT_EQ(ErrorOf(proof).code, ErrorCode::kProofMalformed);
  EXPECT_TRUE(ErrorOf(proof).Failed(Check::kHeader));
  proof = proofs_[0];
  proof[kVersionAt] += 1;
  EXPECT_EQ(ErrorOf(proof).code, ErrorCode::kProofMalformed);
  EXPECT_TRUE(ErrorOf(proof).Failed(Check::kHeader));
}

// Each of the head and of the lists; some of the proof, whose own bytes are proof_fuzz's.
TEST_F(ModelProofTest, TruncatedAndLonger) {
  for (const bool open : {false, true}) {
    const Bytes& proof = proofs_[open];
    for (size_t size = 0; size < proof.size(); size += size < 160 ? 1 : 1 + proof.size() / 60) {
      const Bytes cut(proof.begin(), proof.begin() + static_cast<std::ptrdiff_t>(size));
      const Error error = ErrorOf(cut);
      EXPECT_EQ(error.code, ErrorCode::kProofMalformed) << size << ": " << error.message;
    }
    Bytes last(proof.begin(), proof.end() - 1);
    EXPECT_EQ(ErrorOf(last).code, ErrorCode::kProofMalformed);
    for (const size_t more : {1U, 4U, 1000U}) {
      Bytes longer = proof;
      longer.resize(proof.size() + more);
      const Error error = ErrorOf(longer);
      EXPECT_EQ(error.code, ErrorCode::kProofMalformed) << error.message;
      EXPECT_TRUE(error.Failed(Check::kLength)) << error.message;
    }
  }
}

TEST_F(ModelProofTest, DamagedBytes) {
  std::mt19937 rng(3);
  for (int round = 0; round < 60; ++round) {
    Bytes damaged = proofs_[round % 2];
    // As often in the head as in the proof.
    const size_t most = round % 4 < 2 ? 150 : damaged.size();
    damaged[rng() % most] ^= static_cast<uint8_t>(1U << rng() % 8);
    EXPECT_NE(ErrorOf(damaged).code, ErrorCode::kInternal);
    Bytes noise(rng() % 300);
    for (uint8_t& byte : noise) byte = static_cast<uint8_t>(rng());
    EXPECT_EQ(ErrorOf(noise).code, ErrorCode::kProofMalformed);
  }
}

TEST_F(ModelProofTest, InputsThatDoNotFit) {
  const auto code = [&](const std::vector<std::vector<float>>& inputs) {
    EXPECT_FALSE(EvaluateModel(*model_, inputs).ok());
    const auto proof = ProveModel(*model_, inputs, false, {});
    return proof.ok() ? ErrorCode::kInternal : proof.error().code;
  };
  EXPECT_EQ(code({}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({kReals, kReals}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({std::vector<float>(11)}), ErrorCode::kInvalidArgument);
  std::vector<float> reals = kReals;
  reals[3] = std::nanf("");
  EXPECT_EQ(code({reals}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(model_->ToIntegers(1, kReals).error().code, ErrorCode::kInvalidArgument);
}

// The output of the requant, [6][3] in integers and [1][3][6] in reals.
TEST(ModelTest, RealsComeInTheFloatOrder) {
  SmallModel small;
  small.model.nodes.pop_back();
  small.model.output = {"r", {"hidden", {{1, 3, 6}, {{}, {1}, {0}}}, 0.5}};
  const auto model = ReadOf(small.model);
  ASSERT_TRUE(model.ok()) << model.error().message;
  const auto run = EvaluateModel(*model, {{kReals}});
  ASSERT_TRUE(run.ok()) << run.error().message;
  const std::vector<int32_t> hidden = small.Hidden(kIntegers);
  EXPECT_EQ(run->output, hidden);
  ASSERT_EQ(run->real_output.size(), 18U);
  for (size_t t = 0; t < 6; ++t) {
    for (size_t c = 0; c < 3; ++c) {
      EXPECT_EQ(run->real_output[c * 6 + t], static_cast<float>(hidden[t * 3 + c]) / 2);
    }
  }
}

TEST(ModelTest, Description) {
  const auto model = ReadOf(SmallModel().model);
  ASSERT_TRUE(model.ok());
  EXPECT_EQ(model->name(), "small");
  ASSERT_EQ(model->inputs().size(), 1U);
  const Model::Tensor& x = model->inputs()[0];
  EXPECT_EQ(x.node, "x");
  EXPECT_EQ(x.name, "signal");
  EXPECT_EQ(x.dims, (std::vector<int64_t>{1, 2, 6}));
  EXPECT_EQ(x.step, 0.5);
  EXPECT_EQ(x.lo, -50);
  EXPECT_EQ(x.hi, 50);
  EXPECT_EQ(model->output().name, "scores");
  EXPECT_EQ(model->output().dims, std::vector<int64_t>{4});
}

// Two inputs of different sizes: each row has its own.
TEST(ModelTest, RowsAddUpToTheRelation) {
  QuantisedModel model = SmallModel().model;
  model.inputs.push_back({"z", {1, 4}, -40, 40, {"other", {{4}, {{1}}}, 1}});
  model.nodes.push_back({"p", "mul", {"y", "z"}, {}});
  model.nodes[2].attributes["weight"] = TensorOf({4, 18}, SmallIntegers(72, 3, 5));
  model.output.node = "p";
  const auto read = ReadOf(model);
  ASSERT_TRUE(read.ok()) << read.error().message;
  Builder b;
  const auto graph = BuildGraph(model);
  ASSERT_TRUE(graph.ok() && graph->BuildWithInputs(b, {}).ok());
  const auto relation = std::move(b).Finish();
  ASSERT_TRUE(relation.ok()) << relation.error().message;

  Model::Row sum;
  std::vector<std::string> names;
  for (const Model::Row& row : read->rows()) {
    names.push_back(row.node);
    sum.cells += row.cells;
    sum.lookups += row.lookups;
    sum.products += row.products;
    sum.weights += row.weights;
  }
  EXPECT_EQ(names, (std::vector<std::string>{"x", "z", "c", "r", "y", "p", "tables"}));
  uint64_t cells = 0, lookups = 0, products = 0, weights = 0;
  for (const auto& t : relation->tensors) cells += t.shape.Cells();
  for (const auto& l : relation->lookups) lookups += l.key.shape.Cells();
  for (const auto& t : relation->tables) lookups += t.keys.size();
  for (const auto& p : relation->products) products += p.a.shape.Cells();
  for (const auto& w : relation->weights) weights += w.values.size();
  EXPECT_EQ(sum.cells, cells);
  EXPECT_EQ(sum.lookups, lookups);
  EXPECT_EQ(sum.products, products);
  EXPECT_EQ(sum.weights, weights);
  EXPECT_EQ(read->rows()[0].cells, 12U);
  EXPECT_EQ(read->rows()[1].cells, 4U);
  EXPECT_EQ(read->rows()[2].weights, 18U);
  EXPECT_EQ(read->rows()[4].weights, 72U);
  EXPECT_EQ(read->rows()[5].op, "mul");
}

TEST(ModelTest, WhatCannotBeProvenIsNotRead) {
  QuantisedModel model = SmallModel().model;
  model.output.quantity.layout = {{3}, {{1}}};
  EXPECT_EQ(ReadOf(model).error().code, ErrorCode::kMalformed);
  model = SmallModel().model;
  model.nodes.push_back({"square", "mul", {"y", "y"}, {}});
  model.output.node = "square";
  const auto wraps = ReadOf(model);
  ASSERT_FALSE(wraps.ok());
  EXPECT_EQ(wraps.error().code, ErrorCode::kUnsupported);
  EXPECT_NE(wraps.error().message.find("node 'square' (mul)"), std::string::npos)
      << wraps.error().message;
  // Only the certificate sees it: 2^29 y would wrap.
  model = SmallModel().model;
  model.nodes[1].attributes["shift"] = int64_t{29};
  const auto uncertified = ReadOf(model);
  ASSERT_FALSE(uncertified.ok());
  EXPECT_EQ(uncertified.error().code, ErrorCode::kUnsupported);
  EXPECT_NE(uncertified.error().message.find("node 'r' (requant)"), std::string::npos)
      << uncertified.error().message;
  const auto range = [](int32_t hi) {
    QuantisedModel wide;
    wide.inputs = {{"x", {1}, -hi - 1, hi, {"x", {{1}, {{0}}}, 1}}};
    wide.nodes = {{"y", "add", {"x", "x"}, {}}};
    wide.output = {"y", {"y", {{1}, {{0}}}, 1}};
    return ReadOf(wide);
  };
  EXPECT_TRUE(range((1 << 27) - 1).ok());
  EXPECT_EQ(range((1 << 28) - 1).error().code, ErrorCode::kUnsupported)
      << "an output of more than p/2 values";
}

TEST(ModelTest, DamagedFilesAreReadOrRefused) {
  const auto file = WriteModel(SmallModel().model);
  ASSERT_TRUE(file.ok());
  std::mt19937 rng(5);
  size_t read = 0;
  for (int round = 0; round < 3000; ++round) {
    Bytes damaged = *file;
    for (auto k = rng() % 3 + 1; k-- > 0;) {
      const size_t at = rng() % damaged.size();
      if (round % 2 == 0) {
        damaged[at] ^= static_cast<uint8_t>(1U << rng() % 8);
      } else {
        damaged[at] = static_cast<uint8_t>("0123456789-\"{}[],:"[rng() % 18]);
      }
    }
    const auto model = Model::Read(damaged);
    if (model.ok()) {
      ++read;
      (void)VerifyModel(*model, {}, damaged).ok();
      continue;
    }
    EXPECT_NE(model.error().code, ErrorCode::kInternal) << model.error().message;
    EXPECT_NE(model.error().code, ErrorCode::kOutOfMemory) << model.error().message;
  }
  EXPECT_GT(read, 0U) << "the damage reaches beyond the parser";
}

// A small file of which each node asks for a large table.
QuantisedModel ManyTables() {
  QuantisedModel model = SmallModel().model;
  model.inputs = {{"x", {1, 1}, -32768, 32767, {"x", {{1}, {{0}}}, 1}}};
  model.nodes.clear();
  for (int64_t i = 0; i < 4000; ++i) {
    model.nodes.push_back({"r" + std::to_string(i),
                           "requant",
                           {"x"},
                           {{"shift", int64_t{0}},
                            {"mult", 2 * i + 3},
                            {"q", int64_t{12}},
                            {"lo", int64_t{-128}},
                            {"hi", int64_t{127}}}});
  }
  model.output = {"x", {"x", {{1}, {{0}}}, 1}};
  return model;
}

// Each node reads the one before it, a view of 128 terms, through 128 maps.
QuantisedModel ManyReadings() {
  QuantisedModel model = SmallModel().model;
  model.inputs = {{"x", {128, 2}, -1, 1, {"x", {{256}, {{0, 1}}}, 1}}};
  model.nodes = {{"flat", "reshape", {"x"}, {{"dims", std::vector<int64_t>{256}}}}};
  std::vector<int64_t> pairs;
  for (int64_t i = 256; i > 0; i -= 2) pairs.insert(pairs.end(), {i - 2, i - 1});
  for (int64_t i = 0; i < 4200; ++i) {
    model.nodes.push_back({"g" + std::to_string(i),
                           "gather",
                           {model.nodes.back().name},
                           {{"axis", int64_t{0}}, {"indices", pairs}}});
  }
  model.output = {model.nodes.back().name, {"y", {{256}, {{0}}}, 1}};
  return model;
}

// 128 maps of 2^20 constants.
QuantisedModel ReadConstants() {
  QuantisedModel model = SmallModel().model;
  model.inputs = {{"x", {4096, 256}, -1, 1, {"x", {{4096, 256}, {{0}, {1}}}, 1}}};
  std::vector<int64_t> runs;
  for (int64_t i = 4096; i > 0; i -= 32) {
    for (int64_t k = 0; k < 32; ++k) runs.push_back(i - 32 + k);
  }
  const auto values = TensorOf({4096 * 256}, SmallIntegers(4096 * 256, 3, 1));
  model.nodes = {
      {"o", "offset", {"x"}, {{"dims", std::vector<int64_t>{4096, 256}}, {"values", values}}},
      {"g", "gather", {"o"}, {{"axis", int64_t{0}}, {"indices", runs}}}};
  model.output = {"g", {"y", {{4096, 256}, {{0}, {1}}}, 1}};
  return model;
}

// 256 products each.
QuantisedModel ManyProducts() {
  QuantisedModel model = SmallModel().model;
  model.inputs = {{"x", {256, 1, 1}, -1, 1, {"x", {{256}, {{0}}}, 1}}};
  model.nodes.clear();
  for (int64_t i = 0; i < 4200; ++i) {
    model.nodes.push_back({"m" + std::to_string(i), "matmul", {"x", "x"}, {}});
  }
  model.output = {"m0", {"y", {{256}, {{0}}}, 1}};
  return model;
}

// Nodes that ask for more than they say: a typed error, soon and in little memory.
TEST(ModelTest, SmallFilesAskForLittle) {
  if (const std::string why = WhyMemoryIsUnlimited(); !why.empty()) GTEST_SKIP() << why;
  for (const QuantisedModel& model :
       {ManyTables(), ManyReadings(), ReadConstants(), ManyProducts()}) {
    const auto file = WriteModel(model);
    ASSERT_TRUE(file.ok());
    EXPECT_LT(file->size(), 6U << 20);
    const ChildEnd end = RunLimited({.more_memory = uint64_t{3} << 29}, [&] {
      const auto read = Model::Read(*file);
      if (read.ok()) return 1;
      if (read.error().message.find("node '") == std::string::npos) return 3;
      return read.error().code == ErrorCode::kLimitExceeded ? 0 : 2;
    });
    EXPECT_EQ(end.exit_code, 0) << model.nodes.back().name;
    EXPECT_EQ(end.signal, 0) << model.nodes.back().name;
  }
}

TEST(ModelTest, OutputsBeyondAStatement) {
  QuantisedModel model = SmallModel().model;
  model.inputs = {{"x", {1 << 12, 1 << 12, 2}, 0, 1, {"x", {{1 << 25}, {{0, 1, 2}}}, 1}}};
  model.nodes = {{"y", "sum", {"x"}, {{"axes", std::vector<int64_t>{0, 1}}}}};
  model.output = {"y", {"y", {{2}, {{2}}}, 1}};
  const auto read = ReadOf(model);
  ASSERT_TRUE(read.ok()) << read.error().message;
  // A proof that says its inputs are public, of which a statement holds no 2^25.
  Bytes proof{'v', 'o', 'i', 'z', 'k', 'v', 'z', 'p', 1, 0, 0, 0};
  proof.insert(proof.end(), read->digest().begin(), read->digest().end());
  proof.insert(proof.end(), {1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  const auto run = VerifyModel(*read, {}, proof);
  ASSERT_FALSE(run.ok());
  EXPECT_EQ(run.error().code, ErrorCode::kProofRejected) << run.error().message;
  EXPECT_TRUE(run.error().Failed(Check::kPublicInput));

  model.nodes.clear();
  model.output = {"x", model.inputs[0].quantity};
  EXPECT_EQ(ReadOf(model).error().code, ErrorCode::kLimitExceeded);
}

}  // namespace
}  // namespace voizk
