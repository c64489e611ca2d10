#include "proof/prover/prover.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/secure.h"
#include "crypto/hash/rng.h"
#include "crypto/hash/sha256.h"
#include "proof/commit/prover.h"
#include "proof/commit/public_writer.h"
#include "proof/protocol/container.h"
#include "proof/protocol/reductions.h"
#include "proof/prover/draw_again.h"
#include "proof/prover/secrets.h"
#include "proof/sumcheck/prover_side.h"
#include "relation/core/structure.h"
#include "relation/execution/executor.h"
#include "relation/execution/view_evaluator.h"
#include "voizk/memory.h"

namespace voizk {

namespace {

// A second attempt is needed with probability below 2^-100; more are a broken generator.
constexpr int kMaxAttempts = 4;

using Clock = std::chrono::steady_clock;

// Adds the time until its end to *seconds.
class Timer {
 public:
  explicit Timer(double* seconds) : seconds_(seconds), start_(Clock::now()) {}
  ~Timer() { *seconds_ += std::chrono::duration<double>(Clock::now() - start_).count(); }

 private:
  double* seconds_;
  Clock::time_point start_;
};

Status CheckWitness(const Relation& relation, const Witness& witness) {
  if (witness.size() != relation.tensors.size()) {
    return {ErrorCode::kInvalidArgument, "the witness has another number of tensors"};
  }
  for (size_t t = 0; t < witness.size(); ++t) {
    const std::string which = "witness of tensor " + std::to_string(t);
    if (witness[t].size() != relation.tensors[t].shape.Cells()) {
      return {ErrorCode::kInvalidArgument, which + " has another number of cells"};
    }
    for (const int32_t v : witness[t]) {
      if (v > kHalfModulus || v < -kHalfModulus) {
        return {ErrorCode::kInvalidArgument, which + " leaves the field's range"};
      }
    }
  }
  return {};
}

// The views of the relation's constraints on the witness.  The weights that it packs and the
// results that it keeps live as long as the function.
Result<ViewValues> EvaluateViews(const Relation& relation, const Witness& witness,
                                 ThreadPool* pool) {
  struct State {
    State(const Relation& relation, const Witness& witness, ThreadPool* pool)
        : evaluator(relation), session(evaluator, witness, pool) {}
    ViewEvaluator evaluator;
    ViewEvaluator::Session session;
  };
  const auto state = std::make_shared<State>(relation, witness, pool);
  for (const Lookup& lookup : relation.lookups) {
    VOIZK_RETURN_IF_ERROR(state->evaluator.Prepare(lookup.key));
    if (lookup.has_value) VOIZK_RETURN_IF_ERROR(state->evaluator.Prepare(lookup.value));
  }
  for (const Product& product : relation.products) {
    VOIZK_RETURN_IF_ERROR(state->evaluator.Prepare(product.a));
    VOIZK_RETURN_IF_ERROR(state->evaluator.Prepare(product.b));
  }
  return ViewValues([state](const View& view) { return state->session.Evaluate(view); });
}

void Erase(Witness* witness) {
  Witness gone = std::move(*witness);
  witness->clear();
  const WitnessEraser erase(gone);
}

// The witness of a proof, and, where the caller gave it away, the right to end it.
struct Source {
  const Witness& witness;
  Witness* owned = nullptr;
};

// Secrets, with the time of each step written down as the protocol comes to the next, and without
// the witness and the means of evaluating views when the cells alone are left to be read.
template <int D>
class TimedSecrets {
 public:
  TimedSecrets(ProverSecrets<D>* secrets, PlacedWitness* placed, Witness* owned, ProveStats* stats)
      : secrets_(secrets), placed_(placed), owned_(owned), stats_(stats) {}
  FractionTree<D>& BeginLookups(const LookupChallenges<D>& c) {
    Next(&stats_->evaluate_s);
    secrets_->PrepareLookups();
    Next(&stats_->lookups_s);
    return secrets_->BeginLookups(c);
  }
  TriplePolynomial<D>& BeginProducts(std::span<const Ext<D>> tau) {
    Next(&stats_->products_s);
    return secrets_->BeginProducts(tau);
  }
  DotPolynomial<D>& BeginBatch(const Claims<D>& claims, const Ext<D>& xi) {
    Next(&stats_->batch_s);
    placed_->values = {};
    if (owned_ != nullptr) Erase(owned_);
    return secrets_->BeginBatch(claims, xi);
  }
  bool vanished() const { return secrets_->vanished(); }

