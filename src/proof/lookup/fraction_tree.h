// The prover's fraction tree: layers of numerators and denominators, consumed from the root down
// (lookup/reduction.h drives it).  The leaf layer, half of the tree, is never stored: it is
// computed block by block from the leaves' integers when the layer above is built and in the first
// round of its sum-check, whose later rounds work on half the length.  In large trees neither are
// the two layers above it, three quarters of the rest: what is stored is 8 instead of 32 bytes a
// leaf (D = 4), for a few more passes over the integers.
//
// Most leaves are alike: lookups, whose numerator is 1, and beyond the occupied ones 0/1, which all
// are second children (n1, q1) of the leaf layer.  So nodes come in blocks of four kinds, each of
// which stores and folds only what it has to and sums G = n0 q1 + m1 q0, m1 = n1 + lambda q1, at
// less cost (kernels.h, LookupRound):
//  - kGeneral stores n0, m1, q0, q1.
//  - kLookups stores m1, q0: n0 = n1 = 1, hence q1 = (m1 - 1)/lambda and
//    G = m1 (q0 + 1/lambda) - 1/lambda.
//  - kFirst stores n0, q0: n1 = 0, q1 = 1, hence m1 = lambda and G = n0 + lambda q0.
//  - kFirstLookups stores q0: both, G = 1 + lambda q0.
// Folding two blocks of one kind gives a block of that kind, whatever the challenge.
//
// The arrays are larger than a cache, so what counts is how often they pass through it.  Bind only
// notes its challenge; the next Evaluate folds two blocks and sums over them while they are there.
#ifndef VOIZK_PROOF_LOOKUP_FRACTION_TREE_H_
#define VOIZK_PROOF_LOOKUP_FRACTION_TREE_H_

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "algebra/field/ext_array.h"
#include "base/secure.h"
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
  /// Up to 2^this leaves a tree keeps all layers above the leaves.
  static constexpr int kKeptBits = 21;
  FractionTree(const LookupLeaves& leaves, const LookupChallenges<D>& challenges, ThreadPool& pool,
               int kept_bits = kKeptBits);
  ~FractionTree() { ReleaseFolded(); }
  FractionTree(const FractionTree&) = delete;
  FractionTree& operator=(const FractionTree&) = delete;

  /// The denominator at the root; the numerator is 0 if every looked-up pair is in its table.
  K Root() const { return root_q_; }

  /// The sum over layer j (on the fractions of layer j + 1), as a polynomial for RunEqSumcheck.
  FractionTree& BeginLayer(int j, const K& lambda, std::span<const K> rho);
  std::array<K, 2> Evaluate();
  void Bind(const K& r);
  /// n0, n1, q0, q1 at the point; layer j + 1 is then gone.
  std::array<K, 4> EndLayer();

 private:
  static constexpr size_t kBlock = 512;  // nodes
  static constexpr int kMaxLeftOut = 2, kStored = -1;
  struct Layer {
    ExtVec<D> n, q;  // 2^j nodes
  };
  /// Nodes x and half + x as fractions: n0, n1 (or m1), q0, q1.
  static FractionSpans<D> PairsOf(Layer* layer, size_t half) {
    return {layer->n.subspan(0, half), layer->n.subspan(half, half), layer->q.subspan(0, half),
            layer->q.subspan(half, half)};
  }
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

  enum class Kind : uint8_t { kGeneral, kLookups, kFirst, kFirstLookups };
  static bool SecondIsTrivial(Kind kind) {
    return kind == Kind::kFirst || kind == Kind::kFirstLookups;
  }

  static uint8_t ArraysOf(Kind kind);
  void BuildFromLeaves();
  void BuildFromLayer(size_t j);
  /// The kind of nodes [begin, begin + count) of the leaf layer, and of all its blocks.
  Kind KindOfLeaves(uint64_t begin, uint64_t count) const;
  std::vector<Kind> KindsOfLeaves() const;
  /// The kinds of the blocks of the layer above.
  std::vector<Kind> KindsAboveLeaves() const;

  /// The arrays of a layer in progress.
  struct Nodes {
    FractionSpans<D> spans;   // of no use where nothing is stored
    std::vector<Kind> kinds;  // of the blocks
    size_t size = 0;
    int depth = kStored;      // else: computed, of nodes that are so far above the leaves
    bool all_stored = false;  // kinds save nothing yet: every array is there
    Kind At(size_t node) const { return kinds[node / kBlock]; }
    bool stored() const { return depth == kStored; }
    bool leaves() const { return depth == 0; }
  };
  /// What a thread works with, made when it is needed.
  struct Scratch {
    static constexpr size_t kIntegers = 7;
    explicit Scratch(size_t block_in) : block(block_in) {}
    Fractions& Side(bool hi) {
      if (!nodes[hi]) nodes[hi].emplace(Fractions::Zero(block));
      return *nodes[hi];
    }
    Fractions& Below(int depth) {
      auto& two_blocks = below[static_cast<size_t>(depth)];
      if (!two_blocks) two_blocks.emplace(Fractions::Zero(block));
      return *two_blocks;
    }
    std::span<SecureVector<Fp>> Integers() {  // the first stays zero
      if (integers.empty()) integers.assign(kIntegers, SecureVector<Fp>(block));
      return integers;
    }
    size_t block;
    std::array<std::optional<Fractions>, 2> nodes;
    std::array<std::optional<Fractions>, kMaxLeftOut + 1> below;  // by depth
    std::vector<SecureVector<Fp>> integers;
  };

  /// n and q of nodes [begin, begin + n.size()) of layer h - depth, of one block; depth >= 1.
  void LoadLayer(int depth, uint64_t begin, ExtSpan<D> n, ExtSpan<D> q, Scratch* scratch) const;
  void LoadLayerAbove(uint64_t begin, ExtSpan<D> n, ExtSpan<D> q, Scratch* scratch) const;
  /// Is n = 1 in the whole block?
  bool AreLookups(int depth, uint64_t begin) const {
    return depth == 1 && leaf_kinds_[begin / kBlock] == Kind::kFirstLookups;
  }
  /// n0, m1, q0, q1 of nodes [begin, begin + out size) of a layer that is not stored.
  void Load(int depth, uint64_t begin, const FractionSpans<D>& out, Scratch* scratch) const;
  /// The leaf layer's.
  void LoadLeaves(uint64_t begin, const FractionSpans<D>& out) const;
  /// n0 and q0 of them alone.
  void LoadFirstLeaves(uint64_t begin, const FractionSpans<D>& out) const;
  /// Stored nodes [begin, begin + count), a block or less, with what their kind implies; q1 of
  /// kLookups, computed, only if `all`.
  FractionSpans<D> Stored(const Nodes& nodes, size_t begin, size_t count, bool all, bool hi,
                          Scratch* scratch);

  /// t(0), t(2) of the nodes lo and hi on, as many as the inner table has.
  std::array<K, 2> RoundOfBlock(const Nodes& nodes, size_t lo, size_t hi, Scratch* scratch);
  /// The sum of eq G over the block, whose second children are trivial.
  K FirstSum(const Nodes& nodes, size_t begin) const;
  /// The round of leaves that are all lookups, each quarter of one table: on integers.  Nothing if
  /// they are not.
  std::optional<std::array<K, 2>> RoundOfLookupLeaves(size_t lo, size_t hi,
                                                      std::span<SecureVector<Fp>> scratch) const;

  /// Where the nodes will lie once the pending challenge is bound, and their kinds.
  Nodes Folded();
  /// Nodes [begin, begin + count) of `to`, a block or less, folded from nodes_ at the pending
  /// challenge.
  void FoldBlock(const Nodes& to, size_t begin, size_t count, Scratch* scratch);
  /// The same of leaves that are lookups, each half of one table; false if they are not.
  bool FoldLookupLeaves(const Nodes& to, size_t begin, size_t count) const;
  static Kind Joined(Kind a, Kind b);

  /// Memory for the folded nodes of a layer that is not stored, and its end: what was written is
  /// overwritten, and no page of it is touched that no kind of node needed.
  void MakeFolded(size_t half);
  void ReleaseFolded();

  static_assert(kBlock == SuffixEq<D>::kInner, "a block of a round is a block of one kind");

  const LookupLeaves& leaves_;
  LookupChallenges<D> challenges_;
  ThreadPool& pool_;
  K root_q_;
  std::vector<Layer> layers_;     // by j; empty: h and left_out_ above it
  std::vector<Kind> leaf_kinds_;  // of the leaf layer's blocks
  int left_out_ = 0;              // layers above the leaves that are not stored

  // The layer in progress.
  int layer_ = 0;
  K lambda_, inverse_lambda_;
  K eq_sum_;                  // of the inner table
  Nodes nodes_;               // in layers_[layer_ + 1] or folded_
  bool m1_is_n1_ = false;     // lambda q1 is to be added when the blocks are first visited
  std::optional<K> pending_;  // a challenge that is not bound yet
  ExtVec<D> ones_, lambdas_;  // a block of each
  // Of a layer that is not stored, once a variable is bound: n0, m1 and q0, q1 side by side, in
  // blocks of memory of the size of layer h - 1's, so that they are that layer's again.
  Layer folded_;
  std::vector<uint8_t> folded_arrays_;  // by block, bits 0 to 3: n0, m1, q0, q1 were written
  std::optional<SuffixEq<D>> eq_;
};

extern template class FractionTree<4>;
extern template class FractionTree<5>;

}  // namespace voizk

#endif  // VOIZK_PROOF_LOOKUP_FRACTION_TREE_H_
