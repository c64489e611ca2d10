// Guards the float operations: every one, on random shapes and attributes, against ONNX Runtime,
// as read from a file, after its input shapes were fixed, and after it was simplified.
#include <gtest/gtest.h>

#include <set>

#include "network/float_operations/execute.h"
#include "network/float_operations/table.h"
#include "network/onnx/case_files.h"
#include "network/onnx/read_onnx.h"
#include "network/specialise/specialise.h"

namespace voizk {
namespace {

constexpr double kTolerance = 2e-5;  // sums of a few hundred floats in another order

// Silero's sampling rate, which decides an If, and is fixed with the shapes.
bool IsSileroRate(const OnnxCase& c, const FloatTensor& input) {
  return c.name.starts_with("silero") && input.is_int();
}

void ExpectOutputs(const FloatGraph& graph, const OnnxCase& c, const char* stage) {
  ThreadPool pool(2);
  ExecuteOptions options;
  options.pool = &pool;
  std::vector<FloatTensor> inputs;
  for (const FloatTensor& input : c.inputs) {
    if (graph.inputs.size() == c.inputs.size() || !IsSileroRate(c, input)) inputs.push_back(input);
  }
  const auto outputs = Execute(graph, inputs, options);
  if (!outputs.ok()) {
    ADD_FAILURE() << stage << ": " << outputs.error().message;
    return;
  }
  ASSERT_EQ(outputs->size(), c.outputs.size()) << stage;
  for (size_t i = 0; i < outputs->size(); ++i) {
    EXPECT_LE(Difference((*outputs)[i], c.outputs[i]), kTolerance)
        << stage << ", output " << i << " " << ToString((*outputs)[i].dims()) << " against "
        << ToString(c.outputs[i].dims());
  }
}

FixedInputs FixedFor(const FloatGraph& graph, const OnnxCase& c) {
  FixedInputs fixed;
  for (size_t i = 0; i < c.inputs.size(); ++i) {
    const std::string& name = graph.values[graph.inputs[i]].name;
    fixed.dims[name] = c.inputs[i].dims();
    if (IsSileroRate(c, c.inputs[i])) fixed.values[name] = c.inputs[i];
  }
  return fixed;
}

// Cases that only execution can run: the shape of what they give depends on input values, as their
// error says.
bool NeedsValues(const OnnxCase& c) { return c.name == "if_two_shapes"; }

void CheckFlat(const FloatGraph& graph) {
  EXPECT_TRUE(CheckFloatGraph(graph).ok());
  for (const FloatGraphValue& value : graph.values) {
    EXPECT_TRUE(value.type && value.dims) << value.name;
  }
  for (const FloatNode& node : graph.nodes) {
    EXPECT_TRUE(FindFloatOperation(node.op)) << node.op;
    EXPECT_NE(node.op, "Identity");
  }
}

TEST(OnnxCases, AgreeWithOnnxRuntime) {
  const std::vector<OnnxCase> cases = LoadCases();
  if (cases.empty()) GTEST_SKIP() << "no cases: onnx and onnxruntime could not be installed";
  std::set<std::string, std::less<>> covered;
  for (const OnnxCase& c : cases) {
    SCOPED_TRACE(c.name);
    const auto graph = ReadOnnx(c.model);
    if (!graph.ok()) {
      ADD_FAILURE() << graph.error().message;
      continue;
    }
    for (const FloatNode& node : graph->nodes) covered.insert(node.op);
    ExpectOutputs(*graph, c, "as read");
    const auto flat = FixInputs(*graph, FixedFor(*graph, c));
    if (NeedsValues(c)) {
      EXPECT_FALSE(flat.ok());
      continue;
    }
    if (!flat.ok()) {
      ADD_FAILURE() << "fixed: " << flat.error().message;
      continue;
    }
    CheckFlat(*flat);
    ExpectOutputs(*flat, c, "fixed");
    const auto simple = Simplify(*flat);
    if (!simple.ok()) {
      ADD_FAILURE() << "simplified: " << simple.error().message;
      continue;
    }
    CheckFlat(*simple);
    ExpectOutputs(*simple, c, "simplified");
  }
  for (const std::string_view op : FloatOperationNames()) {
    if (!IsOnnxOperation(op) || op == "RMSNormalization") continue;  // of opset 23, and our own
    EXPECT_TRUE(covered.contains(op) || op == "SequenceEmpty" || op == "SequenceInsert") << op;
  }
}

// With its published weights, in each of its three forms, step by step with the state handed on.
TEST(OnnxCases, SileroVad) {
  size_t steps = 0;
  for (const OnnxCase& c : LoadCases()) {
    if (!c.name.starts_with("silero")) continue;
    SCOPED_TRACE(c.name);
    const auto graph = ReadOnnx(c.model);
    ASSERT_TRUE(graph.ok()) << graph.error().message;
    const auto flat = FixInputs(*graph, FixedFor(*graph, c));
    ASSERT_TRUE(flat.ok()) << flat.error().message;
    const auto simple = Simplify(*flat);
    ASSERT_TRUE(simple.ok()) << simple.error().message;
    ExpectOutputs(*simple, c, "simplified");
    EXPECT_LT(simple->nodes.size(), 60u);
    ++steps;
  }
  if (steps == 0) GTEST_SKIP() << "no weights: VOIZK_SPEECH_DIR has no weights/silero";
  EXPECT_EQ(steps, 9u);
}

// The nodes that are left when a case has been simplified.
std::string OpsAfterSimplify(const std::string& name) {
  for (const OnnxCase& c : LoadCases()) {
    if (c.name != name) continue;
    const auto graph = ReadOnnx(c.model);
    if (!graph.ok()) return graph.error().message;
    const auto flat = FixInputs(*graph, FixedFor(*graph, c));
    if (!flat.ok()) return flat.error().message;
    const auto simple = Simplify(*flat);
    if (!simple.ok()) return simple.error().message;
    std::string ops;
    for (const FloatNode& node : simple->nodes) ops += (ops.empty() ? "" : " ") + node.op;
    return ops;
  }
  return "no such case";
}

TEST(OnnxCases, SimplifyLeavesTheseOperations) {
  if (LoadCases().empty()) GTEST_SKIP() << "no cases: onnx could not be installed";
  const std::pair<const char*, const char*> expected[] = {
      {"merge_conv_bn_relu", "Conv Relu"},
      {"merge_bn_conv", "Conv"},
      {"merge_bn_conv_padded", "Affine Conv"},
      {"merge_scale_conv_padded", "Conv"},
      {"merge_bn_grouped_conv", "Conv"},
      {"merge_convtranspose_bn", "ConvTranspose"},
      {"merge_conv_two_readers", "Conv Affine Add"},
      {"merge_conv_output", "Conv Affine"},
      {"merge_conv_mul_add", "Conv"},
      {"merge_conv_wrong_axis", "Conv Mul"},
      {"merge_gemm_bn", "Gemm"},
      {"merge_matmul_add_mul", "MatMul Add"},
      {"merge_sub", "MatMul Add"},
      {"merge_relu_bn_bn", "Relu Affine"},
      {"fuse_layernorm", "LayerNormalization"},
      {"fuse_layernorm_mul", "LayerNormalization"},
      {"fuse_layernorm_plain", "LayerNormalization"},
      {"fuse_rmsnorm", "RMSNormalization"},
      {"fuse_rmsnorm_div", "RMSNormalization"},
      {"fuse_gelu", "Gelu"},
      {"fuse_gelu_other", "Gelu"},
      {"fuse_gelu_mul", "Gelu"},
      {"fuse_gelu_tanh", "Gelu"},
      {"fuse_gelu_wrong", "Div Erf Add Mul Mul"},
      {"fuse_silu", "Silu"},
      {"fuse_silu_kept", "Sigmoid Mul"},
      {"fuse_mask", "MaskedSoftmax"},
      {"fuse_mask_added", "MaskedSoftmax"},
      {"fuse_mask_kept", "Add Softmax"},
      {"fuse_hardswish", "HardSwish"},
      {"fuse_hardswish_clip", "HardSwish"},
      {"fold_shape", "Reshape"},
      {"if_shape", "Mul"},
  };
  for (const auto& [name, ops] : expected) EXPECT_EQ(OpsAfterSimplify(name), ops) << name;
}

}  // namespace
}  // namespace voizk
