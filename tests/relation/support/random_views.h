// Random well-formed views: every kind of source, window and convolution.
#ifndef VOIZK_TESTS_RELATION_SUPPORT_RANDOM_VIEWS_H_
#define VOIZK_TESTS_RELATION_SUPPORT_RANDOM_VIEWS_H_

#include <cstdint>
#include <random>

#include "relation/core/relation.h"
#include "relation/execution/checker.h"

namespace voizk {

class RandomViews {
 public:
  explicit RandomViews(uint64_t seed) : random_(seed) {}

  /// Uniform in [lo, hi].
  int64_t Between(int64_t lo, int64_t hi) {
    return std::uniform_int_distribution<int64_t>(lo, hi)(random_);
  }
  Shape AnyShape(uint32_t largest = 5);
  /// A view of index maps (and of a convolution, if `with_conv`); adds its tensors and weights.
  View AnyView(Relation* r, bool with_conv);
  /// Values in the claimed ranges.
  Witness AnyWitness(const Relation& r);

 private:
  TensorId AddTensor(Relation* r, const Shape& shape);
  IndexMap AnyMap(const Shape& in, const Shape& out);
  std::vector<int32_t> AnyInts(size_t n, int32_t size);
  Term ConvTerm(Relation* r, Shape* out);

  std::mt19937_64 random_;
};

}  // namespace voizk

#endif  // VOIZK_TESTS_RELATION_SUPPORT_RANDOM_VIEWS_H_
