// Guards: a view of a view shows what the same index map shows of a tensor that holds the inner
// view's values, whatever windows, strides, sums, broadcasts and constants either has.
#include "relation/builder/compose.h"

#include <gtest/gtest.h>

#include <random>

#include "relation/builder/sources.h"
#include "relation/core/structure.h"
#include "relation/execution/checker.h"

namespace voizk {
namespace {

class Dice {
 public:
  explicit Dice(uint32_t seed) : rng_(seed) {}
  int In(int lo, int hi) {
    return lo + static_cast<int>(rng_() % static_cast<uint32_t>(hi - lo + 1));
  }
  Shape SomeShape() {
    Shape shape;
    shape.rank = In(1, 4);
    for (size_t d = 0; d < static_cast<size_t>(shape.rank); ++d) {
      shape.dims[d] = static_cast<uint32_t>(In(1, 5));
    }
    return shape;
  }
  std::vector<int32_t> Values(size_t n) {
    std::vector<int32_t> v(n);
    for (int32_t& x : v) x = In(-20, 20);
    return v;
  }
  /// Any map from `in` to `out` that CheckView accepts.
  IndexMap SomeMap(const Shape& in, const Shape& out) {
    IndexMap map;
    std::vector<uint32_t> free;
    for (int d = 0; d < out.rank; ++d) free.push_back(static_cast<uint32_t>(d));
    for (size_t j = 0; j < static_cast<size_t>(in.rank); ++j) {
      const auto length = static_cast<int>(in.dims[j]);
      const int kind = In(0, 5);
      if (kind == 0) {
        map.sources.push_back(At(In(0, length - 1)));
      } else if (kind == 1 || free.empty()) {
        map.sources.push_back(Summed(In(0, 1) ? Values(in.dims[j]) : std::vector<int32_t>{}));
      } else {
        const auto pick = static_cast<size_t>(In(0, static_cast<int>(free.size()) - 1));
        const int stride = In(0, 2) != 0 ? 1 : In(0, 1) != 0 ? -In(1, 2) : 2;
        map.sources.push_back(From(free[pick], stride, In(-2, 4)));
        free.erase(free.begin() + static_cast<std::ptrdiff_t>(pick));
      }
    }
    for (size_t d = 0; d < static_cast<size_t>(out.rank); ++d) {
      if (In(0, 2) != 0) continue;
      map.out_begin[d] = static_cast<uint32_t>(In(0, static_cast<int>(out.dims[d]) - 1));
      map.out_end[d] = static_cast<uint32_t>(
          In(static_cast<int>(map.out_begin[d]) + 1, static_cast<int>(out.dims[d])));
    }
    return map;
  }

