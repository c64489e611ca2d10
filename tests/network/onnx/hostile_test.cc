// Guards the reader against files that lie: each rule by a file that breaks it and nothing else,
// and every truncation and bit flip of a small file by what does not happen.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "network/float_operations/execute.h"
#include "network/onnx/proto.h"
#include "network/onnx/read_onnx.h"
#include "network/specialise/specialise.h"
#include "support/temp_dir.h"

namespace voizk {
namespace {

onnx::NodeProto* AddNode(onnx::GraphProto& graph, const std::string& op,
                         const std::vector<std::string>& inputs,
                         const std::vector<std::string>& outputs) {
  onnx::NodeProto* node = graph.add_node();
  node->set_op_type(op);
  node->set_name("the_" + op);
  for (const std::string& input : inputs) node->add_input(input);
  for (const std::string& output : outputs) node->add_output(output);
  return node;
}

void AddGraphAttribute(onnx::NodeProto& node, const std::string& name, onnx::GraphProto graph) {
  onnx::AttributeProto* attribute = node.add_attribute();
  attribute->set_name(name);
  attribute->set_type(onnx::AttributeProto::GRAPH);
  *attribute->mutable_g() = std::move(graph);
}

onnx::TensorProto* AddTensor(onnx::GraphProto& graph, const std::string& name, Dims dims,
                             size_t values) {
  onnx::TensorProto* tensor = graph.add_initializer();
  tensor->set_name(name);
  tensor->set_data_type(onnx::TensorProto::FLOAT);
  for (const int64_t dim : dims) tensor->add_dims(dim);
  tensor->set_raw_data(std::string(values * 4, '\0'));
  return tensor;
}

// x [2] -> Relu -> y, with a weight that an Add puts to it.
onnx::ModelProto SmallModel() {
  onnx::ModelProto model;
  model.set_ir_version(8);
  onnx::OperatorSetIdProto* opset = model.add_opset_import();
  opset->set_version(17);
  onnx::GraphProto& graph = *model.mutable_graph();
  graph.set_name("small");
  onnx::ValueInfoProto* x = graph.add_input();
  x->set_name("x");
  x->mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
  x->mutable_type()->mutable_tensor_type()->mutable_shape()->add_dim()->set_dim_value(2);
  AddTensor(graph, "w", {2}, 2);
  AddNode(graph, "Relu", {"x"}, {"r"});
  AddNode(graph, "Add", {"r", "w"}, {"y"});
  graph.add_output()->set_name("y");
  return model;
}

Result<FloatGraph> ReadModel(const onnx::ModelProto& model) {
  return ReadOnnxBytes(AsBytes(model.SerializeAsString()));
}

// What is wrong with the small model after `change`.
struct Bad {
  const char* what;
  std::function<void(onnx::ModelProto&)> change;
  ErrorCode code;
  const char* message;  // a part of it
};

void ExpectRefused(const Bad& bad) {
  onnx::ModelProto model = SmallModel();
  bad.change(model);
  const auto graph = ReadModel(model);
  ASSERT_FALSE(graph.ok()) << bad.what;
  EXPECT_EQ(graph.error().code, bad.code) << bad.what << ": " << graph.error().message;
  EXPECT_NE(graph.error().message.find(bad.message), std::string::npos)
      << bad.what << ": " << graph.error().message;
}

TEST(HostileOnnx, TheSmallModelItselfIsRead) {
  const auto graph = ReadModel(SmallModel());
  ASSERT_TRUE(graph.ok()) << graph.error().message;
  const auto out = Execute(*graph, std::vector<FloatTensor>{{{2}, std::vector<float>{-1, 3}}});
  ASSERT_TRUE(out.ok()) << out.error().message;
  EXPECT_EQ((*out)[0].floats(), (std::vector<float>{0, 3}));
}

TEST(HostileOnnx, NamesAndOrder) {
  using onnx::ModelProto;
  const Bad all[] = {
      {"written twice", [](ModelProto& m) { AddNode(*m.mutable_graph(), "Neg", {"x"}, {"r"}); },
       ErrorCode::kMalformed, "written twice"},
      {"initialiser written again",
       [](ModelProto& m) { AddNode(*m.mutable_graph(), "Neg", {"x"}, {"w"}); },
       ErrorCode::kMalformed, "node the_Neg (Neg): value \"w\" is written twice"},
      {"never written",
       [](ModelProto& m) { m.mutable_graph()->mutable_node(1)->set_input(0, "z"); },
       ErrorCode::kMalformed, "node the_Add (Add): reads \"z\", which is never written"},
      {"cycle", [](ModelProto& m) { m.mutable_graph()->mutable_node(0)->set_input(0, "y"); },
       ErrorCode::kMalformed, "depends on its own output"},
      {"missing output", [](ModelProto& m) { m.mutable_graph()->mutable_output(0)->set_name("z"); },
       ErrorCode::kMalformed, "output \"z\" is never written"},
      {"no outputs", [](ModelProto& m) { m.mutable_graph()->clear_output(); },
       ErrorCode::kMalformed, "no outputs"},
      {"unnamed initialiser",
       [](ModelProto& m) { m.mutable_graph()->mutable_initializer(0)->clear_name(); },
       ErrorCode::kMalformed, "no name"},
      {"unknown operation",
       [](ModelProto& m) { m.mutable_graph()->mutable_node(0)->set_op_type("NonZero"); },
       ErrorCode::kUnsupported, "node the_Relu (NonZero): is not among"},
      {"our own operation",
       [](ModelProto& m) { m.mutable_graph()->mutable_node(0)->set_op_type("Affine"); },
       ErrorCode::kUnsupported, "is not among"},
      {"another domain",
       [](ModelProto& m) { m.mutable_graph()->mutable_node(0)->set_domain("com.microsoft"); },
       ErrorCode::kUnsupported, "node the_Relu (Relu): is of domain com.microsoft"},
      {"opset 9", [](ModelProto& m) { m.mutable_opset_import(0)->set_version(9); },
       ErrorCode::kUnsupported, "opset 9"},
      {"opset 21", [](ModelProto& m) { m.mutable_opset_import(0)->set_version(21); },
       ErrorCode::kUnsupported, "opset 21"},
      {"no opset", [](ModelProto& m) { m.clear_opset_import(); }, ErrorCode::kMalformed,
       "no opset"},
      {"no graph", [](ModelProto& m) { m.clear_graph(); }, ErrorCode::kMalformed, "no graph"},
      {"functions", [](ModelProto& m) { m.add_functions()->set_name("f"); },
       ErrorCode::kUnsupported, "functions"},
  };
  for (const Bad& bad : all) ExpectRefused(bad);
}

TEST(HostileOnnx, TensorsAndDims) {
  using onnx::ModelProto;
  const auto tensor = [](ModelProto& m) { return m.mutable_graph()->mutable_initializer(0); };
  const auto dim = [](ModelProto& m) {
    return m.mutable_graph()->mutable_input(0)->mutable_type()->mutable_tensor_type();
  };
  const Bad all[] = {
      {"too few data", [&](ModelProto& m) { tensor(m)->set_dims(0, 3); }, ErrorCode::kMalformed,
       "data are not as many"},
      {"too many data", [&](ModelProto& m) { tensor(m)->set_dims(0, 1); }, ErrorCode::kMalformed,
       "data are not as many"},
      {"huge dim", [&](ModelProto& m) { tensor(m)->set_dims(0, INT64_MAX); },
       ErrorCode::kLimitExceeded, "more than 2^30"},
      {"dims that overflow",
       [&](ModelProto& m) {
         tensor(m)->set_dims(0, int64_t{1} << 32);
         tensor(m)->add_dims(int64_t{1} << 32);
       },
       ErrorCode::kLimitExceeded, "more than 2^30"},
      {"claims 2 GB", [&](ModelProto& m) { tensor(m)->set_dims(0, 1 << 29); },
       ErrorCode::kMalformed, "data are not as many"},
      {"negative dim", [&](ModelProto& m) { tensor(m)->set_dims(0, -2); }, ErrorCode::kMalformed,
       "negative"},
      {"rank 9",
       [&](ModelProto& m) {
         for (int d = 0; d < 8; ++d) tensor(m)->add_dims(1);
       },
       ErrorCode::kLimitExceeded, "rank 9"},
      {"strings", [&](ModelProto& m) { tensor(m)->set_data_type(onnx::TensorProto::STRING); },
       ErrorCode::kUnsupported, "type 8"},
      {"input of rank 9",
       [&](ModelProto& m) {
         for (int d = 0; d < 8; ++d) dim(m)->mutable_shape()->add_dim();
       },
       ErrorCode::kLimitExceeded, "more than 8 dims"},
      {"huge input",
       [&](ModelProto& m) {
         dim(m)->mutable_shape()->mutable_dim(0)->set_dim_value(int64_t{1} << 40);
       },
       ErrorCode::kLimitExceeded, "more than 2^30"},
      {"sparse", [](ModelProto& m) { m.mutable_graph()->add_sparse_initializer()->add_dims(1); },
       ErrorCode::kUnsupported, "sparse"},
  };
  for (const Bad& bad : all) ExpectRefused(bad);
}

onnx::GraphProto Nested(int depth) {
  onnx::GraphProto graph;
  graph.set_name("nested");
  if (depth == 0) {
    AddNode(graph, "Neg", {"x"}, {"n"});
    graph.add_output()->set_name("n");
    return graph;
  }
  const std::string out = "n" + std::to_string(depth);
  onnx::NodeProto* node = AddNode(graph, "If", {"c"}, {out});
  AddGraphAttribute(*node, "then_branch", Nested(depth - 1));
  onnx::GraphProto other;
  AddNode(other, "Abs", {"x"}, {"a"});
  other.add_output()->set_name("a");
  AddGraphAttribute(*node, "else_branch", other);
  graph.add_output()->set_name(out);
  return graph;
}

Result<FloatGraph> ReadNested(int depth) {
  onnx::ModelProto model = SmallModel();
  onnx::GraphProto graph = Nested(depth);
  onnx::TensorProto* condition = graph.add_initializer();
  condition->set_name("c");
  condition->set_data_type(onnx::TensorProto::BOOL);
  condition->add_int32_data(1);
  *graph.add_input() = model.graph().input(0);
  *model.mutable_graph() = graph;
  return ReadModel(model);
}

TEST(HostileOnnx, DeepNesting) {
  const auto shallow = ReadNested(8);
  ASSERT_TRUE(shallow.ok()) << shallow.error().message;
  const auto flat = FixInputs(*shallow, {});
  ASSERT_TRUE(flat.ok()) << flat.error().message;
  ASSERT_EQ(flat->nodes.size(), 1u);
  EXPECT_EQ(flat->nodes[0].op, "Neg");
  for (const int depth : {9, 12, 25}) {
    const auto deep = ReadNested(depth);
    ASSERT_FALSE(deep.ok()) << depth;
    EXPECT_EQ(deep.error().code, ErrorCode::kLimitExceeded) << depth;
  }
}

// The memory that protobuf would take for empty messages is bounded before it is asked to.
TEST(HostileOnnx, ManyEmptyMessages) {
  std::string nodes;
  for (int i = 0; i < (1 << 22) + 1; ++i) nodes += std::string("\x0a\x00", 2);  // node { }
  std::string file = "\x3a";                                                    // graph
  for (size_t n = nodes.size(); n > 0; n >>= 7) {
    file += static_cast<char>((n & 127) | (n > 127 ? 128 : 0));
  }
  const auto graph = ReadOnnxBytes(AsBytes(file + nodes));
  ASSERT_FALSE(graph.ok());
  EXPECT_EQ(graph.error().code, ErrorCode::kLimitExceeded) << graph.error().message;
}

onnx::ModelProto Looping(int64_t trips, int depth) {
  onnx::ModelProto model = SmallModel();
  onnx::GraphProto& graph = *model.mutable_graph();
  onnx::TensorProto* count = graph.add_initializer();
  count->set_name("trips");
  count->set_data_type(onnx::TensorProto::INT64);
  count->add_int64_data(trips);
  onnx::GraphProto body;
  for (int level = 0; level < depth; ++level) {
    onnx::GraphProto outer;
    const std::string at = std::to_string(level);
    for (const std::string& name : {"i" + at, "c" + at}) outer.add_input()->set_name(name);
    if (level > 0) AddGraphAttribute(*AddNode(outer, "Loop", {"trips", ""}, {}), "body", body);
    outer.add_output()->set_name("c" + at);
    body = outer;
  }
  AddGraphAttribute(*AddNode(graph, "Loop", {"trips", ""}, {}), "body", body);
  return model;
}

TEST(HostileOnnx, LoopsThatNeverEnd) {
  const std::vector<FloatTensor> inputs{{{2}, std::vector<float>{1, 2}}};
  for (const auto& [trips, depth] :
       std::vector<std::pair<int64_t, int>>{{1 << 20, 1}, {60000, 5}}) {
    const auto graph = ReadModel(Looping(trips, depth));
    ASSERT_TRUE(graph.ok()) << graph.error().message;
    ExecuteOptions options;
    options.max_work = 1 << 24;
    const auto out = Execute(*graph, inputs, options);
    ASSERT_FALSE(out.ok());
    EXPECT_EQ(out.error().code, ErrorCode::kLimitExceeded) << out.error().message;
    const auto flat = FixInputs(*graph, {}, options);
    ASSERT_FALSE(flat.ok());
    EXPECT_EQ(flat.error().code, ErrorCode::kLimitExceeded) << flat.error().message;
  }
}

TEST(HostileOnnx, MemoryAndInterruption) {
  onnx::ModelProto model = SmallModel();
  onnx::TensorProto* shape = model.mutable_graph()->add_initializer();
  shape->set_name("shape");
  shape->set_data_type(onnx::TensorProto::INT64);
  shape->add_dims(2);
  shape->add_int64_data(1 << 29);
  shape->add_int64_data(2);
  AddNode(*model.mutable_graph(), "Expand", {"x", "shape"}, {"large"});
  model.mutable_graph()->add_output()->set_name("large");
  const auto graph = ReadModel(model);
  ASSERT_TRUE(graph.ok()) << graph.error().message;
  const std::vector<FloatTensor> inputs{{{2}, std::vector<float>{1, 2}}};
  ExecuteOptions options;
  options.max_bytes = 1 << 20;
  const auto large = Execute(*graph, inputs, options);
  ASSERT_FALSE(large.ok());
  EXPECT_EQ(large.error().code, ErrorCode::kLimitExceeded);
  EXPECT_NE(large.error().message.find("the_Expand (Expand)"), std::string::npos);
  options.interrupted = [] { return true; };
  const auto stopped = Execute(*graph, inputs, options);
  ASSERT_FALSE(stopped.ok());
  EXPECT_EQ(stopped.error().code, ErrorCode::kRefused);
}

class ExternalData : public testing::Test {
 protected:
  // The small model with its weight in a file beside it.
  Result<FloatGraph> Read(const std::string& location, const std::string& offset,
                          const std::string& length) {
    onnx::ModelProto model = SmallModel();
    onnx::TensorProto* w = model.mutable_graph()->mutable_initializer(0);
    w->clear_raw_data();
    w->set_data_location(onnx::TensorProto::EXTERNAL);
    for (const auto& [key, value] : {std::pair{"location", location}, std::pair{"offset", offset},
                                     std::pair{"length", length}}) {
      if (value.empty()) continue;
      auto* entry = w->add_external_data();
      entry->set_key(key);
      entry->set_value(value);
    }
    const std::string path = Path("model.onnx");
    std::ofstream(path, std::ios::binary) << model.SerializeAsString();
    return ReadOnnx(path);
  }

