// eq(rho_{i+1..}, x') for all x', the weights of round i of a sum-check, for i = 0, 1, ..: a
// product of a short inner table (the last variables, contiguous in memory) and a factor per block,
// so that no table of the full length is ever written.
#ifndef VOIZK_PROOF_LOOKUP_SUFFIX_EQ_H_
#define VOIZK_PROOF_LOOKUP_SUFFIX_EQ_H_

#include <algorithm>
#include <span>
#include <vector>

#include "algebra/field/ext_array.h"
#include "algebra/poly/eq.h"

namespace voizk {

template <int D>
class SuffixEq {
 public:
  static constexpr size_t kInnerBits = 9;  // 9 arrays of 2^9 elements stay in the second cache
  static constexpr size_t kInner = size_t{1} << kInnerBits;  // the most that inner() has

  /// Starts at i = 0.  rho has at least one coordinate.
  explicit SuffixEq(std::span<const Ext<D>> rho) : rho_(rho.begin(), rho.end()) { Update(); }

  /// i := i + 1.
  void Next() {
    ++i_;
    Update();
  }

  /// Index x' = block * inner().size() + k has the weight outer(block) * inner()[k].
  size_t blocks() const { return outer_.size(); }
  const Ext<D>& outer(size_t block) const { return outer_[block]; }
  ExtConstSpan<D> inner() const { return std::as_const(inner_).span(); }

 private:
  void Update() {
    if (i_ >= rho_.size()) return;
    const std::span<const Ext<D>> suffix = std::span<const Ext<D>>(rho_).subspan(i_ + 1);
    const size_t inner_bits = std::min(suffix.size(), kInnerBits);
    const size_t outer_bits = suffix.size() - inner_bits;
    outer_ = EqTable<D>(suffix.first(outer_bits)).ToVector();
    if (inner_.size() != size_t{1} << inner_bits) {
      inner_ = EqTable<D>(suffix.last(inner_bits));
    }
  }

  std::vector<Ext<D>> rho_;
  size_t i_ = 0;
  std::vector<Ext<D>> outer_;
  ExtVec<D> inner_;
};

}  // namespace voizk

#endif  // VOIZK_PROOF_LOOKUP_SUFFIX_EQ_H_
