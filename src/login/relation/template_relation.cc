#include "login/relation/template_relation.h"

#include "login/relation/model_parts.h"
#include "login/relation/refusals.h"
#include "login/relation/template.h"
#include "relation/builder/steps.h"
#include "relation/builder/view_arithmetic.h"
#include "relation/builder/views.h"
#include "relation/gadgets/clamp.h"
#include "relation/gadgets/commit.h"
#include "relation/gadgets/division.h"
#include "relation/gadgets/range.h"
#include "relation/gadgets/scaled_product.h"
#include "speech/features/refusals.h"

namespace voizk {
namespace {

const Shape kVector = MakeShape({kEmbeddingSize});
const Shape kScalar = MakeShape({1});

}  // namespace

TensorId AddUnitEmbedding(Builder& b, const DecisionConfig& c, TensorId embedding) {
  const auto flat = FlatEmbedding(b, embedding);
  if (!flat.ok()) {
    b.Fail(flat.error().code, flat.error().message);
    return embedding;
  }
  const View row =
      b.tensor(embedding).shape.rank == 1 ? AsRow(b, embedding) : b.Identity(embedding);
  const TensorId norm2 = gadgets::Mul(b, "enrol.norm2", row, row, kScalar);
  gadgets::NonNegative(b, views::Offset(b.Identity(norm2), -LeastNorm2(c)), kRefuseTooShort);
  const TensorId root =
      gadgets::Isqrt(b, "enrol.norm", views::Scale(b.Identity(norm2), int32_t{1} << kNormShift));
  const TensorId weight =
      gadgets::FloorDiv(b, "enrol.weight", views::Constant(kScalar, int32_t{1} << kWeightShift),
                        b.Identity(root), Interval{0, UnitWeight(LeastNorm2(c))});
  const TensorId unit = b.AddTensor("enrol.unit", kVector, -kUnitMax, kUnitMax);
  gadgets::ProductShiftInto(b, "enrol.unit", Spread(b, weight, kVector), *flat, kUnitShift,
                            views::Constant(kVector, 1 << (kUnitShift - 1)), unit);
  return unit;
}

TensorId AddTemplate(Builder& b, const DecisionConfig& c, const std::string& name, const View& m) {
  const TensorId scale = b.AddTensor(name + " scale", kScalar, 1, kMaxScale);
  b.AddStep(steps::Custom(kTemplateScaleHint, {m}, {scale},
                          {c.template_norm, c.template_norm2_lo, c.template_norm2_hi},
                          kRefuseNotThisVoice));
  gadgets::Range(b, b.Identity(scale), 1, kMaxScale);
  constexpr auto kMaxWide =
      int64_t{kMaxScale} * static_cast<int64_t>(kMaxSummed) * kUnitMax / (1 << kScaleShift) + 1;
  const TensorId wide = b.AddTensor(name + " wide", kVector, -kMaxWide, kMaxWide);
  gadgets::ProductShiftInto(b, name, Spread(b, scale, kVector), m, kScaleShift,
                            views::Constant(kVector, 1 << (kScaleShift - 1)), wide);
  return gadgets::ShiftClamp(b, name, b.Identity(wide), 0, -kEmbeddingMax, kEmbeddingMax);
}

void RequireTemplateNorm(Builder& b, const DecisionConfig& c, TensorId t) {
  const TensorId norm2 = gadgets::Mul(b, "template norm2", AsRow(b, t), AsRow(b, t), kScalar);
  gadgets::Range(b, b.Identity(norm2), c.template_norm2_lo, c.template_norm2_hi,
                 kRefuseNotThisVoice);
}

}  // namespace voizk
