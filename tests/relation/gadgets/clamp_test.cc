// Guards ShiftClamp: it is clamp(floor(v / 2^shift), lo, hi) whichever of its parts a range leaves
// out, no lie about a part goes unseen, and what cannot be certified is a typed error.
#include "relation/gadgets/clamp.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>

#include "relation/builder/view_arithmetic.h"
#include "relation/gadgets/commit.h"
#include "relation/gadgets/proven.h"

namespace voizk {
namespace {

// Division by floor, without shifts.
int64_t Reference(int64_t v, int shift, int64_t lo, int64_t hi) {
  const int64_t unit = int64_t{1} << shift;
  const int64_t floor = v / unit - (v % unit < 0);
  return floor < lo ? lo : floor > hi ? hi : floor;
}

struct Case {
  int64_t v_lo = 0, v_hi = 0;
  int shift = 0;
  int64_t lo = 0, hi = 0;
};

// On both ends of v's range, of the clamp and of the units of the shift, and in between.
Proven ProveClamp(const Case& c, std::mt19937& rng) {
  const int64_t unit = int64_t{1} << c.shift;
  std::vector<int64_t> values{c.v_lo, c.v_hi, 0, -1, 1, unit - 1, unit, -unit};
  for (const int64_t end : {c.lo, c.hi, c.hi + 1}) {
    values.push_back(end * unit);
    values.push_back(end * unit - 1);
  }
  while (values.size() < 40) {
    values.push_back(std::uniform_int_distribution<int64_t>(c.v_lo, c.v_hi)(rng));
  }
  std::vector<int32_t> x;
  for (const int64_t v : values) {
    x.push_back(static_cast<int32_t>(std::clamp(v, c.v_lo, c.v_hi)));
  }
  Builder b;
  const TensorId in = gadgets::Input(b, "in x", MakeShape({5, 8}), c.v_lo, c.v_hi);
  const TensorId y = gadgets::ShiftClamp(b, "y", b.Identity(in), c.shift, c.lo, c.hi);
  Proven p = Prove(std::move(b), {{"in x", x}});
  if (p.witness.empty()) return p;
  for (size_t i = 0; i < x.size(); ++i) {
    EXPECT_EQ(p.witness[y][i], Reference(x[i], c.shift, c.lo, c.hi)) << x[i];
  }
  return p;
}

TensorId Find(const Relation& r, const std::string& name) {
  for (TensorId t = 0; t < r.tensors.size(); ++t) {
    if (r.tensors[t].name == name) return t;
  }
  ADD_FAILURE() << "no tensor " << name;
  return 0;
}

std::set<std::string> PartsOf(const Relation& r) {
  std::set<std::string> parts;
  for (const Tensor& tensor : r.tensors) {
    if (tensor.name.starts_with("y ")) parts.insert(tensor.name.substr(2));
  }
  return parts;
}

// Each cell but those of the booleans, which are free to be 1 where y is at its end.
void ExpectEveryCellPinned(const Proven& p) {
  ASSERT_FALSE(p.witness.empty());
  const Relation& r = p.relation;
  for (TensorId t = 0; t + r.multiplicities.size() < r.tensors.size(); ++t) {
    if (r.tensors[t].name.starts_with("in ") || r.tensors[t].name.ends_with(" some")) continue;
    for (size_t i = 0; i < p.witness[t].size(); ++i) {
      for (const int32_t lie : {-1, 1}) {
        Witness w = p.witness;
        w[t][i] += lie;
        EXPECT_FALSE(Accepted(r, w)) << r.tensors[t].name << "[" << i << "] " << lie;
      }
    }
  }
}

using Parts = std::set<std::string>;

TEST(ShiftClampTest, PartsThatARangeExcludesAreLeftOut) {
  std::mt19937 rng(1);
  const struct {
    Case c;
    Parts parts;
  } cases[] = {
      {{-5000, 5000, 4, -100, 100}, {"low", "over", "under"}},
      {{-5000, 5000, 4, 0, 127}, {"low", "over", "under"}},
      {{-1600, 5000, 4, -100, 100}, {"low", "over"}},
      {{-5000, 1615, 4, -100, 100}, {"low", "under"}},
      {{-1600, 1615, 4, -100, 100}, {"low"}},
      {{-1600, 1616, 4, -100, 100}, {"low", "over"}},
      {{-1601, 1615, 4, -100, 100}, {"low", "under"}},
      {{-500, 500, 0, -100, 100}, {"over", "under"}},
      {{-100, 100, 0, -100, 100}, {}},
      {{400, 500, 2, 0, 10}, {"low", "over"}},     // always hi
      {{-500, -400, 2, 0, 10}, {"low", "under"}},  // always lo
      {{-500, 500, 2, -7, -3}, {"low", "over", "under"}},
  };
  for (const auto& [c, parts] : cases) {
    const Proven p = ProveClamp(c, rng);
    EXPECT_EQ(PartsOf(p.relation), parts) << c.v_lo << ".." << c.v_hi;
    ExpectEveryCellPinned(p);
  }
}

TEST(ShiftClampTest, RandomRanges) {
  std::mt19937 rng(2);
  const auto some = [&](int64_t lo, int64_t hi) {
    return std::uniform_int_distribution<int64_t>(lo, hi)(rng);
  };
  for (int round = 0; round < 40; ++round) {
    Case c;
    const int64_t reach = int64_t{1} << some(3, 27);
    c.v_lo = some(-reach, reach - 1);
    c.v_hi = some(c.v_lo, reach);
    c.shift = static_cast<int>(some(0, 20));
    c.lo = some(-300, 299);
    c.hi = some(c.lo + 1, 300);
    const Proven p = ProveClamp(c, rng);
    ASSERT_FALSE(p.witness.empty())
        << c.v_lo << ".." << c.v_hi << " " << c.shift << " " << c.lo << ".." << c.hi;
    if (round % 8 == 0) ExpectEveryCellPinned(p);
  }
}

// Where excess times gap may wrap, a boolean stands between them.
TEST(ShiftClampTest, WideGapsTakeABoolean) {
  std::mt19937 rng(3);
  const Case c{-(1 << 26), 1 << 26, 1, -32768, 32767};
  const Proven p = ProveClamp(c, rng);
  EXPECT_EQ(PartsOf(p.relation), (Parts{"low", "over", "under", "over some", "under some"}));
  ExpectEveryCellPinned(p);
  // As far as the range checks reach.
  ExpectEveryCellPinned(ProveClamp({-(1 << 28), (1 << 28) - 1, 0, -128, 127}, rng));
  ExpectEveryCellPinned(ProveClamp({-(1 << 28), (1 << 28) - 1, 12, -32768, 32767}, rng));
}

// Of many wide values, two tables and the side on which a value lies take the excess's place.
TEST(ShiftClampTest, ManyWideGapsTakeTables) {
  std::mt19937 rng(4);
  for (const int shift : {0, 3}) {
    SCOPED_TRACE(shift);
    const Case c{-(1 << 24), (1 << 24) - 1, shift, -2048, 2047};
    const int64_t unit = int64_t{1} << shift;
    std::vector<int32_t> x;
    for (const int64_t v : {c.v_lo, c.v_hi, c.lo * unit, c.lo * unit - 1, c.hi * unit,
                            (c.hi + 1) * unit - 1, (c.hi + 1) * unit, int64_t{0}, int64_t{-1}}) {
      x.push_back(static_cast<int32_t>(v));
    }
    std::uniform_int_distribution<int32_t> near(-20000, 20000), any(-(1 << 24), (1 << 24) - 1);
    while (x.size() < 4096) x.push_back(x.size() % 2 == 0 ? near(rng) : any(rng));
    Builder b;
    const TensorId in = gadgets::Input(b, "in x", MakeShape({64, 64}), c.v_lo, c.v_hi);
    const TensorId y = gadgets::ShiftClamp(b, "y", b.Identity(in), c.shift, c.lo, c.hi);
    const Proven p = Prove(std::move(b), {{"in x", x}});
    ASSERT_FALSE(p.witness.empty());
    Parts parts{"within", "side"};
    if (shift > 0) parts.insert("index");
    EXPECT_EQ(PartsOf(p.relation), parts);
    for (size_t i = 0; i < x.size(); ++i) {
      ASSERT_EQ(p.witness[y][i], Reference(x[i], c.shift, c.lo, c.hi)) << x[i];
    }
    for (TensorId t = 0; t + p.relation.multiplicities.size() < p.relation.tensors.size(); ++t) {
      const std::string& name = p.relation.tensors[t].name;
      if (name.starts_with("in ")) continue;
      for (size_t i = 0; i < 9; ++i) {
        for (const int32_t lie : {-1, 1, 4096, -4096}) {
          Witness w = p.witness;
          w[t][i] += lie;
          EXPECT_FALSE(Accepted(p.relation, w)) << name << "[" << i << "] " << lie;
        }
      }
    }
    // A side and an index that fit each other but not the value.
    const TensorId side = Find(p.relation, "y side");
    Witness w = p.witness;
    w[side][0] = 0;
    w[y][0] =
        static_cast<int32_t>(c.lo + w[Find(p.relation, shift > 0 ? "y index" : "y within")][0]);
    EXPECT_FALSE(Accepted(p.relation, w));
  }
}

// Rows of the table of sides, rounded up to a power of two, would leave (-p/2, p/2) here.
TEST(ShiftClampTest, ManyValuesUpToHalfTheModulus) {
  std::mt19937 rng(5);
  std::uniform_int_distribution<int32_t> any(-(1 << 25), 1 << 25);
  std::vector<int32_t> x{-(1 << 25), 1 << 25, 0, 1, -1};
  while (x.size() < 4096) x.push_back(any(rng) >> (x.size() % 20));
  Builder b;
  const TensorId in = gadgets::Input(b, "in x", MakeShape({4096}), -(1 << 25), 1 << 25);
  const View v = views::Scale(b.Identity(in), 31);
  const TensorId y = gadgets::ShiftClamp(b, "y", v, 6, -2048, 2047);
  const Proven p = Prove(std::move(b), {{"in x", x}});
  ASSERT_FALSE(p.witness.empty());
  EXPECT_EQ(PartsOf(p.relation), (Parts{"within", "side", "index"}));
  for (size_t i = 0; i < x.size(); ++i) {
    ASSERT_EQ(p.witness[y][i], Reference(int64_t{31} * x[i], 6, -2048, 2047)) << x[i];
  }
}

// One cell, with any of its parts as a lying prover would choose them; the limbs of their range
// checks are those of an honest one.
class Liar {
 public:
  Liar(const Case& c, int32_t x) : case_(c) {
    Builder b;
    const TensorId in = gadgets::Input(b, "in x", MakeShape({1}), c.v_lo, c.v_hi);
    gadgets::ShiftClamp(b, "y", b.Identity(in), c.shift, c.lo, c.hi);
    proven_ = Prove(std::move(b), {{"in x", {x}}});
  }

