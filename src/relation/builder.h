// Builds a Relation and, beside each constraint, the step by which an honest prover computes the
// cells.  A gadget is a function that takes a Builder and Tensors/Views and returns Tensors/Views.
// Shape mismatches and wrapping accumulators are programming or model errors: the builder records
// the first one and Finish() returns it (so hostile model files end in a typed error, never a
// crash).
#ifndef VOIZK_RELATION_BUILDER_H_
#define VOIZK_RELATION_BUILDER_H_

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "relation/certificate.h"
#include "relation/relation.h"

namespace voizk {

class Builder {
 public:
  // -- tensors, tables, weights --
  TensorId AddTensor(std::string name, Shape shape, int64_t lo, int64_t hi);
  /// A secret input of the prover; range-checked by a lookup into the range table [lo, hi] (two
  /// limbs if the range exceeds 2^16 values).
  TensorId Input(std::string name, Shape shape, int64_t lo, int64_t hi);
  WeightsId AddWeights(Shape shape, std::vector<int32_t> values);
  TableId AddTable(std::string name, std::vector<int32_t> keys, std::vector<int32_t> values);
  /// The table of one column holding lo..hi; the same table for the same range.
  TableId RangeTable(int64_t lo, int64_t hi);

  // -- views --
  View Identity(TensorId t) const;
  View Constant(Shape shape, int32_t value) const;
  /// One dimension of t sliced: indices begin, begin+stride, ... (count of them).
  View Slice(TensorId t, int dim, uint32_t begin, uint32_t count, uint32_t stride = 1) const;
  /// t's dimension k becomes output dimension dims_to[k]; output dims that nobody feeds are
  /// broadcasts.
  View Broadcast(TensorId t, Shape out, std::vector<int> dims_to) const;
  /// Sum over one dimension (weighted), which disappears (a rank-1 tensor becomes shape [1]).
  View SumOver(TensorId t, int dim, std::vector<int32_t> weights = {}) const;
  View Map(TensorId t, Shape out, IndexMap map) const;
  View Conv1d(TensorId t, WeightsId w, std::span<const int32_t> bias, uint32_t out_length,
              uint32_t stride, uint32_t dilation, int32_t pad, uint32_t groups);
  View Conv2d(TensorId t, const Conv& conv, std::span<const int32_t> bias, uint32_t out_height,
              uint32_t out_width);
  /// Dense layer over the whole tensor (any rank <= 3): weights [O][cells], output [1][O].
  View Dense(TensorId t, WeightsId w, std::span<const int32_t> bias);
  /// Fixes one output dimension of v at an index and removes it (rank 1 becomes shape [1]).  Index
  /// maps only, no convolutions.
  View Select(const View& v, int dim, uint32_t index) const;
  static View Add(View a, const View& b);  // same shape
  static View Sub(View a, const View& b);
  static View Scale(View a, int32_t factor);
  static View Offset(View a, int32_t constant);

  // -- constraints (also usable directly by gadgets that write their own steps) --
  void AddLookup(Lookup lookup);
  void AddProduct(Product product);
  void AddEquality(View v);
  void AddStep(Step step);

  // -- constraint + step together --
  /// y = T(floor(v / 2^shift)), T given by fn on the certified range of v >> shift.  Two cells and
  /// two lookups per index (low part, (high, y)); shift = 0: one cell (y) and one lookup.
  TensorId Requant(std::string name, const View& v, int shift,
                   const std::function<int32_t(int64_t)>& fn);
  /// As Requant with an explicit table; v >> shift must lie in the table's keys or the prover
  /// refuses.
  TensorId LookupValue(std::string name, const View& v, int shift, TableId table);
  /// v in [lo, hi] (hi - lo < 2^30; limbs as needed); honest failure refuses with `refusal`.
  void Range(const View& v, int64_t lo, int64_t hi, std::string refusal = {});
  /// v >= 0, where v's certified upper bound is below 2^29: the cheaper half of Range.
  void NonNegative(const View& v, std::string refusal = {});
  TensorId Materialise(std::string name, const View& v);
  /// c = sum over trailing dims of a*b, committed.
  TensorId Mul(std::string name, const View& a, const View& b, Shape out);
  /// A 0/1 tensor whose values come from `step` (outputs[0]); b*b = b.
  TensorId Boolean(std::string name, Shape shape, Step step);
  /// bit = [v >= 0], two-sided.
  TensorId IsNonNegative(std::string name, const View& v);
  /// max over the trailing dims of v (shape out ++ inner): >= all (range checks) and equal to one
  /// of them (product tree or one-hot).
  TensorId Max(std::string name, const View& v, Shape out);
  /// q = floor(n / d), 0 <= n - q*d < d, d >= 1 certified or range-checked; all same shape.
  TensorId FloorDiv(std::string name, const View& n, const View& d);
  /// s = floor(sqrt(v)), v >= 0: s^2 <= v < (s+1)^2.
  TensorId Isqrt(std::string name, const View& v);
  /// bits[..][j] of v in [0, 2^bits) or two's complement if is_signed; shape of v ++ [bits].
  TensorId Bits(std::string name, const View& v, int bits, bool is_signed = false);

  /// Interval of a view from the claimed ranges of its tensors.
  using Interval = ::voizk::Interval;
  Interval Bound(const View& v) const;

  const Relation& relation() const;
  const Tensor& tensor(TensorId t) const;
  /// Records an error (first one wins).
  void Fail(std::string message);
  bool failed() const;

  /// Adds multiplicities, runs the certificate, returns the relation or the first error.
  Result<Relation> Finish() &&;

 private:
  Relation relation_;
  std::string error_;
  std::vector<std::pair<std::pair<int64_t, int64_t>, TableId>> ranges_;
};

}  // namespace voizk

#endif  // VOIZK_RELATION_BUILDER_H_
