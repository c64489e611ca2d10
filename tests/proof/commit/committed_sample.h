// A small protocol around the opening, for tests: two secrets, their product, and the claim that
// the committed vector has a certain value at a point.
//
//   P -> V root;  P -> V [x], [y], [p];  require [x][y] - [p] = 0
//   P -> V [s];   z, e public;  opening with claim [s] = e w(z)
#ifndef VOIZK_TESTS_PROOF_COMMIT_COMMITTED_SAMPLE_H_
#define VOIZK_TESTS_PROOF_COMMIT_COMMITTED_SAMPLE_H_

#include <vector>

#include "algebra/poly/mle.h"
#include "crypto/hash/rng.h"
#include "proof/commit/opening.h"
#include "proof/commit/params.h"
#include "proof/commit/prover.h"
#include "proof/commit/public_writer.h"
#include "proof/commit/verifier.h"
#include "proof/masked/prover_channel.h"
#include "proof/masked/verifier_channel.h"

namespace voizk::testing {

/// Pads that nobody multiplies, and `products` times the three scalars above.
inline PadPlan StatementPlan(uint32_t products) {
  PadPlan plan;
  for (uint32_t i = 0; i < products; ++i) {
    const uint32_t x = plan.AddPad(), y = plan.AddPad();
    plan.AddPad();
    plan.AddTriple(x, y);
  }
  plan.AddPad();
  plan.AddOpening();
  return plan;
}

/// Keeps the tests fast; the honest path does not depend on it.
inline constexpr int kTestQueryBits = 20;

template <int D>
struct CommittedSample {
  using K = Ext<D>;

  CommittedSample(uint64_t cell_count, uint32_t product_count, uint64_t seed)
      : plan(StatementPlan(product_count)),
        params(*ChooseParams(cell_count, plan, D, kTestQueryBits)),
        products(product_count),
        cells(cell_count) {
    SecureRng rng = SecureRng::ForTest(seed);
    for (Fp& cell : cells)
      cell = Fp::FromI64(static_cast<int64_t>(rng.NextFp().ToU32() % 256) - 128);
    for (int i = 0; i < params.cells_bits; ++i) z.push_back(rng.NextExt<D>());
    e = rng.NextExt<D>();
    value = e * EvaluateMle<D>(FpSpan(cells), std::span<const K>(z));
    for (uint32_t i = 0; i < products; ++i) {
      x.push_back(rng.NextExt<D>());
      y.push_back(rng.NextExt<D>());
      p.push_back(x[i] * y[i]);
    }
  }

  void Begin(Transcript* transcript) const {
    transcript->AbsorbText("statement", "opening test");
    AbsorbParams(params, transcript);
  }

  /// Prover is CommitProver or anything with its Commit, pads and Open.
  template <typename Prover>
  std::vector<uint8_t> Prove(Prover& prover) const {
    Transcript transcript;
    ByteWriter proof;
    Begin(&transcript);
    SendRoot(prover.Commit(cells), &transcript, &proof);
    ConstraintSystem<D> constraints(plan);
    ProverChannel<D> channel(&transcript, &constraints, prover.pads(), &proof);
    for (uint32_t i = 0; i < products; ++i) {
      const Masked<D> a = channel.Send("x", x[i]), b = channel.Send("y", y[i]),
                      c = channel.Send("p", p[i]);
      constraints.RequireZero(constraints.Product(a, b) - c.form);
    }
    const Masked<D> s = channel.Send("s", value);
    prover.Open(z, e, s.form, &channel, &transcript, &proof);
    return std::move(proof).Take();
  }

  Status Verify(ByteSpan proof) const {
    Transcript transcript;
    Begin(&transcript);
    ByteReader reader(proof, ErrorCode::kProofMalformed, "proof");
    VOIZK_ASSIGN_OR_RETURN(const Digest root, ReceiveRoot(&transcript, &reader));
    ConstraintSystem<D> constraints(plan);
    VerifierChannel<D> channel(&transcript, &constraints, &reader);
    for (uint32_t i = 0; i < products; ++i) {
      VOIZK_ASSIGN_OR_RETURN(const Masked<D> a, channel.Receive("x"));
      VOIZK_ASSIGN_OR_RETURN(const Masked<D> b, channel.Receive("y"));
      VOIZK_ASSIGN_OR_RETURN(const Masked<D> c, channel.Receive("p"));
      constraints.RequireZero(constraints.Product(a, b) - c.form);
    }
    VOIZK_ASSIGN_OR_RETURN(const Masked<D> s, channel.Receive("s"));
    return VerifyOpening<D>(params, {root, z, e, s.form}, &channel);
  }

  PadPlan plan;
  CommitParams params;
  uint32_t products;
  std::vector<Fp> cells;
  std::vector<K> z;
  K e;
  K value;  // claimed e w(z)
  std::vector<K> x, y, p;
};

}  // namespace voizk::testing

#endif  // VOIZK_TESTS_PROOF_COMMIT_COMMITTED_SAMPLE_H_
