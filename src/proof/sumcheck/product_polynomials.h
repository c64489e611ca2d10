// The prover's polynomials of steps 3 and 4 of docs/protocol.md, as tables over {0,1}^bits whose
// entries from some size on are zero and not stored.  Their factors start in the base field and
// leave it when the first variable is bound.  Secret throughout.
#ifndef VOIZK_PROOF_SUMCHECK_PRODUCT_POLYNOMIALS_H_
#define VOIZK_PROOF_SUMCHECK_PRODUCT_POLYNOMIALS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "algebra/field/ext_array.h"
#include "algebra/field/koala_bear.h"
#include "base/threads.h"

namespace voizk {

/// A table of K that is folded in place.
template <int D>
struct ExtTable {
  ExtTable() = default;
  ExtTable(ExtVec<D> v, size_t n) : memory(std::move(v)), values(memory.span()), size(n) {}
  ExtVec<D> memory;   // nothing where values lie in somebody else's
  ExtSpan<D> values;  // may be longer than the table
  size_t size = 0;
  /// Binds the top variable of a table of 2 half entries.
  void Bind(size_t half, const Ext<D>& r, ThreadPool& pool);
  /// Entries [begin, end) of the bound table, end <= min(size, half); size stays.
  void BindRange(size_t half, const Ext<D>& r, size_t begin, size_t end);
};

/// A table of F that becomes one of K.
template <int D>
struct BaseTable {
  std::span<const Fp> base;  // while nothing is bound
  ExtTable<D> ext;           // then
  bool bound = false;
  void Bind(size_t half, const Ext<D>& r, ThreadPool& pool);
  /// In parts: BeginBind, BindRange for all of [0, min(size, half)) in any order, EndBind.  room:
  /// where the table shall lie, if not in memory of its own.
  void BeginBind(size_t half, ExtSpan<D> room = {});
  void BindRange(size_t half, const Ext<D>& r, size_t begin, size_t end);
  void EndBind(size_t half);
  size_t size() const { return bound ? ext.size : base.size(); }
  Ext<D> Value() const;  // of the single entry that is left
};

/// sum_x e(x) w(x).  The tables are larger than a cache: Bind notes its challenge, and the next
/// Evaluate binds and sums in one pass.
template <int D>
class DotPolynomial {
 public:
  /// w and pool must outlive this; w.size() <= e.size() <= 2^bits, bits >= 1.  What e holds from
  /// w.size() on is not read; if it has all of the 2^bits, half of it, which the first bound
  /// variable leaves free, is where w goes in K.
  DotPolynomial(ExtVec<D> e, std::span<const Fp> w, int bits, ThreadPool& pool);
  ~DotPolynomial();
  DotPolynomial(const DotPolynomial&) = delete;
  DotPolynomial& operator=(const DotPolynomial&) = delete;
  std::array<Ext<D>, 2> Evaluate();
  void Bind(const Ext<D>& r);
  /// Once all variables are bound.
  Ext<D> e() const { return e_.size == 0 ? Ext<D>::kZero : e_.values.get(0); }
  Ext<D> w() const { return w_.Value(); }

 private:
  /// Where w lies once a variable is bound, if there is such room.
  ExtSpan<D> RoomInE() const;
  /// The sums over entries [begin, end) of the low half and their partners, of tables of `size`
  /// entries; w_bound: w's are in K.
  std::array<Ext<D>, 2> SumRange(size_t size, bool w_bound, size_t begin, size_t end) const;

  ExtTable<D> e_;
  BaseTable<D> w_;
  const size_t all_;  // 2^bits
  size_t half_;
  std::optional<Ext<D>> pending_;  // a challenge that is not bound yet: half_ is the next round's
  ThreadPool& pool_;
};

/// Entries begin, begin + 1, .. of both factors of a TriplePolynomial that lie in K from the start.
template <int D>
struct ExtStretch {
  size_t begin = 0;
  ExtVec<D> a, b;  // of one size
};

/// sum_x w(x) a(x) b(x)
template <int D>
class TriplePolynomial {
 public:
  /// a, b and pool must outlive this; equal sizes, at most 2^bits, bits >= 1.  stretches, ascending
  /// and disjoint, lie in [0, a.size()); what a and b hold there is not read.
  TriplePolynomial(ExtVec<D> w, std::span<const Fp> a, std::span<const Fp> b, int bits,
                   ThreadPool& pool, std::vector<ExtStretch<D>> stretches = {});
  Ext<D> Sum();  // before anything is bound
  std::array<Ext<D>, 3> Evaluate();
  void Bind(const Ext<D>& r);
  Ext<D> a() const { return a_.Value(); }
  Ext<D> b() const { return b_.Value(); }

 private:
  enum class Factor : uint8_t { kA, kB };
  Ext<D> SumOfProducts(size_t from, size_t to);
  /// Nothing is bound yet, and entries [begin, end) are of the base field.
  bool InBase(size_t begin, size_t end) const;
  /// Entries [begin, end) of a factor as elements of K, before anything is bound.
  ExtVec<D> Lift(Factor factor, size_t begin, size_t end) const;
  void BindFactor(Factor factor, const Ext<D>& r);

  ExtTable<D> w_;
  BaseTable<D> a_, b_;
  std::vector<ExtStretch<D>> stretches_;
  size_t half_;
  ThreadPool& pool_;
};

extern template struct ExtTable<4>;
extern template struct ExtTable<5>;
extern template struct BaseTable<4>;
extern template struct BaseTable<5>;
extern template class DotPolynomial<4>;
extern template class DotPolynomial<5>;
extern template class TriplePolynomial<4>;
extern template class TriplePolynomial<5>;

}  // namespace voizk

#endif  // VOIZK_PROOF_SUMCHECK_PRODUCT_POLYNOMIALS_H_
