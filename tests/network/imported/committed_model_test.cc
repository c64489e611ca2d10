// Models whose weights are committed: a key and a public file that agree, proofs by the one that
// the other verifies, and damaged files of both.
#include "network/model/committed_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "network/model/small_model.h"
#include "network/model_file/key_file.h"
#include "network/model_file/model_file.h"
#include "voizk/model.h"

namespace voizk {
namespace {

using testing::HasSubstr;

SecureVector<uint8_t> SecretBytes(const std::vector<uint8_t>& bytes) {
  return {bytes.begin(), bytes.end()};
}

class CommittedModelTest : public testing::Test {
 protected:
  std::vector<float> Signal(uint32_t seed) const {
    std::vector<float> signal;
    for (const int32_t v : SmallIntegers(12, 50, seed)) signal.push_back(static_cast<float>(v) / 2);
    return signal;
  }
  SmallModel small_;
  std::vector<uint8_t> file_ = *WriteModel(small_.model);
  CommittedModel committed_ = *CommitModel(file_);
  Model key_ = *Model::Read(committed_.key);
  Model open_ = *Model::Read(committed_.open);
};

TEST_F(CommittedModelTest, KeyAndPublicFileAgree) {
  EXPECT_EQ(key_.digest(), open_.digest());
  EXPECT_EQ(key_.digest(), ModelDigest(committed_.open));
  EXPECT_TRUE(key_.committed());
  EXPECT_TRUE(key_.has_key());
  EXPECT_TRUE(open_.committed());
  EXPECT_FALSE(open_.has_key());
  const Model plain = *Model::Read(file_);
  EXPECT_FALSE(plain.committed());
  EXPECT_NE(plain.digest(), open_.digest());
  ASSERT_EQ(open_.rows()[1].op, "committed_conv1d");
  EXPECT_EQ(open_.rows()[1].weights, 0u);
  // Another salt, another commitment.
  EXPECT_NE(CommitModel(file_)->open, committed_.open);
}

TEST_F(CommittedModelTest, TheKeyProvesAndThePublicFileVerifies) {
  const Model plain = *Model::Read(file_);
  for (const bool public_inputs : {false, true}) {
    for (uint32_t seed = 1; seed < 3; ++seed) {
      const std::vector<std::vector<float>> inputs = {Signal(seed)};
      const auto expected = EvaluateModel(plain, inputs);
      const auto run = EvaluateModel(key_, inputs);
      ASSERT_TRUE(run.ok()) << run.error().message;
      EXPECT_EQ(run->output, expected->output);
      const auto proof = ProveModel(key_, inputs, public_inputs, {}, 2);
      ASSERT_TRUE(proof.ok()) << proof.error().message;
      const auto shown = VerifyModel(open_, {}, *proof);
      ASSERT_TRUE(shown.ok()) << shown.error().message;
      EXPECT_EQ(shown->output, expected->output);
      EXPECT_EQ(shown->inputs.size(), public_inputs ? 1u : 0u);
      EXPECT_EQ(VerifyModel(plain, {}, *proof).error().code, ErrorCode::kProofRejected);
    }
  }
}

TEST_F(CommittedModelTest, NoProofWithoutTheKeyOrOfOtherWeights) {
  const std::vector<std::vector<float>> inputs = {Signal(1)};
  for (const auto& error :
       {EvaluateModel(open_, inputs).error(), ProveModel(open_, inputs, false, {}).error()}) {
    EXPECT_EQ(error.code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(error.message, HasSubstr("key"));
  }
  KeyFile key = *ReadKey(committed_.key);
  SmallModel other = small_;
  other.w1[4] += 1;
  other.model.nodes[0].attributes["weight"] = TensorOf({3, 3, 2}, other.w1);
  key.model = SecretBytes(*WriteModel(other.model));
  const Model changed = *Model::Read(WriteKey(key));
  EXPECT_EQ(changed.digest(), open_.digest());  // the same claim, of other weights
  EXPECT_TRUE(EvaluateModel(changed, inputs).ok());
  EXPECT_FALSE(ProveModel(changed, inputs, false, {}).ok());
}

// An LSTM between them: its two matrices are one, of which the key gives every row.
TEST_F(CommittedModelTest, AnLstmIsCommittedTo) {
  QuantisedModel model = small_.model;
  std::vector<int32_t> ramp;
  for (int32_t h = -60; h <= 60; ++h) ramp.push_back(h);
  ModelAttributes a{{"input_weight", TensorOf({16, 3}, SmallIntegers(48, 90, 5))},
                    {"state_weight", TensorOf({16, 4}, SmallIntegers(64, 90, 6))},
                    {"bias", TensorOf({16}, SmallIntegers(16, 500, 7))},
                    {"reverse", int64_t{1}},
                    {"with_cell", int64_t{0}},
                    {"cell_shift", int64_t{5}},
                    {"hidden_shift", int64_t{5}},
                    {"cell_lo", int64_t{-300}},
                    {"cell_hi", int64_t{300}}};
  for (const std::string table : {"sigmoid", "tanh", "cell_tanh"}) {
    a[table] = TensorOf({121}, ramp);
    a[table + "_first"] = int64_t{-60};
    a[table + "_shift"] = int64_t{table == "cell_tanh" ? 1 : 6};
  }
  model.nodes[2] = {"l", "lstm", {"r"}, std::move(a)};
  model.nodes.push_back({"y",
                         "dense",
                         {"l"},
                         {{"weight", TensorOf({4, 24}, SmallIntegers(96, 100, 8))},
                          {"bias", TensorOf({4}, small_.b2)}}});
  const std::vector<uint8_t> file = *WriteModel(model);
  const auto committed = CommitModel(file);
  ASSERT_TRUE(committed.ok()) << committed.error().message;
  const auto key = Model::Read(committed->key), open = Model::Read(committed->open);
  ASSERT_TRUE(key.ok() && open.ok());
  EXPECT_EQ(open->rows()[3].op, "committed_lstm");
  const std::vector<std::vector<float>> inputs = {Signal(3)};
  const auto expected = EvaluateModel(*Model::Read(file), inputs);
  ASSERT_TRUE(expected.ok()) << expected.error().message;
  const auto proof = ProveModel(*key, inputs, false, {});
  ASSERT_TRUE(proof.ok()) << proof.error().message;
  const auto shown = VerifyModel(*open, {}, *proof);
  ASSERT_TRUE(shown.ok()) << shown.error().message;
  EXPECT_EQ(shown->output, expected->output);
}

// An input of a name that the prover gives weights or salt under would take their place.
TEST_F(CommittedModelTest, NoInputIsCalledAsWeightsAre) {
  for (const std::string& name : {std::string("#salt"), small_.model.nodes[0].name + "#weight0"}) {
    QuantisedModel model = small_.model;
    const std::string before = model.inputs[0].name;
    model.inputs[0].name = name;
    for (auto& node : model.nodes) std::ranges::replace(node.inputs, before, name);
    ASSERT_TRUE(WriteModel(model).ok());
    const auto committed = CommitModel(*WriteModel(model));
    ASSERT_FALSE(committed.ok());
    EXPECT_EQ(committed.error().code, ErrorCode::kUnsupported) << committed.error().message;
    EXPECT_THAT(committed.error().message, HasSubstr("called as weights are"));
  }
}

TEST_F(CommittedModelTest, DamagedFilesAreRefused) {
  for (size_t size = 0; size < committed_.key.size(); size += 331) {
    EXPECT_FALSE(Model::Read(std::span(committed_.key).first(size)).ok()) << size;
  }
  KeyFile key = *ReadKey(committed_.key);
  EXPECT_EQ(WriteKey(key), committed_.key);
  KeyFile plain_key = key;
  plain_key.open = file_;
  EXPECT_EQ(Model::Read(WriteKey(plain_key)).error().code, ErrorCode::kMalformed);
  key.model = SecretBytes(committed_.open);  // a key of a key
  EXPECT_EQ(Model::Read(WriteKey(key)).error().code, ErrorCode::kInvalidArgument);
  SplitModel split = *TakeWeights(small_.model);
  EXPECT_EQ(Model::Read(*WriteModel(split.open)).error().code, ErrorCode::kMalformed);
  split.open.commitment.assign(1024, INT32_MAX);
  EXPECT_EQ(Model::Read(*WriteModel(split.open)).error().code, ErrorCode::kMalformed);
  split.open.commitment.assign(1023, 0);
  EXPECT_EQ(Model::Read(*WriteModel(split.open)).error().code, ErrorCode::kMalformed);
  QuantisedModel plain = small_.model;
  plain.commitment.assign(1024, 0);
  EXPECT_EQ(Model::Read(*WriteModel(plain)).error().code, ErrorCode::kMalformed);
}

TEST_F(CommittedModelTest, WhatCannotBeCommittedToIsNamed) {
  QuantisedModel model = small_.model;
  std::vector<int32_t> wide = small_.b1;
  wide[0] = 1 << 29;
  model.nodes[0].attributes["bias"] = TensorOf({3}, wide);
  const auto error = TakeWeights(model).error();
  EXPECT_EQ(error.code, ErrorCode::kUnsupported);
  EXPECT_THAT(error.message, HasSubstr("node 'c' (conv1d)"));
  model = small_.model;
  model.nodes.erase(model.nodes.begin());
  model.nodes.pop_back();
  model.nodes[0].inputs = {"x"};
  model.output = {"r", {"r", {{1, 2, 6}, {{}, {1}, {0}}}, 1}};
  EXPECT_EQ(TakeWeights(model).error().code, ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace voizk