  int32_t Honest(const std::string& part) const {
    return proven_.witness[Find(proven_.relation, part)][0];
  }

  /// Whether a witness of these parts, all else computed from them, is accepted.
  bool Accepts(int32_t y, int32_t low, int32_t over, int32_t under) const {
    Relation r = proven_.relation;
    Inputs inputs{{"in x", {proven_.witness[Find(r, "in x")][0]}}};
    const std::vector<std::pair<std::string, int32_t>> parts{
        {"y", y}, {"y low", low}, {"y over", over}, {"y under", under}};
    std::vector<Step> steps;
    for (const auto& [name, value] : parts) {
      Step step;
      step.name = "lie " + name;
      step.outputs = {Find(r, name)};
      inputs[step.name] = {value};
      steps.push_back(std::move(step));
    }
    for (Step& step : r.steps) {
      if (step.kind == StepKind::kShiftClamp) {
        steps.insert(steps.begin(), r.steps.front());  // the input is there before all else
        continue;
      }
      if (step.kind != StepKind::kInput && step.kind != StepKind::kCheckRange) {
        steps.push_back(step);
      }
    }
    r.steps = std::move(steps);
    const auto w = RunSteps(r, inputs);
    return w.ok() && Accepted(proven_.relation, *w);
  }

 private:
  Case case_;
  Proven proven_;
};

TEST(ShiftClampTest, ConsistentLiesAreRefused) {
  for (const Case& c :
       {Case{-5000, 5000, 4, -100, 100}, Case{-(1 << 26), 1 << 26, 1, -32768, 32767}}) {
    const int64_t unit = int64_t{1} << c.shift;
    for (const int64_t h :
         {c.lo - 7, c.lo - 1, c.lo, c.lo + 1, int64_t{0}, c.hi - 1, c.hi, c.hi + 1, c.hi + 7}) {
      const auto v = static_cast<int32_t>(h * unit + unit / 2);
      const Liar liar(c, v);
      const int32_t y = liar.Honest("y"), low = liar.Honest("y low"), over = liar.Honest("y over"),
                    under = liar.Honest("y under");
      ASSERT_EQ(v, low + unit * (y + over - under));
      EXPECT_TRUE(liar.Accepts(y, low, over, under)) << h;
      const auto unit32 = static_cast<int32_t>(unit);
      // v = low + unit (y + over - under) holds in each of these.
      EXPECT_FALSE(liar.Accepts(y - 1, low, over + 1, under)) << h;
      EXPECT_FALSE(liar.Accepts(y + 1, low, over - 1, under)) << h;
      EXPECT_FALSE(liar.Accepts(y + 1, low, over, under + 1)) << h;
      EXPECT_FALSE(liar.Accepts(y - 1, low, over, under - 1)) << h;
      EXPECT_FALSE(liar.Accepts(y, low, over + 1, under + 1)) << h;
      EXPECT_FALSE(liar.Accepts(y, low, over - 1, under - 1)) << h;
      EXPECT_FALSE(liar.Accepts(y + 1, low - unit32, over, under)) << h;
      EXPECT_FALSE(liar.Accepts(y - 1, low + unit32, over, under)) << h;
      EXPECT_FALSE(liar.Accepts(y, low - unit32, over + 1, under)) << h;
      EXPECT_FALSE(liar.Accepts(y, low + unit32, over, under + 1)) << h;
      // The other end, with all that is needed to get there.
      const auto lo = static_cast<int32_t>(c.lo), hi = static_cast<int32_t>(c.hi);
      if (y != hi) {
        EXPECT_FALSE(liar.Accepts(hi, low, 0, hi - y + under - over)) << h;
      }
      if (y != lo) {
        EXPECT_FALSE(liar.Accepts(lo, low, y - lo + over - under, 0)) << h;
      }
    }
  }
}

// The boolean says 0 where there is an excess.
TEST(ShiftClampTest, ABooleanThatDeniesAnExcessIsRefused) {
  const Case c{-(1 << 26), 1 << 26, 1, -32768, 32767};
  Builder b;
  const TensorId in = gadgets::Input(b, "in x", MakeShape({1}), c.v_lo, c.v_hi);
  const TensorId y = gadgets::ShiftClamp(b, "y", b.Identity(in), c.shift, c.lo, c.hi);
  const Proven p = Prove(std::move(b), {{"in x", {1 << 20}}});
  const TensorId over = Find(p.relation, "y over"), some = Find(p.relation, "y over some");
  ASSERT_GT(p.witness[over][0], 0);
  ASSERT_EQ(p.witness[some][0], 1);
  EXPECT_FALSE(Accepted(p.relation, With(p.witness, {{some, 0}})));
  EXPECT_FALSE(Accepted(
      p.relation,
      With(p.witness, {{some, 0}, {y, p.witness[y][0] - 1}, {over, p.witness[over][0] + 1}})));
}

TEST(ShiftClampTest, WhatCannotBeCertifiedIsATypedError) {
  const auto error = [](int64_t v_lo, int64_t v_hi, int32_t scale, int shift, int64_t lo,
                        int64_t hi) {
    Builder b;
    const TensorId in = gadgets::Input(b, "in x", MakeShape({2}), v_lo, v_hi);
    gadgets::ShiftClamp(b, "y", views::Scale(b.Identity(in), scale), shift, lo, hi);
    const auto r = std::move(b).Finish();
    EXPECT_FALSE(r.ok()) << v_lo << ".." << v_hi << " " << shift << " " << lo << ".." << hi;
    return r.ok() ? ErrorCode::kInternal : r.error().code;
  };
  EXPECT_EQ(error(-10, 10, 1, -1, 0, 5), ErrorCode::kInvalidArgument);
  EXPECT_EQ(error(-10, 10, 1, 30, 0, 5), ErrorCode::kInvalidArgument);
  EXPECT_EQ(error(-10, 10, 1, 2, 5, 5), ErrorCode::kInvalidArgument);
  EXPECT_EQ(error(-10, 10, 1, 2, 6, 5), ErrorCode::kInvalidArgument);
  EXPECT_EQ(error(-10, 10, 1, 2, INT64_MIN, INT64_MAX), ErrorCode::kInvalidArgument);
  EXPECT_EQ(error(-10, 10, 1, 2, -(1 << 29), 1 << 29), ErrorCode::kInvalidArgument);
  // v itself may wrap.
  const int64_t most = (1 << 28) - 1;
  EXPECT_EQ(error(-most, most, 4, 4, -128, 127), ErrorCode::kUnsupported);
  EXPECT_EQ(error(-most, most, 1 << 29, 4, -128, 127), ErrorCode::kUnsupported);
  // What is over spans more than a range check shows.
  EXPECT_EQ(error(-most, most, 3, 0, -128, 127), ErrorCode::kInvalidArgument);
  // v does not wrap, but 2^29 y would: the certificate's to say.
  EXPECT_EQ(error(-10, 10, 1, 29, -128, 127), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace voizk
