// The lookup reduction alone: honest claims are the leaves' multilinear extensions at rho and every
// constraint holds; wrong leaves or messages violate a constraint.
#include "proof/lookup/reduction.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>

#include "algebra/poly/eq.h"
#include "crypto/hash/rng.h"
#include "proof/functionals/placed_values.h"
#include "proof/lookup/fraction_tree.h"
#include "proof/sumcheck/prover_side.h"
#include "proof/sumcheck/verifier_side.h"

namespace voizk {
namespace {

View ViewOfShape(const Shape& shape) {
  View view;
  view.shape = shape;
  return view;
}

// Lookups of several shapes (with padding, so with gaps between leaves) in two tables.
struct Case {
  Relation relation;
  std::vector<std::vector<int32_t>> keys, values;  // by lookup
  std::vector<std::vector<int32_t>> multiplicities;

  /// extra > 0: another lookup of that many cells; more > 0: and one in the table without values.
  explicit Case(SecureRng& rng, uint32_t extra = 0, uint32_t more = 0) {
    for (int t = 0; t < 2; ++t) {
      Table table;
      for (int32_t k = 0; k < 11 + t; ++k) {
        table.keys.push_back(k - 3);
        table.values.push_back(t == 0 ? 0 : 7 * k - 20);
      }
      relation.tables.push_back(table);
      relation.multiplicities.push_back(static_cast<TensorId>(t));
      multiplicities.emplace_back(table.keys.size());
    }
    std::vector<Shape> shapes = {MakeShape({5, 3}), MakeShape({7}), MakeShape({2, 3, 5})};
    if (extra > 0) shapes.push_back(MakeShape({extra}));
    if (more > 0) shapes.push_back(MakeShape({more}));
    for (size_t s = 0; s < shapes.size(); ++s) {
      Lookup lookup;
      lookup.key = ViewOfShape(shapes[s]);
      lookup.table = s % 4 == 0 ? 0 : 1;
      lookup.shift = static_cast<int>(s);
      lookup.has_value = lookup.table == 1;
      if (lookup.has_value) lookup.value = ViewOfShape(shapes[s]);
      const Table& table = relation.tables[lookup.table];
      std::vector<int32_t> key, value;
      for (uint64_t i = 0; i < shapes[s].Cells(); ++i) {
        const size_t row = rng.NextFp().ToU32() % table.keys.size();
        key.push_back(table.keys[row] << lookup.shift);
        value.push_back(table.values[row]);
        ++multiplicities[lookup.table][row];
      }
      keys.push_back(key);
      values.push_back(value);
      relation.lookups.push_back(lookup);
    }
  }

  LookupLeaves Leaves(const Layout& layout) const {
    size_t call = 0;
    const ViewValues next = [&](const View&) {
      // Calls come as key, then value where there is one.
      size_t left = call++;
      for (size_t s = 0;; ++s) {
        if (left == 0) return SecureVector<int32_t>(keys[s].begin(), keys[s].end());
        --left;
        if (!relation.lookups[s].has_value) continue;
        if (left == 0) return SecureVector<int32_t>(values[s].begin(), values[s].end());
        --left;
      }
    };
    return LookupLeaves(relation, layout, next, {multiplicities.begin(), multiplicities.end()});
  }
  Layout MakeLookupLayout() const {
    Relation with_tensors = relation;
    for (const Table& table : relation.tables) {
      Tensor tensor;
      tensor.shape = MakeShape({static_cast<uint32_t>(table.keys.size())});
      with_tensors.tensors.push_back(tensor);
    }
    return MakeLayout(with_tensors);
  }
};

template <int D>
Ext<D> Evaluate(const AffineForm<D>& form, const PadPlan& plan, std::span<const Ext<D>> pads) {
  Ext<D> value = form.constant();
  for (const auto& term : form.terms()) {
    if (term.var.kind == VarKind::kPad) {
      value += term.coeff * pads[term.var.index];
      continue;
    }
    const auto [x, y] = plan.triples[term.var.index];
    const Ext<D> factor_x = term.var.kind == VarKind::kY ? Ext<D>::kOne : pads[x];
    const Ext<D> factor_y = term.var.kind == VarKind::kX ? Ext<D>::kOne : pads[y];
    value += term.coeff * factor_x * factor_y;
  }
  return value;
}

// Adds one to the scalar number `at`.
template <int D>
struct TamperingSide : ProverSide<D> {
  TamperingSide(ProverChannel<D>* channel, size_t at_in) : ProverSide<D>(channel), at(at_in) {}
  Result<Masked<D>> Scalar(std::string_view label, const Ext<D>& value) {
    return ProverSide<D>::Scalar(label, next++ == at ? value + Ext<D>::kOne : value);
  }
  size_t at, next = 0;
};

template <int D>
struct Reduction {
  PadPlan plan;
  std::vector<Ext<D>> pads;
  LookupChallenges<D> challenges;
  LookupClaims<D> claims;
  size_t violated = 0;  // constraints that do not hold
  std::vector<uint8_t> proof;