  std::string Path(const std::string& name) const { return (dir_ / name).string(); }

  TempDir dir_;
};

TEST_F(ExternalData, InTheFolderOnly) {
  const float values[] = {1, 2, 3, 4};
  std::ofstream(Path("w.bin"), std::ios::binary)
      .write(reinterpret_cast<const char*>(values), sizeof values);
  const auto good = Read("w.bin", "4", "8");
  ASSERT_TRUE(good.ok()) << good.error().message;
  const auto out = Execute(*good, std::vector<FloatTensor>{{{2}, std::vector<float>{0, 0}}});
  ASSERT_TRUE(out.ok());
  EXPECT_EQ((*out)[0].floats(), (std::vector<float>{2, 3}));
  EXPECT_TRUE(Read("w.bin", "", "").ok());

  std::filesystem::create_symlink(Path("w.bin"), Path("link.bin"));
  std::filesystem::create_directory(Path("sub"));
  ASSERT_EQ(mkfifo(Path("pipe").c_str(), 0600), 0);
  for (const char* location : {"/etc/passwd", "../w.bin", "sub/w.bin", "./w.bin", "..", ".", "",
                               "link.bin", "sub", "pipe", "absent.bin"}) {
    EXPECT_FALSE(Read(location, "0", "8").ok()) << location;
  }
  for (const auto& [offset, length] :
       std::vector<std::pair<std::string, std::string>>{{"12", "8"},
                                                        {"17", "8"},
                                                        {"18446744073709551612", "8"},
                                                        {"-4", "8"},
                                                        {"0", "4"},
                                                        {"99999999999999999999", "8"},
                                                        {"4x", "8"}}) {
    const auto bad = Read("w.bin", offset, length);
    EXPECT_FALSE(bad.ok()) << offset << ", " << length;
  }
}

// Whatever is left of a file: read or refused, and when read, run or refused.
void Try(const std::string& bytes) {
  const auto graph = ReadOnnxBytes(AsBytes(bytes));
  if (!graph.ok()) return;
  ExecuteOptions options;
  options.max_bytes = 1 << 24;
  options.max_work = 1 << 24;
  const auto flat = FixInputs(*graph, {}, options);
  if (flat.ok()) (void)Simplify(*flat, options).ok();
  (void)Execute(*graph, std::vector<FloatTensor>{{{2}, std::vector<float>{1, 2}}}, options).ok();
}

TEST(HostileOnnx, TruncationsAndBitFlips) {
  for (const std::string& bytes :
       {SmallModel().SerializeAsString(), Looping(3, 2).SerializeAsString()}) {
    for (size_t n = 0; n < bytes.size(); ++n) Try(bytes.substr(0, n));
    for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      std::string flipped = bytes;
      flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
      Try(flipped);
    }
  }
}

}  // namespace
}  // namespace voizk
