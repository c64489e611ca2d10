#include "relation/gadgets/clamp.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "relation/builder/steps.h"
#include "relation/builder/view_arithmetic.h"
#include "relation/core/structure.h"
#include "relation/gadgets/boolean.h"
#include "relation/gadgets/range.h"

namespace voizk::gadgets {

namespace {

/// excess * gap = 0 everywhere, both in ranges that begin at 0.  Where their product may wrap, by a
/// boolean that is 1 wherever excess is not 0.
void RequireOneZero(Builder& b, const std::string& name, const View& excess, View gap) {
  const View zero = views::Constant(excess.shape, 0);
  const int64_t most = b.Bound(excess).hi;
  if (most * b.Bound(gap).hi < kHalfModulus) return b.AddProduct({excess, std::move(gap), zero});
  const TensorId some = Boolean(b, name + " some", excess.shape);
  b.AddStep(steps::GreaterEq(name + " some", views::Offset(excess, -1), some));
  const View flag = b.Identity(some);
  RequireBelow(b, views::Sub(views::Scale(flag, static_cast<int32_t>(most)), excess), most + 1);
  b.AddProduct({flag, std::move(gap), zero});
}

}  // namespace

TensorId ShiftClamp(Builder& b, const std::string& name, const View& v, int shift, int64_t lo,
                    int64_t hi) {
  if (!b.Accepts(v, name) || lo >= hi || lo < -kHalfModulus || hi > kHalfModulus || shift < 0 ||
      shift > 29) {
    b.Fail(name + ": no range or shift of a clamp");
    return b.AddTensor(name, v.shape, 0, 0);
  }
  const Interval reach = b.Bound(v);
  if (reach.lo < -kHalfModulus || reach.hi > kHalfModulus) {
    b.Fail(ErrorCode::kUnsupported, name + ": accumulator can leave (-p/2, p/2)");
    return b.AddTensor(name, v.shape, 0, 0);
  }
  const int64_t most_over = (reach.hi >> shift) - hi, most_under = lo - (reach.lo >> shift);
  const TensorId y = b.AddTensor(name, v.shape, lo, hi);
  const auto add = [&](const char* part, int64_t most) -> std::optional<TensorId> {
    if (most <= 0) return std::nullopt;
    return b.AddTensor(name + part, v.shape, 0, most);
  };
  const auto low = add(" low", (int64_t{1} << shift) - 1), over = add(" over", most_over),
             under = add(" under", most_under);
  b.AddStep(steps::ShiftClamp(name, v, shift, lo, hi, y, low, over, under));

  RequireBelow(b, views::Offset(b.Identity(y), static_cast<int32_t>(-lo)), hi - lo + 1);
  View whole = b.Identity(y);  // floor(v / 2^shift)
  if (over) {
    RequireBelow(b, b.Identity(*over), most_over + 1);
    RequireOneZero(b, name + " over", b.Identity(*over),
                   views::Offset(views::Scale(b.Identity(y), -1), static_cast<int32_t>(hi)));
    whole = views::Add(std::move(whole), b.Identity(*over));
  }
  if (under) {
    RequireBelow(b, b.Identity(*under), most_under + 1);
    RequireOneZero(b, name + " under", b.Identity(*under),
                   views::Offset(b.Identity(y), static_cast<int32_t>(-lo)));
    whole = views::Sub(std::move(whole), b.Identity(*under));
  }
  View rest = views::Sub(v, views::Scale(whole, int32_t{1} << shift));
  if (low) {
    RequireBelow(b, b.Identity(*low), int64_t{1} << shift);
    rest = views::Sub(std::move(rest), b.Identity(*low));
  }
  b.AddEquality(std::move(rest));
  return y;
}

}  // namespace voizk::gadgets
