// Builds a Relation and, beside each constraint, the step by which an honest prover computes the
// cells.  A gadget is a function that takes a Builder and Tensors/Views and returns Tensors/Views.
// Shape mismatches and wrapping accumulators are programming or model errors: the builder records
// the first one and Finish() returns it (so hostile model files end in a typed error, never a
// crash).  After an error every method still returns something harmless.
//
// Costs, for choosing between gadgets: a cell is committed (~60 ns), a lookup ~60 ns, one entry of
// a product ~3 extension multiplications, a table costs its rows as lookups, an equality or a view
// costs nothing per se.
#ifndef VOIZK_RELATION_BUILDER_BUILDER_H_
#define VOIZK_RELATION_BUILDER_BUILDER_H_

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
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
  using Interval = ::voizk::Interval;

  // -- tensors, tables, weights --
  /// A tensor with a claimed range; some constraint has to enforce it (certificate.h).
  TensorId AddTensor(std::string name, Shape shape, int64_t lo, int64_t hi);
  /// A secret input of the prover; range-checked.
  TensorId Input(std::string name, Shape shape, int64_t lo, int64_t hi);
  WeightsId AddWeights(Shape shape, std::vector<int32_t> values);
  /// The same table for the same rows.
  TableId AddTable(std::string name, std::vector<int32_t> keys, std::vector<int32_t> values);
  /// The table of one column holding lo..hi; the same table for the same range.
  TableId RangeTable(int64_t lo, int64_t hi);

  // -- views --
  View Identity(TensorId t) const;
  static View Constant(Shape shape, int32_t value);
  /// A public tensor, row-major.
  static View Constants(Shape shape, std::vector<int32_t> values);
  /// One dimension of t sliced: indices begin, begin+stride, ... (count of them).
  View Slice(TensorId t, int dim, uint32_t begin, uint32_t count, uint32_t stride = 1);
  /// t's dimension k becomes output dimension dims_to[k]; output dims that nobody feeds are
  /// broadcasts.  dims_to[k] = -1: dimension k has length 1 and is dropped.
  View Broadcast(TensorId t, Shape out, std::vector<int> dims_to);
  /// Sum over one dimension (weighted), which disappears (a rank-1 tensor becomes shape [1]).
  View SumOver(TensorId t, int dim, std::vector<int32_t> weights = {});
  View Map(TensorId t, Shape out, IndexMap map);
  /// bias: empty or one per output channel.
  View Conv1d(TensorId t, WeightsId w, std::span<const int32_t> bias, uint32_t out_length,
              uint32_t stride, uint32_t dilation, int32_t pad, uint32_t groups);
  View Conv2d(TensorId t, const Conv& conv, std::span<const int32_t> bias, uint32_t out_height,
              uint32_t out_width);
  /// Dense layer over the whole tensor (rank <= 3): weights [O][cells] (or any shape of O first),
  /// which become those of a convolution whose kernel covers t.  Output [1][O]; of a tensor of rank
  /// 3, [1][1][O].
  View Dense(TensorId t, WeightsId w, std::span<const int32_t> bias);
  /// Fixes one output dimension of v at an index and removes it (rank 1 becomes shape [1]).  Index
  /// maps only, no convolutions.
  View Select(const View& v, int dim, uint32_t index);
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
  /// y = T(floor(v / 2^shift)), T given by fn on the certified range of v >> shift (at most 2^16
  /// rows).  Two cells and two lookups per index (low part, (high, y)); shift = 0: one cell (y) and
  /// one lookup.
  TensorId Requant(std::string name, const View& v, int shift,
                   const std::function<int32_t(int64_t)>& fn);
  /// As Requant with an explicit table; v >> shift must lie in the table's keys or the prover
  /// refuses.
  TensorId LookupValue(std::string name, const View& v, int shift, TableId table,
                       std::string refusal = {});
  /// v in [lo, hi] exactly (hi - lo < 2^29; limbs as needed); honest failure refuses with
  /// `refusal`.
  void Range(const View& v, int64_t lo, int64_t hi, std::string refusal = {});
  /// v >= 0, where v's certified upper bound is below 2^29: the cheaper half of Range.
  void NonNegative(const View& v, std::string refusal = {});
  TensorId Materialise(std::string name, const View& v);
  /// c = sum over trailing dims of a*b, committed.
  TensorId Mul(std::string name, const View& a, const View& b, Shape out);
  /// A 0/1 tensor whose values come from `step` (outputs[0], set here); b*b = b, one product entry
  /// per cell: cheaper than a lookup.
  TensorId Boolean(std::string name, Shape shape, Step step);
  /// bit = [v >= 0], two-sided: v + 2^k*(1 - bit) in [0, 2^k), where 2^k > |v|.
  TensorId IsNonNegative(std::string name, const View& v);
  /// max over the trailing dims of v (shape out ++ inner).  Narrow values: a tree of maxima of two,
  /// one cell and one lookup each.  Wide ones: range checks and a one-hot choice.
  TensorId Max(std::string name, const View& v, Shape out);
  /// q = floor(n / d), 0 <= n - q*d < d, d >= 1 certified or range-checked; all same shape.
  TensorId FloorDiv(std::string name, const View& n, const View& d);
  /// s = floor(sqrt(v)), v >= 0: s^2 <= v < (s+1)^2.
  TensorId Isqrt(std::string name, const View& v);
  /// bits[..][j] of v in [0, 2^bits) or two's complement if is_signed; shape of v ++ [bits].
  /// bits <= 29 (30 if the view's certified range allows).
  TensorId Bits(std::string name, const View& v, int bits, bool is_signed = false);

  /// Interval of a view from the claimed ranges of its tensors.
  Interval Bound(const View& v) const;

  const Relation& relation() const { return relation_; }
  /// t's shape and claimed range; of an unknown id, a tensor of one zero.
  const Tensor& tensor(TensorId t) const;
  /// Records an error (first one wins).
  void Fail(std::string message) { Fail(ErrorCode::kInvalidArgument, std::move(message)); }
  void Fail(ErrorCode code, std::string message);
  bool failed() const { return failed_; }

  /// Adds multiplicities, runs the certificate, returns the relation or the first error.
  Result<Relation> Finish() &&;
  /// The same, where nobody is to change the relation.
  Result<CertifiedRelation> FinishCertified() &&;

 private:
  /// The multiplicities, or the first error.
  Status Complete();
  /// Whether v is well-formed in this relation; if not, records the error.
  bool Accepts(const View& v, std::string_view where);
  /// v if it is well-formed, else an error and a harmless view.
  View Checked(View v, std::string_view where);
  void AddBias(View* v, std::span<const int32_t> bias);
  /// 0 <= u < rows, exactly.
  void RangeFromZero(const View& u, int64_t rows);
  /// The table of the keys lo .. hi with values 0, if there is one.
  std::optional<TableId> FindRangeTable(int64_t lo, int64_t hi) const;
  void RangeLookup(const View& u, int64_t rows);
  void RangeLimbs(const View& u, int low_bits, int64_t top_rows);
  void CheckStep(const View& v, int64_t lo, int64_t hi, std::string refusal);
  TensorId MaxByTree(const std::string& name, const View& v, const Shape& out);
  TensorId MaxOfTwo(const std::string& name, const View& a, const View& b);
  TensorId MaxByOneHot(const std::string& name, const View& v, const Shape& out);

  Relation relation_;
  Error error_{ErrorCode::kInternal, {}};
  bool failed_ = false;
  /// Rows, first and last key, first and last value: candidates for an equal table.
  using TableKey = std::array<int64_t, 5>;
  std::multimap<TableKey, TableId> tables_;
};

}  // namespace voizk

#endif  // VOIZK_RELATION_BUILDER_BUILDER_H_
