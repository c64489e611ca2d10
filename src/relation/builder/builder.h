// Collects the tensors, tables, weights, constraints and steps of a relation.  What is built from
// them lies beside it: views.h and view_arithmetic.h (views), steps.h (how the prover computes a
// tensor), relation/gadgets (constraints with their steps).
//
// Shape mismatches and wrapping accumulators are programming or model errors: the builder records
// the first one and Finish() returns it (so hostile model files end in a typed error, never a
// crash).  After an error every function that takes a builder still returns something harmless.
//
// Costs, for choosing between gadgets: a cell is committed (~60 ns), a lookup ~60 ns, one entry of
// a product ~3 extension multiplications, a table costs its rows as lookups, an equality or a view
// costs nothing per se.
#ifndef VOIZK_RELATION_BUILDER_BUILDER_H_
#define VOIZK_RELATION_BUILDER_BUILDER_H_

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "relation/certificate/certificate.h"
#include "relation/core/relation.h"

namespace voizk {

class Builder {
 public:
  // -- tensors, tables, weights --
  /// A tensor with a claimed range; some constraint has to enforce it (certificate.h).
  TensorId AddTensor(std::string name, Shape shape, int64_t lo, int64_t hi);
  WeightsId AddWeights(Shape shape, std::vector<int32_t> values);
  /// The same table for the same rows.  An error beyond kMaxTables, or kMaxAllRows rows in all.
  static constexpr size_t kMaxAllRows = size_t{1} << 26;
  TableId AddTable(std::string name, std::vector<int32_t> keys, std::vector<int32_t> values);
  /// The table of one column holding lo..hi; the same table for the same range.
  TableId RangeTable(int64_t lo, int64_t hi);
  /// That table, if there is one.
  std::optional<TableId> FindRangeTable(int64_t lo, int64_t hi) const;

  // -- constraints and steps --
  void AddLookup(Lookup lookup);
  void AddProduct(Product product);
  void AddEquality(View v);
  /// v is the statement's; its values lie in [lo, hi].
  void AddPublicInput(std::string name, View v, int64_t lo, int64_t hi);
  void AddLatticeCommitment(LatticeCommitment commitment);
  /// Leaves a tensor to be committed to by whoever finishes the relation.
  void Commit(TensorId t) { to_commit_.push_back(t); }
  /// Those that were left; Finish fails where some remain.
  std::vector<TensorId> TakeToCommit() { return std::exchange(to_commit_, {}); }
  void AddStep(Step step);
  /// Inputs that are added from now on, secret and public, have names that begin with `scope`.
  void SetScope(std::string scope) { scope_ = std::move(scope); }
  /// Takes away the steps from the first-th on, for a step that holds them (steps::Recurrence).
  std::vector<Step> TakeSteps(size_t first);

  // -- views --
  /// Every cell of t at its own index.
  View Identity(TensorId t) const;
  /// Whether v is well-formed in this relation (CheckView); if not, records the error.
  bool Accepts(const View& v, std::string_view where);
  /// v if Accepts(v), else a harmless view.
  View Checked(View v, std::string_view where);
  /// Counts the work of composing views and the views that constraints and steps keep, which a
  /// small model could ask for without end.  false, and kLimitExceeded recorded, beyond kMaxWork in
  /// all.  A unit is about 20 ns, or 16 bytes; an attention layer takes 2^16 or so.
  static constexpr uint64_t kMaxWork = uint64_t{1} << 26;
  bool Spend(uint64_t work);
  /// Interval of a view from the claimed ranges of its tensors.
  Interval Bound(const View& v) const;

  const Relation& relation() const { return relation_; }
  /// t's shape and claimed range; of an unknown id, a tensor of one zero.
  const Tensor& tensor(TensorId t) const;

  /// Records an error (first one wins).
  void Fail(std::string message) { Fail(ErrorCode::kInvalidArgument, std::move(message)); }
  void Fail(ErrorCode code, std::string message);
  bool failed() const { return failed_; }
  /// The recorded error; only after failed().
  const Error& error() const { return error_; }

  /// Adds multiplicities, runs the certificate, returns the relation or the first error.
  Result<Relation> Finish() &&;
  /// The same, where nobody is to change the relation.
  Result<CertifiedRelation> FinishCertified() &&;

 private:
  /// The multiplicities, or the first error.
  Status Complete();

  Relation relation_;
  Error error_{ErrorCode::kInternal, {}};
  bool failed_ = false;
  /// Rows, first and last key, first and last value, a sum over all values (0 where all are 0):
  /// candidates for an equal table.
  using TableKey = std::array<int64_t, 6>;
  std::multimap<TableKey, TableId> tables_;
  std::vector<TensorId> to_commit_;
  std::string scope_;
  size_t rows_ = 0;    // of all tables
  uint64_t work_ = 0;  // see Spend
};

}  // namespace voizk

#endif  // VOIZK_RELATION_BUILDER_BUILDER_H_
