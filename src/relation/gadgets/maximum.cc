#include "relation/gadgets/maximum.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "relation/builder/compose.h"
#include "relation/builder/index_maps.h"
#include "relation/builder/sources.h"
#include "relation/builder/steps.h"
#include "relation/builder/view_arithmetic.h"
#include "relation/builder/views.h"
#include "relation/core/structure.h"
#include "relation/gadgets/boolean.h"
#include "relation/gadgets/commit.h"
#include "relation/gadgets/range.h"

namespace voizk::gadgets {
namespace {

// Of the values; the table has twice as many rows.
constexpr int64_t kMaxTreeWidth = int64_t{1} << 12;
constexpr uint64_t kMaxTreeInputs = 1 << 12;

bool HasConv(const View& v) {
  return std::any_of(v.terms.begin(), v.terms.end(),
                     [](const Term& t) { return std::holds_alternative<Conv>(t.op); });
}

TensorId MaxByTable(Builder& b, const std::string& name, const View& x, const View& y) {
  const Interval x_range = b.Bound(x), y_range = b.Bound(y);
  const TensorId t = b.AddTensor(name, x.shape, std::max(x_range.lo, y_range.lo),
                                 std::max(x_range.hi, y_range.hi));
  b.AddStep(steps::MaxDim(name, {x, y}, t));
  // max(x, y) - y = max(x - y, 0): a row of the table of max(k, 0).
  const View difference = views::Sub(x, y);
  if (!b.Accepts(difference, name)) return t;
  const Interval d = b.Bound(difference);
  const int64_t width = std::max(std::abs(d.lo), std::abs(d.hi));
  std::vector<int32_t> keys, values;
  for (int64_t k = -width; k <= width; ++k) {
    keys.push_back(static_cast<int32_t>(k));
    values.push_back(static_cast<int32_t>(std::max<int64_t>(k, 0)));
  }
  const TableId table = b.AddTable("positive part", std::move(keys), std::move(values));
  b.AddLookup({difference, 0, true, views::Sub(b.Identity(t), y), table});
  return t;
}

/// v's inner indices as views of out's shape.
std::vector<View> Inputs(Builder& b, const View& v, const Shape& out) {
  std::vector<View> inputs{v};
  for (int dim = v.shape.rank; dim-- > out.rank;) {
    std::vector<View> split;
    for (const View& x : inputs) {
      for (uint32_t i = 0; i < v.shape.dims[static_cast<size_t>(dim)]; ++i) {
        split.push_back(views::Select(b, x, dim, i));
      }
    }
    inputs = std::move(split);
  }
  return inputs;
}

TensorId MaxByTree(Builder& b, const std::string& name, const View& v, const Shape& out) {
  std::vector<View> level = Inputs(b, v, out);
  while (level.size() > 1) {
    std::vector<View> next;
    for (size_t i = 0; i + 1 < level.size(); i += 2) {
      next.push_back(b.Identity(MaxByTable(b, name, level[i], level[i + 1])));
    }
    if (level.size() % 2 != 0) next.push_back(level.back());
    level = std::move(next);
  }
  // One input only: inner dims of length 1.
  const auto& terms = level[0].terms;
  if (v.shape.Cells() == out.Cells() || terms.size() != 1) return Materialise(b, name, level[0]);
  return terms[0].tensor;
}

TensorId MaxByOneHot(Builder& b, const std::string& name, const View& v, const Shape& out) {
  const Interval bound = b.Bound(v);
  const TensorId y = b.AddTensor(name, out, bound.lo, bound.hi);
  b.AddStep(steps::MaxDim(name, {v}, y));
  RequireBelow(b, views::Offset(b.Identity(y), static_cast<int32_t>(-bound.lo)),
               bound.hi - bound.lo + 1);
  // y >= every v(o, i) ...
  std::vector<int> dims_to(static_cast<size_t>(out.rank));
  std::iota(dims_to.begin(), dims_to.end(), 0);
  const View y_everywhere = views::Broadcast(b, y, v.shape, dims_to);
  const auto width = static_cast<uint64_t>(bound.hi - bound.lo);
  RequireBelow(b, views::Sub(y_everywhere, v), int64_t{1} << std::bit_width(width));
  // ... and equal to the one that the one-hot booleans choose.
  const TensorId choice = Boolean(b, name + " choice", v.shape);
  b.AddStep(steps::OneHotMax(name, v, out.rank, choice));
  std::vector<DimSource> sources;
  for (uint32_t d = 0; d < static_cast<uint32_t>(v.shape.rank); ++d) {
    sources.push_back(d < static_cast<uint32_t>(out.rank) ? From(d) : Summed());
  }
  b.AddEquality(views::Offset(ViewOf(b, choice, out, std::move(sources)), -1));
  b.AddProduct({b.Identity(choice), v, b.Identity(y)});
  return y;
}

/// Indices begin <= i < begin + count of dimension d.  v holds no convolution.
View Part(Builder& b, const View& v, size_t d, uint32_t begin, uint32_t count) {
  IndexMap map = IdentityMap(v.shape.rank);
  map.sources[d].offset = static_cast<int32_t>(begin);
  Shape out = v.shape;
  out.dims[d] = count;
  auto part = views::Compose(b, v, out, map);
  if (part) return std::move(*part);
  b.Fail(ErrorCode::kLimitExceeded, "maximum of a view that cannot be cut");
  return views::Constant(out, 0);
}

}  // namespace

TensorId MaxOverLast(Builder& b, const std::string& name, const View& v, int outer) {
  if (!b.Accepts(v, name) || outer < 1 || outer > v.shape.rank) {
    b.Fail(name + ": maximum over these dimensions");
    return 0;
  }
  const Interval bound = b.Bound(v);
  if (!WithinHalf(bound)) {
    b.Fail(ErrorCode::kUnsupported, name + ": maximum of values that can leave (-p/2, p/2)");
    return 0;
  }
  if (bound.hi - bound.lo > kMaxTreeWidth) {
    Shape out;
    out.rank = outer;
    std::copy_n(v.shape.dims.begin(), outer, out.dims.begin());
    return Max(b, name, v, out);
  }
  View level = HasConv(v) ? b.Identity(Materialise(b, name + " input", v)) : v;
  std::optional<TensorId> last;
  for (auto d = static_cast<size_t>(outer); d < static_cast<size_t>(v.shape.rank); ++d) {
    while (level.shape.dims[d] > 1) {
      // Of an odd number the middle is compared twice.
      const uint32_t n = level.shape.dims[d], half = (n + 1) / 2;
      last = MaxByTable(b, name, Part(b, level, d, 0, half), Part(b, level, d, n - half, half));
      if (b.failed()) return 0;
      level = b.Identity(*last);
    }
  }
  return last ? *last : Materialise(b, name, level);
}

TensorId Max(Builder& b, const std::string& name, const View& v, Shape out) {
  bool fits = b.Accepts(v, name) && IsValidShape(out) && out.rank <= v.shape.rank;
  for (size_t d = 0; fits && d < static_cast<size_t>(out.rank); ++d) {
    fits = out.dims[d] == v.shape.dims[d];
  }
  if (!fits) {
    b.Fail(name + ": maximum over these shapes");
    return 0;
  }
  if (out == v.shape) return Materialise(b, name, v);
  const Interval bound = b.Bound(v);
  if (!WithinHalf(bound)) {
    b.Fail(ErrorCode::kUnsupported, name + ": maximum of values that can leave (-p/2, p/2)");
    return 0;
  }
  const uint64_t inner = v.shape.Cells() / out.Cells();
  if (inner > kMaxTreeInputs || bound.hi - bound.lo > kMaxTreeWidth) {
    return MaxByOneHot(b, name, v, out);
  }
  if (!HasConv(v)) return MaxByTree(b, name, v, out);
  return MaxByTree(b, name, b.Identity(Materialise(b, name + " input", v)), out);
}

TensorId MaxOfTwo(Builder& b, const std::string& name, const View& x, const View& y) {
  const View difference = views::Sub(x, y);
  const TensorId s = IsNonNegative(b, name + ".choice", difference);
  const TensorId part = Mul(b, name + ".part", b.Identity(s), difference, x.shape);
  return Materialise(b, name, views::Add(y, b.Identity(part)));
}

}  // namespace voizk::gadgets
