// Guards: a recurrence's steps run index by index, forward and in reverse, its states readable by
// maps and by convolutions of one tap; a body that does not fit its relation is an error, never a
// read beyond it.
#include <gtest/gtest.h>

#include "relation/builder/builder.h"
#include "relation/builder/sources.h"
#include "relation/builder/steps.h"
#include "relation/builder/view_arithmetic.h"
#include "relation/execution/executor.h"

namespace voizk {
namespace {

constexpr uint32_t kLength = 5;

/// h[t] = x[t] + h before + 2 * (h before, by a convolution), and g[t] = 10 h[t].
struct Sums {
  Builder b;
  TensorId x, h, g;
  Step first, second;

  explicit Sums(bool reverse) {
    x = b.AddTensor("x", MakeShape({kLength, 1}), -9, 9);
    h = b.AddTensor("h", MakeShape({kLength, 1}), -9999, 9999);
    g = b.AddTensor("g", MakeShape({kLength, 1}), -99999, 99999);
    b.AddStep(steps::Input("x", x));
    Conv conv;
    conv.weights = b.AddWeights(MakeShape({1, 1, 1}), {2});
    conv.pad[0] = reverse ? -1 : 1;
    View v = b.Identity(x);
    v.terms.push_back({h, 1, IndexMap{{From(0, 1, reverse ? 1 : -1), From(1)}, {}, {}}});
    v.terms.push_back({h, 1, conv});
    first = steps::Material("h", v, h);
    second = steps::Material("g", views::Scale(b.Identity(h), 10), g);
  }
  Result<Witness> Run(Step step) {
    b.AddStep(std::move(step));
    const auto executor = Executor::Make(b.relation());
    if (!executor.ok()) return executor.error();
    return executor->Execute({{"x", {1, 0, 2, 0, -1}}}, nullptr);
  }
};

TEST(Recurrence, RunsIndexByIndex) {
  Sums forward(false);
  const auto w = forward.Run(steps::Recurrence("r", {forward.first, forward.second}, false));
  ASSERT_TRUE(w.ok()) << w.error().message;
  EXPECT_EQ((*w)[forward.h], (std::vector<int32_t>{1, 3, 11, 33, 98}));
  EXPECT_EQ((*w)[forward.g], (std::vector<int32_t>{10, 30, 110, 330, 980}));
  Sums back(true);
  const auto v = back.Run(steps::Recurrence("r", {back.first, back.second}, true));
  ASSERT_TRUE(v.ok()) << v.error().message;
  EXPECT_EQ((*v)[back.h], (std::vector<int32_t>{-62, -21, -7, -3, -1}));
}

TEST(Recurrence, BodiesThatDoNotFitAreErrors) {
  const auto code = [](auto body_of) {
    Sums s(false);
    const auto w = s.Run(steps::Recurrence("r", body_of(s), false));
    return w.ok() ? ErrorCode::kNotFound : w.error().code;
  };
  using Body = std::vector<Step>;
  EXPECT_EQ(code([](Sums& s) { return Body{s.first, s.second}; }), ErrorCode::kNotFound);
  EXPECT_EQ(code([](Sums& s) {
              return Body{s.first, s.first, s.second};
            }),
            ErrorCode::kInternal)
      << "an output twice";
  EXPECT_EQ(code([](Sums& s) {
              return Body{steps::Input("x", s.h), s.second};
            }),
            ErrorCode::kInternal);
  EXPECT_EQ(code([](Sums& s) {
              return Body{steps::Recurrence("r", {s.first}, false), s.second};
            }),
            ErrorCode::kInternal);
  EXPECT_EQ(code([](Sums& s) {
              s.second.views[0].shape.dims[0] = kLength - 1;
              return Body{s.first, s.second};
            }),
            ErrorCode::kInternal)
      << "lengths that differ";
  EXPECT_EQ(code([](Sums& s) {
              s.second.outputs[0] = 77;
              return Body{s.first, s.second};
            }),
            ErrorCode::kInternal)
      << "no such tensor";
  EXPECT_EQ(code([](Sums& s) { return Body{s.first}; }), ErrorCode::kInternal)
      << "no step computes g";
  EXPECT_EQ(code([](Sums& s) {
              const TensorId none = s.b.AddTensor("none", MakeShape({kLength, 1}), 0, 1);
              s.second.views[0].terms[0].tensor = none;
              return Body{s.first, s.second};
            }),
            ErrorCode::kInternal)
      << "a tensor from outside that is not there yet";
}

}  // namespace
}  // namespace voizk