  Reduction(const Case& c, SecureRng& rng, size_t tamper = SIZE_MAX, size_t threads = 1,
            int kept_bits = FractionTree<D>::kKeptBits) {
    const Layout layout = c.MakeLookupLayout();
    const LookupLeaves leaves = c.Leaves(layout);
    plan = PlanLookups(layout.lookups.bits);
    for (uint32_t i = 0; i < plan.pads; ++i) pads.push_back(rng.NextExt<D>());
    Transcript transcript;
    ByteWriter writer;
    ConstraintSystem<D> constraints(plan);
    ProverChannel<D> channel(&transcript, &constraints, pads, &writer);
    TamperingSide<D> side(&channel, tamper);
    challenges = DrawLookupChallenges<D>(side);
    ThreadPool pool(threads);
    FractionTree<D> tree(leaves, challenges, pool, kept_bits);
    auto result = RunLookups<D>(side, layout.lookups.bits, tree);
    EXPECT_TRUE(result.ok());
    EXPECT_TRUE(constraints.IsComplete()) << "the plan has every pad and triple";
    claims = std::move(result).value();
    for (const auto& form : constraints.constraints()) {
      violated += !Evaluate<D>(form, plan, pads).IsZero();
    }
    proof = std::move(writer).Take();
  }
};

// kept_bits: large enough, or too small, for the tree to keep layer h - 1.
template <int D>
void HonestClaimsOfTree(uint32_t extra, uint32_t more, int kept_bits) {
  SCOPED_TRACE(std::to_string(extra) + " + " + std::to_string(more) + ", kept up to 2^" +
               std::to_string(kept_bits));
  SecureRng rng = SecureRng::ForTest(1);
  const Case c(rng, extra, more);
  const Layout layout = c.MakeLookupLayout();
  const Reduction<D> run(c, rng, SIZE_MAX, 2, kept_bits);
  EXPECT_EQ(run.violated, 0u);
  // The claims against the definition of the leaves.
  const auto eq = EqTable<D>(run.claims.rho).ToVector();
  std::vector<Ext<D>> n(eq.size()), q(eq.size(), Ext<D>::kOne);
  const auto& [alpha, beta1, beta2] = run.challenges;
  const auto set = [&](uint64_t a, Fp numerator, Fp key, Fp value, size_t table) {
    n[a] = Ext<D>::FromBase(numerator);
    q[a] = alpha - key - beta1 * value - beta2 * Fp::FromU64(table + 1);
  };
  for (size_t s = 0; s < c.relation.lookups.size(); ++s) {
    const Lookup& lookup = c.relation.lookups[s];
    const Fp unit = Fp::FromU64(uint64_t{1} << lookup.shift).Inverse();
    ForEachRow(layout.lookups.items[s], [&](uint64_t a, uint64_t i, uint64_t count) {
      for (uint64_t k = 0; k < count; ++k) {
        set(a + k, Fp::kOne, Fp::FromI64(c.keys[s][i + k]) * unit,
            lookup.has_value ? Fp::FromI64(c.values[s][i + k]) : Fp::kZero, lookup.table);
      }
    });
  }
  for (size_t t = 0; t < c.relation.tables.size(); ++t) {
    const Table& table = c.relation.tables[t];
    const uint64_t base = layout.lookups.items[c.relation.lookups.size() + t].base;
    for (size_t k = 0; k < table.keys.size(); ++k) {
      set(base + k, -Fp::FromI64(c.multiplicities[t][k]), Fp::FromI64(table.keys[k]),
          Fp::FromI64(table.values[k]), t);
    }
  }
  Ext<D> n_at_rho, q_at_rho;
  for (size_t a = 0; a < eq.size(); ++a) {
    n_at_rho += eq[a] * n[a];
    q_at_rho += eq[a] * q[a];
  }
  EXPECT_EQ(Evaluate<D>(run.claims.n, run.plan, run.pads), n_at_rho);
  EXPECT_EQ(Evaluate<D>(run.claims.q, run.plan, run.pads), q_at_rho);
}
template <int D>
void HonestClaims(uint32_t extra = 0, uint32_t more = 0) {
  HonestClaimsOfTree<D>(extra, more, 0);
  HonestClaimsOfTree<D>(extra, more, 60);
}
TEST(LookupReduction, HonestClaimsAreTheLeavesAtRho) {
  HonestClaims<4>();
  HonestClaims<5>();
}

// The leaf layer's tail (fraction_tree.h): second children that are occupied hardly, to a block, to
// a half, almost all and all, and one leaf more, which doubles the space.
TEST(LookupReduction, HonestClaimsWhereMuchOfTheSpaceIsEmpty) {
  SecureRng rng = SecureRng::ForTest(1);
  const auto others = static_cast<uint32_t>(Case(rng, 1).MakeLookupLayout().lookups.size - 1);
  for (const uint32_t occupied :
       {4097u, 4096u + 512, 4096u + 700, 6144u, 6145u, 7700u, 8192u, 8193u}) {
    HonestClaims<4>(occupied - others);
  }
  HonestClaims<5>(5000);
}

// Blocks of every kind (fraction_tree.h), and of each next to each: lookups of one table and of
// two, with values and without, table rows among them, in both halves of the leaves.
TEST(LookupReduction, HonestClaimsOfEveryKindOfBlock) {
  for (const auto& [extra, more] : {std::pair{4096u, 4096u},
                                    {4096u, 3000u},
                                    {8192u, 4096u},
                                    {8192u, 1024u},
                                    {3000u, 8192u},
                                    {2048u, 2048u},
                                    {16384u, 700u},
                                    {1000u, 16384u},
                                    {12000u, 12000u},
                                    {8000u, 500u}}) {
    HonestClaims<4>(extra, more);
  }
  HonestClaims<5>(8192, 4096);
  HonestClaims<5>(8192, 1024);
}

// lambda = 0, which no transcript draws, is where kLookups would divide by it: the first round is
// then that of sum eq (n0 q1 + n1 q0).
TEST(LookupReduction, LambdaMayBeZero) {
  SecureRng rng = SecureRng::ForTest(7);
  const Case c(rng, 4096, 4096);
  const Layout layout = c.MakeLookupLayout();
  const LookupLeaves leaves = c.Leaves(layout);
  const LookupChallenges<4> challenges{rng.NextExt<4>(), rng.NextExt<4>(), rng.NextExt<4>()};
  ThreadPool pool(1);
  for (const int above : {1, 2}) {
    const int j = leaves.bits() - above;
    std::vector<Ext<4>> rho;
    for (int i = 0; i < j; ++i) rho.push_back(rng.NextExt<4>());
    FractionTree<4> zero(leaves, challenges, pool), one(leaves, challenges, pool),
        two(leaves, challenges, pool);
    const auto t = [&](FractionTree<4>& tree, int64_t lambda) {
      return tree.BeginLayer(j, Ext<4>::FromI64(lambda), rho).Evaluate();
    };
    // G is linear in lambda.
    const auto at_0 = t(zero, 0), at_1 = t(one, 1), at_2 = t(two, 2);
    for (size_t e = 0; e < 2; ++e) EXPECT_EQ(at_0[e], at_1[e].Double() - at_2[e]) << above;
  }
}

TEST(LookupReduction, ThreadsDoNotChangeTheProof) {
  SecureRng rng = SecureRng::ForTest(1);
  const Case c(rng);
  const Case large(rng, 20000);
  for (const Case* each : {&c, &large}) {
    SecureRng one = SecureRng::ForTest(2), two = SecureRng::ForTest(2);
    EXPECT_EQ(Reduction<4>(*each, one, SIZE_MAX, 1).proof,
              Reduction<4>(*each, two, SIZE_MAX, 3).proof);
  }
}

TEST(LookupReduction, WrongMultiplicityViolatesAConstraint) {
  SecureRng rng = SecureRng::ForTest(3);
  for (size_t t = 0; t < 2; ++t) {
    Case c(rng);
    ++c.multiplicities[t][4];
    EXPECT_GT(Reduction<4>(c, rng).violated, 0u);
  }
}

TEST(LookupReduction, EntryThatIsInNoTableViolatesAConstraint) {
  SecureRng rng = SecureRng::ForTest(3);
  Case key(rng), value(rng), shifted(rng), swapped(rng);
  key.keys[0][2] = 900;
  EXPECT_GT(Reduction<4>(key, rng).violated, 0u);
  value.values[1][0] += 1;
  EXPECT_GT(Reduction<4>(value, rng).violated, 0u);
  shifted.keys[2][5] += 1;  // no multiple of 4: its quotient in the field is in no table
  EXPECT_GT(Reduction<4>(shifted, rng).violated, 0u);
  std::swap(swapped.relation.lookups[0].table, swapped.relation.lookups[1].table);
  EXPECT_GT(Reduction<4>(swapped, rng).violated, 0u);
}

TEST(LookupReduction, EveryWrongMessageViolatesAConstraintOrTheClaims) {
  SecureRng rng = SecureRng::ForTest(5);
  const Case c(rng);
  const Reduction<4> honest(c, rng);
  for (size_t at = 0; at < honest.plan.pads; ++at) {
    const Reduction<4> run(c, rng, at);
    // The last layer's four values are also claims on the leaves; its constraint sees each of them.
    EXPECT_GT(run.violated, 0u) << "scalar " << at;
  }
}

// Verifier's side: reads what the prover's side wrote, draws the same point, collects constraints
// that the prover's pads satisfy.
TEST(LookupReduction, VerifierCollectsTheSameConstraints) {
  SecureRng rng = SecureRng::ForTest(6);
  const Case c(rng);
  const Reduction<4> run(c, rng);
  Transcript transcript;
  ByteReader reader(run.proof, ErrorCode::kProofMalformed, "proof");
  ConstraintSystem<4> constraints(run.plan);
  VerifierChannel<4> channel(&transcript, &constraints, &reader);
  VerifierSide<4> side(&channel);
  DrawLookupChallenges<4>(side);
  UnknownTree<4> tree;
  const int h = c.MakeLookupLayout().lookups.bits;
  const auto claims = RunLookups<4>(side, h, tree);
  ASSERT_TRUE(claims.ok());
  EXPECT_TRUE(reader.ExpectEnd().ok());
  EXPECT_EQ(claims->rho, run.claims.rho);
  for (const auto& form : constraints.constraints()) {
    EXPECT_TRUE(Evaluate<4>(form, run.plan, run.pads).IsZero());
  }
  EXPECT_EQ(Evaluate<4>(claims->q, run.plan, run.pads),
            Evaluate<4>(run.claims.q, run.plan, run.pads));
}

}  // namespace
}  // namespace voizk
