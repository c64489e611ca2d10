#include "proof/protocol/small_relations.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "proof/protocol/driver.h"
#include "proof/prover/prover.h"
#include "relation/builder/builder.h"
#include "relation/builder/steps.h"
#include "relation/builder/view_arithmetic.h"
#include "relation/builder/views.h"
#include "relation/execution/executor.h"
#include "relation/gadgets/boolean.h"
#include "relation/gadgets/commit.h"
#include "relation/gadgets/division.h"
#include "relation/gadgets/lattice.h"
#include "relation/gadgets/maximum.h"
#include "relation/gadgets/range.h"
#include "relation/gadgets/table.h"

namespace voizk {

namespace {

std::vector<int32_t> Random(size_t n, int lo, int hi, uint32_t seed) {
  std::mt19937 rng(seed);
  std::vector<int32_t> v(n);
  for (auto& x : v) x = lo + static_cast<int>(rng() % static_cast<uint32_t>(hi - lo + 1));
  return v;
}

int32_t Relu7(int64_t h) { return static_cast<int32_t>(std::clamp<int64_t>(h, 0, 127)); }

Sample Finish(std::string name, Builder&& builder, const Inputs& inputs) {
  auto relation = std::move(builder).Finish();
  if (!relation.ok()) {
    ADD_FAILURE() << name << ": " << relation.error().message;
    std::abort();
  }
  auto shared = std::make_shared<const Relation>(std::move(relation).value());
  auto witness = Execute(*shared, inputs, nullptr);
  if (!witness.ok()) {
    ADD_FAILURE() << name << ": " << witness.error().message;
    std::abort();
  }
  return {std::move(name), std::move(shared), std::move(witness).value()};
}

}  // namespace

Sample DenseNetwork(uint32_t seed) {
  Builder b;
  const TensorId x = gadgets::Input(b, "x", MakeShape({1, 20}), -128, 127);
  const TensorId h = gadgets::Requant(
      b, "h", views::Dense(b, x, 12, Random(240, -60, 60, 1), Random(12, -500, 500, 2)), 7, Relu7);
  gadgets::Requant(b, "y", views::Dense(b, h, 5, Random(60, -60, 60, 3), Random(5, -500, 500, 4)),
                   6, Relu7);
  return Finish("dense", std::move(b), {{"x", Random(20, -128, 127, seed)}});
}

Sample ConvolutionNetwork(uint32_t seed) {
  Builder b;
  const TensorId x = gadgets::Input(b, "x", MakeShape({17, 6}), -128, 127);
  const WeightsId w1 = b.AddWeights(MakeShape({4, 3, 3}), Random(36, -60, 60, 1));
  const TensorId h = gadgets::Requant(
      b, "h", views::Conv1d(b, x, w1, Random(4, -99, 99, 2), 8, 2, 2, 2, 2), 6, Relu7);
  const WeightsId w2 = b.AddWeights(MakeShape({3, 5, 4}), Random(60, -60, 60, 3));
  gadgets::Requant(b, "y", views::Conv1d(b, h, w2, Random(3, -99, 99, 4), 8, 1, 1, 2, 1), 6, Relu7);
  const TensorId image = gadgets::Input(b, "image", MakeShape({6, 5, 3}), -128, 127);
  Conv conv;
  conv.weights = b.AddWeights(MakeShape({2, 3, 3, 3}), Random(54, -60, 60, 5));
  conv.spatial = 2;
  conv.stride = {2, 1};
  conv.pad = {1, 1};
  gadgets::Requant(b, "z", views::Conv2d(b, image, conv, Random(2, -99, 99, 6), 3, 5), 6, Relu7);
  return Finish("convolutions", std::move(b),
                {{"x", Random(102, -128, 127, seed)}, {"image", Random(90, -128, 127, seed + 1)}});
}

Sample EveryConstraint(uint32_t seed) {
  Builder b;
  const TensorId x = gadgets::Input(b, "x", MakeShape({9, 4}), -100, 100);
  const TensorId d = gadgets::Input(b, "d", MakeShape({9, 4}), 1, 50);
  gadgets::Mul(b, "square", b.Identity(x), b.Identity(x), MakeShape({9, 4}));
  gadgets::Mul(b, "energy", b.Identity(x), b.Identity(x), MakeShape({9}));
  gadgets::FloorDiv(b, "quotient", views::Offset(b.Identity(x), 100), b.Identity(d));
  gadgets::Materialise(b, "sum", views::SumOver(b, x, 1));
  gadgets::Max(b, "max", b.Identity(x), MakeShape({9}));
  gadgets::Range(b, views::SumOver(b, x, 1), -400, 400, "range");
  return Finish("every constraint", std::move(b),
                {{"x", Random(36, -100, 100, seed)}, {"d", Random(36, 1, 50, seed + 1)}});
}

Sample Tiny(uint32_t seed) {
  Builder b;
  const TensorId x = gadgets::Input(b, "x", MakeShape({4}), 0, 15);
  gadgets::Requant(b, "y", b.Identity(x), 2, [](int64_t v) { return static_cast<int32_t>(v); });
  return Finish("tiny", std::move(b), {{"x", Random(4, 0, 15, seed)}});
}

Sample Booleans(uint32_t seed) {
  Builder b;
  b.AddStep(steps::Input("bits", gadgets::Boolean(b, "bits", MakeShape({3, 5}))));
  return Finish("booleans", std::move(b), {{"bits", Random(15, 0, 1, seed)}});
}

Sample Equalities(uint32_t seed) {
  Builder b;
  const TensorId x = gadgets::Input(b, "x", MakeShape({1}), 0, 3);
  gadgets::Materialise(b, "y", views::Offset(views::Scale(b.Identity(x), -3), 1));
  return Finish("equalities", std::move(b), {{"x", Random(1, 0, 3, seed)}});
}

Sample PublicInputsAndOutputs(uint32_t seed) {
  Builder b;
  const TensorId secret = gadgets::Input(b, "secret", MakeShape({3, 5}), -100, 100);
  const TensorId matrix = gadgets::Public(b, "matrix", MakeShape({3, 2, 5}), -9, 9);
  const Shape rows = MakeShape({3, 2, 5});
  const TensorId product =
      gadgets::Mul(b, "product", b.Identity(matrix), ViewOf(b, secret, rows, {From(0), From(2)}),
                   MakeShape({3, 2}));
  // A view with a constant, two terms and another range than the constraints alone would give it.
  const View both = views::Offset(
      views::Add(views::Scale(ViewOf(b, product, MakeShape({3}), {From(0), At(0)}), -2),
                 ViewOf(b, product, MakeShape({3}), {From(0), At(1)})),
      7);
  b.AddPublicInput("both", both, -20000, 20000);
  const TensorId h = gadgets::Requant(b, "h", b.Identity(product), 5, Relu7);
  b.AddPublicInput("output", b.Identity(h), 0, 127);
  return Finish("public inputs", std::move(b),
                {{"secret", Random(15, -100, 100, seed)}, {"matrix", Random(30, -9, 9, seed + 1)}});
}

Sample EveryForm(uint32_t seed) {
  Builder b;
  const Shape four = MakeShape({2, 3, 4, 5});
  const TensorId x = gadgets::Input(b, "x", four, -50, 50);
  const TensorId image = gadgets::Public(b, "image", MakeShape({7, 6, 4}), -20, 20);
  const TensorId bits = gadgets::Boolean(b, "bits", MakeShape({6}));
  b.AddStep(steps::Input("bits", bits));
  // Weighted and plain sums, a fixed index, a broadcast, strides of both signs, reading past the
  // end.
  const Shape three = MakeShape({3, 4, 6});
  View v = ViewOf(b, x, three, {Summed({3, -2}), From(0), From(1), Summed()});
  v = views::Add(
      v, views::Scale(ViewOf(b, x, three, {At(1), At(2), From(1, -1, 3), From(2, 2, -3)}), 7));
  v = views::Add(v, WindowOf(b, bits, three, {From(2)}, 1, 1, 3));
  v = views::Sub(v, ViewOf(b, bits, three, {From(2, -1, 5)}));
  View constant;
  constant.shape = three;
  constant.constants.push_back({.dim_mask = 0b101, .values = Random(18, -300, 300, 11)});
  constant.constants.push_back({.dim_mask = 0, .values = {-9}});
  v = views::Add(v, constant);
  const TensorId h = gadgets::Requant(b, "h", v, 4, Relu7);
  // Products of rank 4 summed over one and two dimensions, and pointwise.
  gadgets::Mul(b, "sum of one", b.Identity(x),
               ViewOf(b, x, four, {At(0), From(1), From(2), From(3)}), MakeShape({2, 3, 4}));
  gadgets::Mul(b, "sum of two", b.Identity(x), ViewOf(b, x, four, {From(0), At(1), At(0), From(3)}),
               MakeShape({2, 3}));
  gadgets::Mul(b, "pointwise", b.Identity(h), views::Offset(b.Identity(h), -3), three);
  Conv conv;
  conv.weights = b.AddWeights(MakeShape({6, 3, 2, 2}), Random(72, -90, 90, 12));
  conv.spatial = 2;
  conv.stride = {2, 1};
  conv.dilation = {1, 2};
  conv.pad = {1, -1};
  conv.groups = 2;
  const TensorId y = gadgets::Requant(
      b, "y", views::Scale(views::Conv2d(b, image, conv, Random(6, -99, 99, 13), 4, 3), 2), 8,
      Relu7);
  gadgets::Max(b, "max", b.Identity(y), MakeShape({4, 3}));
  gadgets::Range(b, views::Offset(views::Scale(b.Identity(h), 100), 1), 0, (1 << 14) - 1, "range");
  // So many lookups that the tree of fractions needs a second row of pads.
  gadgets::Input(b, "many", MakeShape({64, 64}), -100, 100);
  b.AddPublicInput("output", ViewOf(b, y, MakeShape({4, 3}), {From(0), From(1), Summed()}), 0,
                   6 * 127);
  return Finish("every form", std::move(b),
                {{"x", Random(120, -50, 50, seed)},
                 {"image", Random(168, -20, 20, seed + 1)},
                 {"bits", Random(6, 0, 1, seed + 2)},
                 {"many", Random(4096, -100, 100, seed + 3)}});
}

Sample MatrixProducts(uint32_t seed) {
  Builder b;
  const TensorId q = gadgets::Input(b, "q", MakeShape({2, 3, 5}), -9, 9);  // heads, rows, inner
  const TensorId k = gadgets::Input(b, "k", MakeShape({2, 6, 5}), -9, 9);
  const TensorId gate = gadgets::Input(b, "gate", MakeShape({6}), -9, 9);
  const Shape all = MakeShape({2, 3, 6, 5});
  // Neither factor keeps both dimensions of the result, one of which is padded.
  const TensorId scores =
      gadgets::Mul(b, "scores", ViewOf(b, q, all, {From(0), From(1), From(3)}),
                   ViewOf(b, k, all, {From(0), From(2), From(3)}), MakeShape({2, 3, 6}));
  // A factor that is the same along a dimension of the result, with a constant that is not.
  const Shape three = MakeShape({2, 3, 6});
  View shifted = b.Identity(scores);
  shifted.constants.push_back({.dim_mask = 0b010, .values = {3, -1, 4}});
  gadgets::Mul(b, "gated", shifted, ViewOf(b, gate, three, {From(2)}), three);
  // Along a dimension that is summed, in one factor, and a dimension along which both are the same.
  View one = ViewOf(b, gate, MakeShape({2, 4, 6}), {From(2)});
  gadgets::Mul(b, "outer", one, ViewOf(b, q, MakeShape({2, 4, 6}), {From(0), At(2), At(1)}),
               MakeShape({2, 4}));
  // Nothing is left of the dimensions: a sum times a sum.
  gadgets::Mul(b, "sums", ViewOf(b, gate, MakeShape({3, 6}), {From(1)}),
               ViewOf(b, q, MakeShape({3, 6}), {At(0), From(0), At(4)}), MakeShape({3}));
  // A window cuts a dimension that no source names: it is kept.
  gadgets::Mul(b, "window", WindowOf(b, gate, MakeShape({6, 4}), {From(0)}, 1, 1, 3),
               ViewOf(b, k, MakeShape({6, 4}), {At(1), From(0), At(0)}), MakeShape({6, 4}));
  return Finish("matrix products", std::move(b),
                {{"q", Random(30, -9, 9, seed)},
                 {"k", Random(60, -9, 9, seed + 1)},
                 {"gate", Random(6, -9, 9, seed + 2)}});
}

Sample LatticeCommitments(uint32_t seed) {
  Builder b;
  const TensorId x = gadgets::Input(b, "x", MakeShape({20}), -128, 127);
  const TensorId w = gadgets::Input(b, "w", MakeShape({12, 20}), -128, 127);
  const TensorId bias = gadgets::Input(b, "bias", MakeShape({12}), -2048, 2047);
  const Shape all = MakeShape({12, 20});
  const TensorId acc =
      gadgets::Mul(b, "acc", ViewOf(b, x, all, {From(1)}), b.Identity(w), MakeShape({12}));
  gadgets::Requant(b, "y", views::Add(b.Identity(acc), b.Identity(bias)), 9, Relu7);
  const TensorId deep = gadgets::Input(b, "deep", MakeShape({3, 2, 3, 5}), -7, 8);
  const TensorId wide = gadgets::Input(b, "wide", MakeShape({2, 1030}), 0, 1);
  const TensorId many = gadgets::Input(b, "many", MakeShape({45, 30}), -2, 2);
  gadgets::CommitToTensors(b, "salt", {w, bias, wide});
  gadgets::CommitToTensors(b, "other salt", {many, deep});
  return Finish("lattice", std::move(b),
                {{"x", Random(20, -128, 127, seed)},
                 {"w", Random(240, -128, 127, seed + 1)},
                 {"bias", Random(12, -2048, 2047, seed + 2)},
                 {"deep", Random(90, -7, 8, seed + 3)},
                 {"wide", Random(2060, 0, 1, seed + 4)},
                 {"many", Random(1350, -2, 2, seed + 5)},
                 {"salt", Random(2048, -512, 511, seed + 6)},
                 {"other salt", Random(2048, -512, 511, seed + 7)}});
}

std::vector<Sample> AllSamples(uint32_t seed) {
  std::vector<Sample> samples;
  samples.push_back(Booleans(seed));
  samples.push_back(Equalities(seed));
  samples.push_back(Tiny(seed));
  samples.push_back(DenseNetwork(seed));
  samples.push_back(ConvolutionNetwork(seed));
  samples.push_back(EveryConstraint(seed));
  samples.push_back(PublicInputsAndOutputs(seed));
  samples.push_back(EveryForm(seed));
  samples.push_back(MatrixProducts(seed));
  samples.push_back(LatticeCommitments(seed));
  return samples;
}

PublicValues SamplePublicValues() {
  PublicValues public_values;
  public_values.AddText("relying party", "example.org");
  const std::vector<uint8_t> nonce = {1, 2, 3, 4, 5, 6, 7, 8};
  public_values.Add("nonce", nonce);
  return public_values;
}

PublicValues SamplePublicValues(const Sample& sample) {
  PublicValues public_values = SamplePublicValues();
  public_values.SetInputs(PublicInputsOf(*sample.relation, sample.witness));
  return public_values;
}

std::vector<uint8_t> ProveSample(const Instance& instance, const PublicValues& public_values,
                                 const Witness& witness, uint64_t seed, size_t threads) {
  ThreadPool pool(threads);
  auto proof = ProveForTest(instance, public_values, witness, seed, &pool);
  EXPECT_TRUE(proof.ok()) << proof.error().message;
  return std::move(proof).value();
}

std::vector<uint8_t> ProveLie(const Instance& instance, const PublicValues& public_values,
                              const Witness& witness, uint64_t seed) {
  const PlacedWitness placed(instance, witness, ViewsModP(instance.relation(), witness));
  if (instance.degree() == 4) {
    HonestConduct<4> honest;
    return RunConduct<4>(instance, public_values, placed.cells, placed, honest, seed);
  }
  HonestConduct<5> honest;
  return RunConduct<5>(instance, public_values, placed.cells, placed, honest, seed);
}

Instance MakeInstanceOrDie(const Sample& sample, int degree, int work_bits) {
  auto instance = Instance::Make(sample.relation, degree, work_bits);
  if (!instance.ok()) {
    ADD_FAILURE() << sample.name << ": " << instance.error().message;
    std::abort();
  }
  return std::move(instance).value();
}

}  // namespace voizk
