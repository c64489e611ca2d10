#include "login/relation/even_digits.h"

#include <algorithm>
#include <bit>

#include "login/relation/refusals.h"
#include "relation/builder/steps.h"
#include "relation/builder/view_arithmetic.h"
#include "relation/builder/views.h"
#include "relation/gadgets/commit.h"
#include "relation/gadgets/range.h"

namespace voizk {
namespace {

// S_i <= A v_i and S_i >= (A - range) v_i.
void RequireLevels(Builder& b, int32_t range, TensorId voiced, TensorId level_sum,
                   int64_t energy_max) {
  const Shape digits = b.tensor(voiced).shape;
  // A power of two, so that one check of two small tables shows the range of A.
  const auto limit = std::bit_ceil(static_cast<uint64_t>(std::max<int64_t>(energy_max, 1)) + 1);
  const auto most = static_cast<int64_t>(limit) - 1;
  const TensorId loudest = b.AddTensor("phrase.loudest", MakeShape({1}), 0, most);
  b.AddStep(steps::Custom(kDigitLevelHint, {b.Identity(level_sum), b.Identity(voiced)}, {loudest},
                          {}, kRefuseUneven));
  gadgets::Range(b, b.Identity(loudest), 0, most);
  const View at_loudest = b.Identity(
      gadgets::Mul(b, "phrase.at_loudest", Spread(b, loudest, digits), b.Identity(voiced), digits));
  const View below = views::Sub(at_loudest, b.Identity(level_sum));
  gadgets::NonNegative(b, below);
  gadgets::NonNegative(b, views::Sub(views::Scale(b.Identity(voiced), range), below),
                       kRefuseUneven);
}

}  // namespace

void RequireEvenDigits(Builder& b, const EvenDigits& c, TensorId position, TensorId mask,
                       TensorId energy) {
  const Shape rows = b.tensor(position).shape;
  const uint32_t frames = rows.dims[0], count = rows.dims[1];
  const Shape digits = MakeShape({count}), all = MakeShape({frames});
  const Shape by_digit = MakeShape({count, frames});
  const View at = ViewOf(b, position, by_digit, {From(1), From(0)});
  const View length = ViewOf(b, position, digits, {Summed(), From(0)});
  gadgets::NonNegative(b, views::Offset(views::Scale(length, -1), c.frames_max), kRefuseUneven);

  const TensorId voiced =
      gadgets::Mul(b, "phrase.digit_voiced", at, ViewOf(b, mask, by_digit, {From(1)}), digits);
  const View v = b.Identity(voiced), hundredfold = views::Scale(v, 100);
  gadgets::NonNegative(b, views::Offset(v, -c.voiced_min), kRefuseUneven);
  gadgets::NonNegative(b, views::Sub(hundredfold, views::Scale(length, c.voiced_percent)),
                       kRefuseUneven);

  const View share = views::Scale(hundredfold, static_cast<int32_t>(count));
  const View total = ViewOf(b, mask, digits, {Summed()});
  gadgets::NonNegative(b, views::Sub(share, views::Scale(total, c.share_percent_lo)),
                       kRefuseUneven);
  gadgets::NonNegative(b, views::Sub(views::Scale(total, c.share_percent_hi), share),
                       kRefuseUneven);

  const TensorId pooled = gadgets::Mul(b, "phrase.pooled_energy", b.Identity(mask),
                                       ViewOf(b, energy, all, {From(0, 2)}), all);
  const TensorId level_sum =
      gadgets::Mul(b, "phrase.level_sum", at, ViewOf(b, pooled, by_digit, {From(1)}), digits);
  RequireLevels(b, c.level_range, voiced, level_sum, b.tensor(energy).hi);
}

}  // namespace voizk
