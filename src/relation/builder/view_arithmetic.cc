#include "relation/builder/view_arithmetic.h"

#include <utility>

#include "relation/certificate/view_algebra.h"

namespace voizk::views {

View Constant(Shape shape, int32_t value) {
  View v{shape, {}, {}};
  if (value != 0) v.constants.push_back({0, {value}});
  return v;
}

View Constants(Shape shape, std::vector<int32_t> values) {
  View v{shape, {}, {}};
  v.constants.push_back({(1u << shape.rank) - 1, std::move(values)});
  return v;
}

namespace {

/// A view of no shape stands for a sum that does not exist.
View Sum(View a, const View& b, int32_t factor) {
  if (auto sum = Combine(std::move(a), b, factor)) return std::move(*sum);
  View none;
  none.shape.rank = 0;
  return none;
}

}  // namespace

View Add(View a, const View& b) { return Sum(std::move(a), b, 1); }

View Sub(View a, const View& b) { return Sum(std::move(a), b, -1); }

View Scale(const View& a, int32_t factor) { return Sum({a.shape, {}, {}}, a, factor); }

View Offset(View a, int32_t constant) {
  const View c = Constant(a.shape, constant);
  return Sum(std::move(a), c, 1);
}

}  // namespace voizk::views
