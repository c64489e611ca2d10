// Builder::Max.
#include <algorithm>
#include <bit>
#include <cstdlib>

#include "relation/builder/builder.h"
#include "relation/core/structure.h"

namespace voizk {
namespace {

constexpr int64_t kMaxTreeWidth = int64_t{1}
                                  << 12;  // of the values; the table has twice as many rows
constexpr uint64_t kMaxTreeInputs = 1 << 12;

bool HasConv(const View& v) {
  return std::any_of(v.terms.begin(), v.terms.end(),
                     [](const Term& t) { return std::holds_alternative<Conv>(t.op); });
}

}  // namespace

TensorId Builder::Max(std::string name, const View& v, Shape out) {
  bool fits = Accepts(v, name) && IsValidShape(out) && out.rank <= v.shape.rank;
  for (size_t d = 0; fits && d < static_cast<size_t>(out.rank); ++d) {
    fits = out.dims[d] == v.shape.dims[d];
  }
  if (!fits) {
    Fail(name + ": maximum over these shapes");
    return 0;
  }
  if (out == v.shape) return Materialise(std::move(name), v);
  const Interval bound = Bound(v);
  if (bound.lo < -kHalfModulus || bound.hi > kHalfModulus) {
    Fail(ErrorCode::kUnsupported, name + ": maximum of values that can leave (-p/2, p/2)");
    return 0;
  }
  const uint64_t inner = v.shape.Cells() / out.Cells();
  if (inner > kMaxTreeInputs || bound.hi - bound.lo > kMaxTreeWidth) {
    return MaxByOneHot(name, v, out);
  }
  if (!HasConv(v)) return MaxByTree(name, v, out);
  return MaxByTree(name, Identity(Materialise(name + " input", v)), out);
}

TensorId Builder::MaxByTree(const std::string& name, const View& v, const Shape& out) {
  std::vector<View> level{v};
  for (int dim = v.shape.rank; dim-- > out.rank;) {
    std::vector<View> split;
    for (const View& x : level) {
      for (uint32_t i = 0; i < v.shape.dims[static_cast<size_t>(dim)]; ++i) {
        split.push_back(Select(x, dim, i));
      }
    }
    level = std::move(split);
  }
  while (level.size() > 1) {
    std::vector<View> next;
    for (size_t i = 0; i + 1 < level.size(); i += 2) {
      next.push_back(Identity(MaxOfTwo(name, level[i], level[i + 1])));
    }
    if (level.size() % 2 != 0) next.push_back(level.back());
    level = std::move(next);
  }
  // One input only: inner dims of length 1.
  const auto& terms = level[0].terms;
  if (v.shape.Cells() == out.Cells() || terms.size() != 1) return Materialise(name, level[0]);
  return terms[0].tensor;
}

TensorId Builder::MaxOfTwo(const std::string& name, const View& a, const View& b) {
  const Interval x = Bound(a), y = Bound(b);
  const TensorId t = AddTensor(name, a.shape, std::max(x.lo, y.lo), std::max(x.hi, y.hi));
  AddStep({StepKind::kMaxDim, name, {a, b}, {t}, 0, {}, {}});
  // max(a, b) - b = max(a - b, 0): a row of the table of max(k, 0).
  const View difference = Sub(a, b);
  const Interval d = Bound(difference);
  const int64_t width = std::max(std::abs(d.lo), std::abs(d.hi));
  std::vector<int32_t> keys, values;
  for (int64_t k = -width; k <= width; ++k) {
    keys.push_back(static_cast<int32_t>(k));
    values.push_back(static_cast<int32_t>(std::max<int64_t>(k, 0)));
  }
  const TableId table = AddTable("positive part", std::move(keys), std::move(values));
  AddLookup({difference, 0, true, Sub(Identity(t), b), table});
  return t;
}

TensorId Builder::MaxByOneHot(const std::string& name, const View& v, const Shape& out) {
  const Interval bound = Bound(v);
  const TensorId y = AddTensor(name, out, bound.lo, bound.hi);
  AddStep({StepKind::kMaxDim, name, {v}, {y}, 0, {}, {}});
  RangeFromZero(Offset(Identity(y), static_cast<int32_t>(-bound.lo)), bound.hi - bound.lo + 1);
  // y >= every v(o, i) ...
  std::vector<int> dims_to;
  for (int d = 0; d < out.rank; ++d) dims_to.push_back(d);
  const View y_everywhere = Broadcast(y, v.shape, dims_to);
  const auto width = static_cast<uint64_t>(bound.hi - bound.lo);
  RangeFromZero(Sub(y_everywhere, v), int64_t{1} << std::bit_width(width));
  // ... and equal to the one that the one-hot booleans choose.
  const TensorId choice =
      Boolean(name + " choice", v.shape, {StepKind::kOneHotMax, name, {v}, {}, 0, {out.rank}, {}});
  View ones = Identity(choice);
  ones.shape = out;
  auto& sources = std::get<IndexMap>(ones.terms[0].op).sources;
  for (size_t d = static_cast<size_t>(out.rank); d < sources.size(); ++d) {
    sources[d] = DimSource{};
    sources[d].kind = DimSource::Kind::kSum;
  }
  AddEquality(Offset(ones, -1));
  AddProduct({Identity(choice), v, Identity(y)});
  return y;
}

}  // namespace voizk