 private:
  std::mt19937 rng_;
};

TEST(Compose, ShowsWhatTheMapShowsOfTheInnerValues) {
  size_t reads = 0;
  for (uint32_t seed = 0; seed < 4000; ++seed) {
    Dice dice(seed);
    Builder b;
    Witness w;
    const Shape middle = dice.SomeShape(), out = dice.SomeShape();
    View inner{middle, {}, {}};
    for (int k = dice.In(0, 3); k > 0; --k) {
      const Shape in = dice.SomeShape();
      const TensorId t = b.AddTensor("x", in, -20, 20);
      w.push_back(dice.Values(in.Cells()));
      inner.terms.push_back({t, dice.In(-3, 3), dice.SomeMap(in, middle)});
    }
    for (int k = dice.In(0, 2); k > 0; --k) {
      ConstantTerm c{static_cast<uint32_t>(dice.In(0, (1 << middle.rank) - 1)), {}};
      size_t count = 1;
      for (size_t d = 0; d < Shape::kMaxRank; ++d) {
        if ((c.dim_mask >> d & 1) != 0) count *= middle.dims[d];
      }
      c.values = dice.Values(count);
      inner.constants.push_back(std::move(c));
    }
    const IndexMap map = dice.SomeMap(middle, out);
    const auto composed = views::Compose(b, inner, out, map);
    ASSERT_TRUE(composed.has_value()) << seed;
    ASSERT_TRUE(CheckView(b.relation(), *composed).ok()) << seed;
    const auto values = EvaluateView(b.relation(), inner, w);
    const TensorId held = b.AddTensor("v", middle, -kHalfModulus, kHalfModulus);
    w.emplace_back(values.begin(), values.end());
    const View outer{out, {{held, 1, map}}, {}};
    ASSERT_TRUE(CheckView(b.relation(), outer).ok()) << seed;
    ASSERT_EQ(EvaluateView(b.relation(), *composed, w), EvaluateView(b.relation(), outer, w))
        << seed;
    reads += composed->terms.size();
  }
  EXPECT_GT(reads, 1000u);
}

TEST(Compose, SaysWhatNoViewShows) {
  Builder b;
  const TensorId x = b.AddTensor("x", MakeShape({4, 2}), -1, 1);
  const WeightsId w = b.AddWeights(MakeShape({2, 1, 2}), {1, 2, 3, 4});
  Conv conv;
  conv.weights = w;
  const IndexMap same{{From(0), From(1)}, {}, {}};
  EXPECT_FALSE(views::Compose(b, {MakeShape({4, 2}), {{x, 1, conv}}, {}}, MakeShape({4, 2}), same));
  // 2^29 * 2 is no coefficient.
  const View large{MakeShape({2}), {{x, 1 << 29, IndexMap{{At(0), At(0)}, {}, {}}}}, {}};
  EXPECT_FALSE(views::Compose(b, large, MakeShape({1}), IndexMap{{Summed()}, {}, {}}));
  const View constant{MakeShape({2}), {}, {{1, {INT32_MAX, 1}}}};
  EXPECT_FALSE(views::Compose(b, constant, MakeShape({1}), IndexMap{{Summed()}, {}, {}}));
  // A constant of one row in every row of 2^20 * 16, where only some rows have it.
  const View row{MakeShape({1, 16}), {}, {{2, std::vector<int32_t>(16, 1)}}};
  EXPECT_FALSE(views::Compose(b, row, MakeShape({1 << 20, 16}), same));
}

TEST(Compose, WorkIsBounded) {
  Builder b;
  const TensorId x = b.AddTensor("x", MakeShape({1 << 20}), -1, 1);
  const View v{MakeShape({1 << 20}), {{x, 1, IndexMap{{From(0)}, {}, {}}}}, {{1, {}}}};
  View constants = v;
  constants.constants[0].values.assign(1 << 20, 1);
  constants.terms.clear();
  const IndexMap same{{From(0)}, {}, {}}, sum{{Summed()}, {}, {}};
  // Each reads and writes 2^20 constants, or sums 2^20 cells.
  int composed = 0;
  while (composed < 100 && views::Compose(b, constants, MakeShape({1 << 20}), same)) ++composed;
  EXPECT_EQ(composed, 32);
  ASSERT_TRUE(b.failed());
  EXPECT_EQ(b.error().code, ErrorCode::kLimitExceeded);
  View term = v;
  term.constants.clear();
  EXPECT_FALSE(views::Compose(b, term, MakeShape({1}), sum)) << "nothing is left";
}

TEST(Compose, ATensorThatIsShownIsFound) {
  Builder b;
  const TensorId x = b.AddTensor("x", MakeShape({4, 1, 2}), -1, 1);
  EXPECT_EQ(views::ShownTensor(b, b.Identity(x)), x);
  View v = b.Identity(x);
  auto& map = std::get<IndexMap>(v.terms[0].op);
  map.sources[1] = At(0);
  EXPECT_EQ(views::ShownTensor(b, v), x);
  map.sources[0].offset = 1;
  EXPECT_FALSE(views::ShownTensor(b, v).has_value());
  map.sources[0].offset = 0;
  map.out_end[2] = 1;
  EXPECT_FALSE(views::ShownTensor(b, v).has_value());
  v = b.Identity(x);
  v.terms[0].coeff = 2;
  EXPECT_FALSE(views::ShownTensor(b, v).has_value());
  v = b.Identity(x);
  v.constants.push_back({0, {1}});
  EXPECT_FALSE(views::ShownTensor(b, v).has_value());
}

}  // namespace
}  // namespace voizk
