// Affine forms as functions of the tableau, products by triples, and the two channels.
#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "algebra/field/bytes.h"
#include "crypto/hash/rng.h"
#include "proof/masked/affine_form.h"
#include "proof/masked/constraints.h"
#include "proof/masked/prover_channel.h"
#include "proof/masked/verifier_channel.h"

namespace voizk {
namespace {

template <int D>
using Assignment = std::map<Var, Ext<D>>;

template <int D>
Ext<D> Evaluate(const AffineForm<D>& form, const Assignment<D>& values) {
  Ext<D> sum = form.constant();
  for (const auto& term : form.terms()) sum += term.coeff * values.at(term.var);
  return sum;
}

template <typename T>
class MaskedTest : public ::testing::Test {};
template <int D>
struct Degree {
  static constexpr int kValue = D;
};
using Degrees = ::testing::Types<Degree<4>, Degree<5>>;
TYPED_TEST_SUITE(MaskedTest, Degrees);

// A plan of two factors and their product, with pads and triples drawn at random.
template <int D>
struct Tableau {
  explicit Tableau(PadPlan the_plan, uint64_t seed) : plan(std::move(the_plan)) {
    SecureRng rng = SecureRng::ForTest(seed);
    for (uint32_t i = 0; i < plan.pads; ++i) {
      pads.push_back(rng.NextExt<D>());
      values[{VarKind::kPad, i}] = pads.back();
    }
    for (uint32_t e = 0; e < plan.triples.size(); ++e) {
      const Ext<D> x = pads[plan.triples[e].first], y = pads[plan.triples[e].second];
      values[{VarKind::kX, e}] = x;
      values[{VarKind::kY, e}] = y;
      values[{VarKind::kZ, e}] = x * y;
    }
  }
  PadPlan plan;
  std::vector<Ext<D>> pads;
  Assignment<D> values;
};

TYPED_TEST(MaskedTest, AffineFormsFormAModule) {
  constexpr int D = TypeParam::kValue;
  using Form = AffineForm<D>;
  SecureRng rng = SecureRng::ForTest(1);
  Assignment<D> values;
  for (uint32_t i = 0; i < 6; ++i) {
    for (VarKind kind : {VarKind::kPad, VarKind::kX, VarKind::kY, VarKind::kZ}) {
      values[{kind, i}] = rng.NextExt<D>();
    }
  }
  const auto random_form = [&](uint32_t variables) {
    Form form = Form::Constant(rng.NextExt<D>());
    for (uint32_t i = 0; i < variables; ++i) {
      const Var var{static_cast<VarKind>(rng.NextFp().ToU32() % 4), rng.NextFp().ToU32() % 6};
      form.AddScaled(Form::Variable(var), rng.NextExt<D>());
    }
    return form;
  };
  for (uint32_t i = 0; i < 50; ++i) {
    const Form a = random_form(i % 12), b = random_form(i % 7);
    const Ext<D> s = rng.NextExt<D>();
    const Ext<D> va = Evaluate(a, values), vb = Evaluate(b, values);
    EXPECT_EQ(Evaluate(a + b, values), va + vb);
    EXPECT_EQ(Evaluate(a - b, values), va - vb);
    EXPECT_EQ(Evaluate(a * s, values), va * s);
    EXPECT_EQ(Evaluate(Form(a).AddScaled(b, s), values), va + s * vb);
    const Form sum = a + b;
    for (size_t k = 1; k < sum.terms().size(); ++k) {
      EXPECT_LT(sum.terms()[k - 1].var, sum.terms()[k].var);
    }
    EXPECT_TRUE((a - a).terms().empty());
    EXPECT_TRUE((a - a).constant().IsZero());
  }
}

TYPED_TEST(MaskedTest, BothEndsSeeTheSameFormsAndChallenges) {
  constexpr int D = TypeParam::kValue;
  PadPlan plan;
  plan.AddPad();
  plan.AddPad();
  plan.AddTriple(0, 1);
  const Tableau<D> tableau(plan, 2);
  SecureRng rng = SecureRng::ForTest(3);
  const Ext<D> x = rng.NextExt<D>(), y = rng.NextExt<D>();

  Transcript prover_transcript;
  ConstraintSystem<D> prover_constraints(plan);
  ByteWriter proof;
  ProverChannel<D> prover(&prover_transcript, &prover_constraints, tableau.pads, &proof);
  const Masked<D> px = prover.Send("x", x);
  const Ext<D> pc = prover.Challenge("c");
  const Masked<D> py = prover.Send("y", y);
  const AffineForm<D> product = prover_constraints.Product(px, py);
  EXPECT_EQ(Evaluate(px.form, tableau.values), x);
  EXPECT_EQ(Evaluate(py.form, tableau.values), y);
  EXPECT_EQ(Evaluate(product, tableau.values), x * y);
  EXPECT_TRUE(prover_constraints.IsComplete());
  EXPECT_EQ(proof.size(), 2 * Ext<D>::kBytes);

  Transcript verifier_transcript;
  ConstraintSystem<D> verifier_constraints(plan);
  ByteReader reader(proof.bytes(), ErrorCode::kProofMalformed, "proof");
  VerifierChannel<D> verifier(&verifier_transcript, &verifier_constraints, &reader);
  const Result<Masked<D>> vx = verifier.Receive("x");
  ASSERT_TRUE(vx.ok());
  EXPECT_EQ(verifier.Challenge("c"), pc);
  const Result<Masked<D>> vy = verifier.Receive("y");
  ASSERT_TRUE(vy.ok());
  const AffineForm<D> again = verifier_constraints.Product(*vx, *vy);
  EXPECT_EQ(Evaluate(again, tableau.values), x * y);
  EXPECT_EQ(prover_transcript.state(), verifier_transcript.state());
  EXPECT_EQ(verifier.Receive("z").error().code, ErrorCode::kProofMalformed);
}

TYPED_TEST(MaskedTest, ReceiveRefusesNonCanonicalElements) {
  constexpr int D = TypeParam::kValue;
  PadPlan plan;
  plan.AddPad();
  std::vector<uint8_t> bytes(Ext<D>::kBytes, 0);
  StoreU32(Fp::kModulus, bytes.data() + 4);
  Transcript transcript;
  ConstraintSystem<D> constraints(plan);
  ByteReader reader(bytes, ErrorCode::kProofMalformed, "proof");
  VerifierChannel<D> verifier(&transcript, &constraints, &reader);
  const Result<Masked<D>> x = verifier.Receive("x");
  ASSERT_FALSE(x.ok());
  EXPECT_EQ(x.error().code, ErrorCode::kProofMalformed);
}

using MaskedDeathTest = ::testing::Test;

TEST(MaskedDeathTest, APadIsNeverUsedTwice) {
  PadPlan plan;
  plan.AddPad();
  const Tableau<4> tableau(plan, 4);
  Transcript transcript;
  ConstraintSystem<4> constraints(plan);
  ByteWriter proof;
  ProverChannel<4> prover(&transcript, &constraints, tableau.pads, &proof);
  prover.Send("x", Ext<4>::kOne);
  EXPECT_DEATH(prover.Send("x", Ext<4>::kOne), "more masked scalars than the plan has pads");
}

TEST(MaskedDeathTest, ProductsFollowThePlan) {
  PadPlan plan;
  plan.AddPad();
  plan.AddPad();
  plan.AddTriple(0, 1);
  const Tableau<4> tableau(plan, 5);
  Transcript transcript;
  ConstraintSystem<4> constraints(plan);
  ByteWriter proof;
  ProverChannel<4> prover(&transcript, &constraints, tableau.pads, &proof);
  const Masked<4> x = prover.Send("x", Ext<4>::kOne), y = prover.Send("y", Ext<4>::kOne);
  EXPECT_DEATH(constraints.Product(y, x), "other pads than the plan says");
  constraints.Product(x, y);
  EXPECT_DEATH(constraints.Product(x, y), "more products than the plan has triples");
}

// Leaking is a compile error: the channel takes no public bytes, vectors or unlabelled elements.
template <typename Channel, typename... Args>
concept CanSend = requires(Channel c, Args... args) {
  c.Send(args...);
};
static_assert(CanSend<ProverChannel<4>, std::string_view, Ext<4>>);
static_assert(!CanSend<ProverChannel<4>, std::string_view, std::vector<Ext<4>>>);
static_assert(!CanSend<ProverChannel<4>, std::string_view, Fp>);
static_assert(!CanSend<ProverChannel<4>, Ext<4>>);
static_assert(!CanSend<ProverChannel<4>, std::string_view, AffineForm<4>>);

}  // namespace
}  // namespace voizk
