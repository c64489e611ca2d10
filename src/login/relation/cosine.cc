#include "login/relation/cosine.h"

#include <algorithm>
#include <array>
#include <utility>

#include "login/relation/refusals.h"
#include "relation/builder/steps.h"
#include "relation/builder/view_arithmetic.h"
#include "relation/builder/views.h"
#include "relation/gadgets/range.h"

namespace voizk {
namespace {

constexpr int32_t kBase = 1 << kCosineLimbBits;
constexpr int64_t kCarryMin = -8192, kCarryMax = 57343;

class CosineGadget {
 public:
  CosineGadget(Builder& b, const DecisionConfig& c) : b_(b), c_(c) {
    Add(kCosDot, "cosine.dot", 2, 0, kBase - 1);
    Add(kCosEmbedding, "cosine.embedding", 2, 0, kBase - 1);
    Add(kCosTemplate, "cosine.template", 2, 0, kBase - 1);
    Add(kCosNorms, "cosine.norms", 4, 0, kBase - 1);
    Add(kCosNormCarries, "cosine.norm_carries", 2, 0, 2 * kBase);
    Add(kCosSquare, "cosine.square", 3, 0, int64_t{kBase - 1} * (kBase - 1));
    Add(kCosDifference, "cosine.difference", 7, 0, kBase - 1);
    Add(kCosCarries, "cosine.carries", 5, kCarryMin, kCarryMax);
  }

  // Digits and carries; the squares are bounded by their products.
  void CheckRanges() {
    for (const CosineOutput k : {kCosDot, kCosEmbedding, kCosTemplate, kCosNorms, kCosNormCarries,
                                 kCosDifference, kCosCarries}) {
      gadgets::Range(b_, b_.Identity(t_[k]), b_.tensor(t_[k]).lo, b_.tensor(t_[k]).hi);
    }
  }

  std::vector<TensorId> Outputs() const { return {t_.begin(), t_.end()}; }

  // sum_i x_i y_i = value of the two limbs.
  void InnerProduct(const View& x, const View& y, CosineOutput limbs) {
    b_.AddProduct({.a = x, .b = y, .c = Value(limbs)});
  }
  View Value(CosineOutput k) const {
    return views::Add(views::Scale(Limb(k, 1), kBase), Limb(k, 0));
  }

  void NormProduct();
  void Compare();

 private:
  void Add(CosineOutput k, const char* name, uint32_t n, int64_t lo, int64_t hi) {
    t_[k] = b_.AddTensor(name, MakeShape({n}), lo, hi);
  }
  View Limb(CosineOutput k, int32_t i) const { return ViewOf(b_, t_[k], MakeShape({1}), {At(i)}); }

  Builder& b_;
  const DecisionConfig& c_;
  std::array<TensorId, kCosOutputs> t_{};
};

// (e1 B + e0)(t1 B + t0) = p3 B^3 + p2 B^2 + p1 B + p0 with carries k0, k1.
void CosineGadget::NormProduct() {
  const auto column = [&](int32_t i, CosineOutput upper, int32_t next) {
    return views::Add(Limb(kCosNorms, i), views::Scale(Limb(upper, next), kBase));
  };
  b_.AddProduct({.a = Limb(kCosEmbedding, 0),
                 .b = Limb(kCosTemplate, 0),
                 .c = column(0, kCosNormCarries, 0)});
  // e0 t1 + e1 t0: t's limbs in reverse.
  b_.AddProduct({.a = ViewOf(b_, t_[kCosEmbedding], MakeShape({1, 2}), {From(1)}),
                 .b = ViewOf(b_, t_[kCosTemplate], MakeShape({1, 2}), {From(1, -1, 1)}),
                 .c = views::Sub(column(1, kCosNormCarries, 1), Limb(kCosNormCarries, 0))});
  b_.AddProduct({.a = Limb(kCosEmbedding, 1),
                 .b = Limb(kCosTemplate, 1),
                 .c = views::Sub(column(2, kCosNorms, 3), Limb(kCosNormCarries, 1))});
}

void CosineGadget::Compare() {
  // Squares (0,0), (0,1), (1,1) of the limbs of dot, one product each: an equality of tensors.
  const std::array<std::pair<int32_t, int32_t>, 3> pairs{{{0, 0}, {0, 1}, {1, 1}}};
  for (int32_t k = 0; k < 3; ++k) {
    const auto [i, j] = pairs[static_cast<size_t>(k)];
    b_.AddProduct({.a = Limb(kCosDot, i), .b = Limb(kCosDot, j), .c = Limb(kCosSquare, k)});
  }
  const int64_t theta2 = int64_t{c_.theta_q12} * c_.theta_q12;
  for (int32_t k = 0; k < 6; ++k) {
    View v = views::Constant(MakeShape({1}), 0);
    if (k >= 2 && k <= 4) {
      v = views::Add(v, views::Scale(Limb(kCosSquare, k - 2), k == 3 ? 32 : 16));
    }
    for (int32_t i = 0; i < 4; ++i) {
      if (k - i < 0 || k - i > 2) continue;
      const auto q = static_cast<int32_t>(theta2 >> (kCosineLimbBits * (k - i)) & (kBase - 1));
      if (q != 0) v = views::Sub(v, views::Scale(Limb(kCosNorms, i), q));
    }
    if (k > 0) v = views::Add(v, Limb(kCosCarries, k - 1));
    v = views::Sub(v, Limb(kCosDifference, k));
    const View out = k < 5 ? Limb(kCosCarries, k) : Limb(kCosDifference, 6);
    b_.AddEquality(views::Sub(v, views::Scale(out, kBase)));
  }
}

}  // namespace

void RequireSameVoice(Builder& b, const DecisionConfig& c, TensorId e, TensorId t) {
  const Shape shape = b.tensor(e).shape;
  const uint32_t n = shape.rank == 1 ? shape.dims[0] : shape.dims[1];
  const auto fits = [](const Tensor& x) { return x.lo >= -kEmbeddingMax && x.hi <= kEmbeddingMax; };
  if ((shape.rank == 2 && shape.dims[0] != 1) || shape.rank > 2 || n > kEmbeddingSize ||
      !(b.tensor(t).shape == MakeShape({n})) || !fits(b.tensor(e)) || !fits(b.tensor(t))) {
    b.Fail("embedding and template do not fit the decision");
    return;
  }
  const View embedding = shape.rank == 1 ? AsRow(b, e) : b.Identity(e);
  CosineGadget gadget(b, c);
  b.AddStep(steps::Custom(kCosineHint, {embedding, AsRow(b, t)}, gadget.Outputs(), {c.theta_q12},
                          kRefuseNotThisVoice));

  gadget.CheckRanges();
  gadget.InnerProduct(embedding, AsRow(b, t), kCosDot);
  gadget.InnerProduct(embedding, embedding, kCosEmbedding);
  gadget.InnerProduct(AsRow(b, t), AsRow(b, t), kCosTemplate);
  gadgets::NonNegative(b, views::Offset(gadget.Value(kCosDot), -1), kRefuseNotThisVoice);
  gadgets::NonNegative(b, views::Offset(gadget.Value(kCosEmbedding), -c.embedding_norm2_min),
                       kRefuseNotThisVoice);
  gadgets::Range(b, gadget.Value(kCosTemplate), c.template_norm2_lo, c.template_norm2_hi);
  gadget.NormProduct();
  gadget.Compare();
}

}  // namespace voizk
