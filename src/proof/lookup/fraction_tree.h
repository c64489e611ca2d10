// The prover's fraction tree: layers of numerators and denominators, consumed from the root down
// (lookup/reduction.h drives it).  The leaf layer is never stored: its first round works on blocks
// computed from integers, its later rounds on half the length.
//
// Leaves beyond the occupied ones are 0/1, and they all are second children (n1, q1) of the leaf
// layer: there n1 = 0 and q1 = 1, hence G = n0 + lambda q0, which is linear in the variable of a
// round.  So the layer's arrays have a tail, from node full_ on, in which m1 = lambda and q1 = 1
// are implied: neither stored nor folded, and summed by two inner products instead of a product.
#ifndef VOIZK_PROOF_LOOKUP_FRACTION_TREE_H_
#define VOIZK_PROOF_LOOKUP_FRACTION_TREE_H_

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "algebra/field/ext_array.h"
#include "base/threads.h"
#include "proof/lookup/kernels.h"
#include "proof/lookup/leaves.h"
#include "proof/lookup/suffix_eq.h"

namespace voizk {

/// Secret throughout.  leaves and pool must outlive the tree.
template <int D>
class FractionTree {
 public:
  using K = Ext<D>;
  FractionTree(const LookupLeaves& leaves, const LookupChallenges<D>& challenges, ThreadPool& pool);

  /// The denominator at the root; the numerator is 0 if every looked-up pair is in its table.
  K Root() const { return root_q_; }

  /// The sum over layer j (on the fractions of layer j + 1), as a polynomial for RunEqSumcheck.
  FractionTree& BeginLayer(int j, const K& lambda, std::span<const K> rho);
  std::array<K, 2> Evaluate();
  void Bind(const K& r);
  /// n0, n1, q0, q1 at the point; layer j + 1 is then gone.
  std::array<K, 4> EndLayer();

 private:
  struct Layer {
    ExtVec<D> n, q;  // 2^j nodes
  };
  // Four arrays of fractions with m1 = n1 + lambda q1 (lookup/kernels.h).
  struct Fractions {
    explicit Fractions(size_t count)
        : n0(ExtVec<D>::Secret(count)),
          m1(ExtVec<D>::Secret(count)),
          q0(ExtVec<D>::Secret(count)),
          q1(ExtVec<D>::Secret(count)) {}
    static Fractions Zero(size_t count) {
      Fractions f(0);
      for (ExtVec<D>* v : {&f.n0, &f.m1, &f.q0, &f.q1}) *v = ExtVec<D>::SecretZeros(count);
      return f;
    }
    FractionSpans<D> spans() { return {n0.span(), m1.span(), q0.span(), q1.span()}; }
    ExtVec<D> n0, m1, q0, q1;
  };

  void BuildFromLeaves();
  void BuildFromLayer(size_t j);
  /// Sum over nodes [begin, begin + eq size), all of the tail, of eq (n0 + lambda q0).
  K TailSum(uint64_t begin, ExtConstSpan<D> eq) const;
  /// Nodes [begin, begin + count) of the arrays in progress; in the tail, m1 and q1 are read from
  /// the constants.
  FractionSpans<D> Stored(size_t begin, size_t count);
  bool AtLeaves() const { return layer_ + 1 == leaves_.bits() && !leaves_bound_; }
  /// Nodes [begin, begin + out size) of the leaf layer as fractions, into arrays whose n0 has zero
  /// limbs from 1 on.
  void LoadLeaves(uint64_t begin, const FractionSpans<D>& out) const;
  /// n0 and q0 of them alone.
  void LoadFirstLeaves(uint64_t begin, const FractionSpans<D>& out) const;
  void BindLeaves(const K& r);
  /// out = lo + r (hi - lo); in the tail n0 and q0 only.
  static void FoldNodes(const FractionSpans<D>& lo, const FractionSpans<D>& hi, const K& r,
                        bool tail, const FractionSpans<D>& out);

  const LookupLeaves& leaves_;
  LookupChallenges<D> challenges_;
  ThreadPool& pool_;
  size_t leaf_full_;  // full_ of the leaf layer
  K root_q_;
  std::vector<Layer> layers_;  // by j; 0 and h stay empty

  // The layer in progress.
  int layer_ = 0;
  K lambda_;
  FractionSpans<D> current_;     // into layers_[layer_ + 1] or spare_
  size_t full_ = 0;              // the tail begins here: at a multiple of a block, or at the end
  ExtVec<D> tail_m1_, tail_q1_;  // a block of what the tail implies
  bool leaves_bound_ = false;    // the leaf layer's first variable is bound
  Layer spare_;                  // memory of layer h - 1, later the leaf layer's
  std::optional<SuffixEq<D>> eq_;
};

extern template class FractionTree<4>;
extern template class FractionTree<5>;

}  // namespace voizk

#endif  // VOIZK_PROOF_LOOKUP_FRACTION_TREE_H_