 private:
  void Next(double* seconds) {
    timer_.reset();
    timer_.emplace(seconds);
  }
  ProverSecrets<D>* secrets_;
  PlacedWitness* placed_;
  Witness* owned_;
  ProveStats* stats_;
  std::optional<Timer> timer_;
};

// One attempt; nothing if it has to be repeated with fresh randomness, an error if the witness is
// false.
template <int D>
Result<std::optional<std::vector<uint8_t>>> Attempt(const Instance& instance,
                                                    const PublicValues& public_values,
                                                    const Source& source, SecureRng* rng,
                                                    ThreadPool* pool, ProveStats* stats) {
  const Witness& witness = source.witness;
  std::optional<PlacedWitness> placed;
  {
    const Timer timer(&stats->evaluate_s);
    VOIZK_ASSIGN_OR_RETURN(ViewValues values, EvaluateViews(instance.relation(), witness, pool));
    placed.emplace(instance, witness, std::move(values), pool);
  }
  ByteWriter proof;
  WriteProofHeader(D, &proof);
  Transcript transcript;
  instance.Begin(public_values, &transcript);  // 0
  CommitProver<D> commitment(instance.params(), instance.plan(), rng, pool);
  {
    const Timer timer(&stats->commit_s);
    SendRoot(commitment.Commit(placed->cells), &transcript, &proof);  // 1
    SendWork(instance.params(), &transcript, &proof);
  }
  ConstraintSystem<D> constraints(instance.plan());
  ProverChannel<D> channel(&transcript, &constraints, commitment.pads(), &proof);
  ProverSide<D> side(&channel);
  ProverSecrets<D> secrets(instance, *placed, *pool);
  std::optional<Reduced<D>> reduced;
  {
    TimedSecrets<D> timed(&secrets, &*placed, source.owned, stats);
    VOIZK_ASSIGN_OR_RETURN(
        reduced, ReduceOrDrawAgain<D>(instance, public_values.inputs(), side, timed));  // 2 to 4
  }
  if (!reduced) return std::optional<std::vector<uint8_t>>();
  const Timer timer(&stats->open_s);
  if (!commitment.Open(reduced->z, secrets.EAtZ(), reduced->claim, &channel, &transcript,
                       &proof)) {  // 5
    return Error{ErrorCode::kInvalidArgument, "the witness does not satisfy the relation"};
  }
  return std::optional(std::move(proof).Take());
}

template <int D>
Result<std::vector<uint8_t>> ProveDegree(const Instance& instance,
                                         const PublicValues& public_values, const Source& witness,
                                         SecureRng* rng, ThreadPool* pool, ProveStats* stats) {
  while (stats->attempts < kMaxAttempts) {
    ++stats->attempts;
    VOIZK_ASSIGN_OR_RETURN(auto proof,
                           Attempt<D>(instance, public_values, witness, rng, pool, stats));
    if (proof) return std::move(*proof);
  }
  return {ErrorCode::kInternal, "the random generator repeats itself"};
}

// A proof with the randomness of rng, which is fresh and used for nothing else.
Result<std::vector<uint8_t>> ProveWith(SecureRng* rng, const Instance& instance,
                                       const PublicValues& public_values, const Source& witness,
                                       ThreadPool* pool, ProveStats* stats) {
  const KeepMemory keep;
  ProveStats unused;
  if (stats == nullptr) stats = &unused;
  return instance.degree() == 4
             ? ProveDegree<4>(instance, public_values, witness, rng, pool, stats)
             : ProveDegree<5>(instance, public_values, witness, rng, pool, stats);
}

// What the randomness is keyed with beside the system's: should that repeat itself (a cloned
// machine, a snapshot), other relations, public values and witnesses still get other masks.
// Degree and work, which tests may choose, too.  Injective but for collisions: the relation fixes
// the lengths of the public inputs and of the witness, whose pieces all threads hash.
Digest RandomnessKey(const Instance& instance, const PublicValues& public_values,
                     const Witness& witness, ThreadPool* pool) {
  const std::vector<uint8_t> bytes = public_values.Serialize();
  std::array<uint8_t, 12> sizes;
  StoreU32(static_cast<uint32_t>(instance.degree() | instance.params().work_bits << 8),
           sizes.data());
  StoreU64(bytes.size(), sizes.data() + 4);
  Sha256 hash;
  hash.Update(instance.digest()).Update(sizes).Update(bytes);
  hash.Update(public_values.SerializeInputs());
  constexpr size_t kPiece = size_t{1} << 16;
  std::vector<std::span<const int32_t>> pieces;
  for (const std::span<const int32_t> cells : witness) {
    for (size_t at = 0; at < cells.size(); at += kPiece) {
      pieces.push_back(cells.subspan(at, std::min(kPiece, cells.size() - at)));
    }
  }
  SecureVector<Digest> digests(pieces.size());
  pool->ParallelFor(pieces.size(), 1, [&](size_t begin, size_t end) {
    for (size_t k = begin; k < end; ++k) {
      digests[k] =
          Sha256Of({reinterpret_cast<const uint8_t*>(pieces[k].data()), pieces[k].size_bytes()});
    }
  });
  for (const Digest& digest : digests) hash.Update(digest);
  return hash.Finish();
}

}  // namespace

namespace {

Result<std::vector<uint8_t>> ProveFrom(const Source& source, const Instance& instance,
                                       const PublicValues& public_values, ThreadPool* pool,
                                       ProveStats* stats) {
  VOIZK_RETURN_IF_ERROR(CheckPublicInputs(instance.relation(), public_values.inputs()));
  VOIZK_RETURN_IF_ERROR(CheckWitness(instance.relation(), source.witness));
  Digest key = RandomnessKey(instance, public_values, source.witness, pool);
  SecureRng rng(key);
  Zeroise(std::span(key));
  return ProveWith(&rng, instance, public_values, source, pool, stats);
}

}  // namespace

Result<std::vector<uint8_t>> Prove(const Instance& instance, const PublicValues& public_values,
                                   const Witness& witness, ThreadPool* pool, ProveStats* stats) {
  return ProveFrom({witness}, instance, public_values, pool, stats);
}

Result<std::vector<uint8_t>> ProveAndErase(const Instance& instance,
                                           const PublicValues& public_values, Witness* witness,
                                           ThreadPool* pool, ProveStats* stats) {
  const WitnessEraser erase(*witness);
  return ProveFrom({*witness, witness}, instance, public_values, pool, stats);
}

Result<std::vector<uint8_t>> ProveForTest(const Instance& instance,
                                          const PublicValues& public_values, const Witness& witness,
                                          uint64_t seed, ThreadPool* pool) {
  VOIZK_RETURN_IF_ERROR(CheckPublicInputs(instance.relation(), public_values.inputs()));
  VOIZK_RETURN_IF_ERROR(CheckWitness(instance.relation(), witness));
  SecureRng rng = SecureRng::ForTest(seed);
  return ProveWith(&rng, instance, public_values, {witness}, pool, nullptr);
}

}  // namespace voizk
