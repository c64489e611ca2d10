// Evaluates views of a relation on a witness with the fast kernels: what inference is made of, and
// the whole cost of an honest prover's witness.
#ifndef VOIZK_RELATION_EXECUTION_VIEW_EVALUATOR_H_
#define VOIZK_RELATION_EXECUTION_VIEW_EVALUATOR_H_

#include <cstdint>
#include <map>
#include <span>
#include <tuple>
#include <vector>

#include "base/result.h"
#include "base/secure.h"
#include "base/threads.h"
#include "relation/core/relation.h"
#include "relation/execution/convolution.h"

namespace voizk {

/// Convolutions of a set of views, packed once.  Immutable after Prepare; keeps a reference to the
/// relation, which must outlive it.
class ViewEvaluator {
 public:
  explicit ViewEvaluator(const Relation& relation) : relation_(&relation) {}

  /// Packs the convolutions of `v`.  Views evaluated later must have been prepared; preparing a
  /// view k times announces k evaluations (a convolution that several views share is then kept).
  /// Errors: kInvalidArgument (shapes do not match), kLimitExceeded.
  Status Prepare(const View& v);

  /// State of one execution: convolution results that will be read again.
  class Session;

  /// Multiply-accumulates of all prepared convolutions, each counted once.
  uint64_t Multiplications() const;

 private:
  // Everything that determines a convolution's values.
  struct Key {
    TensorId tensor = 0;
    WeightsId weights = 0;
    uint32_t spatial = 1;
    std::array<uint32_t, 2> stride{}, dilation{};
    std::array<int32_t, 2> pad{};
    uint32_t groups = 1;
    std::array<uint32_t, 3> out{};
    auto All() const {
      return std::tie(tensor, weights, spatial, stride, dilation, pad, groups, out);
    }
    bool operator<(const Key& other) const { return All() < other.All(); }
  };
  struct Entry {
    Convolution convolution;
    size_t uses = 0;
  };
  static Key MakeKey(const Term& term, const Conv& conv, const Shape& out);

  const Relation* relation_;
  std::map<Key, Entry> convolutions_;
};

class ViewEvaluator::Session {
 public:
  /// `tensors` must outlive the session; `pool` may be null.
  Session(const ViewEvaluator& evaluator, const std::vector<std::vector<int32_t>>& tensors,
          ThreadPool* pool)
      : evaluator_(evaluator), tensors_(tensors), pool_(pool) {}

  /// The values of v, row-major, mod 2^32: exact whenever they lie within 32 bits, which the
  /// certificate shows for every view of a constraint.
  SecureVector<int32_t> Evaluate(const View& v);

 private:
  struct Kept {
    SecureVector<int32_t> values;
    size_t uses_left = 0;
  };
  void AddConv(const Term& term, const Conv& conv, const Shape& out, SecureVector<int32_t>& values);

  const ViewEvaluator& evaluator_;
  const std::vector<std::vector<int32_t>>& tensors_;
  ThreadPool* pool_;
  std::map<Key, Kept> kept_;
};

}  // namespace voizk

#endif  // VOIZK_RELATION_EXECUTION_VIEW_EVALUATOR_H_
