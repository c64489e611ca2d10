// The leaves of the fraction tree, in the space of lookups (relation/core/layout.h): integers that
// do not depend on challenges, from which numerators and denominators are computed block by block.
//   lookup s, index i:  1 / (alpha - 2^-shift key(i) - beta1 value(i) - beta2 id)
//   table T, row k:    -m[k] / (alpha - keys[k] - beta1 values[k] - beta2 id)
//   elsewhere:          0 / 1
// Secret: keys and values.
#ifndef VOIZK_PROOF_LOOKUP_LEAVES_H_
#define VOIZK_PROOF_LOOKUP_LEAVES_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "algebra/field/ext_array.h"
#include "base/secure.h"
#include "base/threads.h"
#include "proof/lookup/reduction.h"
#include "relation/core/layout.h"
#include "relation/core/relation.h"

namespace voizk {

/// Integer values of a view on the witness, row-major (secret).
using ViewValues = std::function<SecureVector<int32_t>(const View&)>;

class LookupLeaves {
 public:
  /// values is called for every key and value of a lookup, in their order; multiplicities[t]
  /// belongs to table t.  pool may be null.
  LookupLeaves(const Relation& relation, const Layout& layout, const ViewValues& values,
               const std::vector<std::span<const int32_t>>& multiplicities,
               ThreadPool* pool = nullptr);

  int bits() const { return bits_; }
  uint64_t size() const { return key_.size(); }  // leaves from here on are 0/1

  /// Leaves begin .. begin + out.size() - 1, which may lie beyond size().
  template <int D>
  void Denominators(const LookupChallenges<D>& c, uint64_t begin, ExtSpan<D> out) const;
  /// sum_i eq[i] (n_i + lambda q_i) over leaves begin + i, n numerator and q denominator.
  template <int D>
  Ext<D> WeightedSum(const LookupChallenges<D>& c, const Ext<D>& lambda, uint64_t begin,
                     ExtConstSpan<D> eq) const;
  /// base[i] += numerator of leaf begin + i; numerators lie in the base field.
  void AddNumerators(uint64_t begin, FpMutSpan base) const;

  /// Are leaves begin .. begin + count - 1 all lookups, numerators 1?
  bool AreLookups(uint64_t begin, uint64_t count) const;
  /// Leaves that are lookups of one table: denominator i is constant - key[i] - beta1 value[i].
  template <int D>
  struct Lookups {
    Ext<D> constant;
    FpSpan key, value;  // no value: all are 0
  };
  /// Leaves begin .. begin + count - 1, if they are such.
  template <int D>
  std::optional<Lookups<D>> LookupsAt(const LookupChallenges<D>& c, uint64_t begin,
                                      uint64_t count) const;

 private:
  // Occupied addresses [begin, end) of one table id, lookups or rows; what lies between runs is
  // 0/1.
  struct Run {
    uint64_t begin, end;
    uint32_t id;                   // of the table, plus 1
    bool has_value;                // false: the values are all 0
    bool lookups;                  // false: rows of the table
    uint64_t value_at = 0;         // of its first leaf in value_, if it has values
    uint64_t multiplicity_at = 0;  // of its first row in multiplicity_, if it is of rows
  };
  /// fn(from, to, run) for [begin, end) cut at the borders of runs, in order; run is null between.
  template <typename Fn>
  void ForEachRun(uint64_t begin, uint64_t end, const Fn& fn) const;
  void AddRuns(const Placement& item, uint32_t id, bool has_value, bool lookups);
  /// out[at of the run + ..] = values * factor, for an item all of whose runs have them.
  void PlaceInRuns(const Placement& item, std::span<const int32_t> values, Fp factor,
                   uint64_t Run::*at, FpMutSpan out, ThreadPool* pool) const;

  /// Of the leaves from address `from` on, inside the run.
  FpSpan ValuesOf(const Run& run, uint64_t from, size_t count) const {
    return FpSpan(value_).subspan(run.value_at + (from - run.begin), count);
  }
  FpSpan MultiplicitiesOf(const Run& run, uint64_t from, size_t count) const {
    return FpSpan(multiplicity_).subspan(run.multiplicity_at + (from - run.begin), count);
  }

  int bits_ = 0;
  SecureVector<Fp> key_;           // 2^-shift key, by address
  SecureVector<Fp> value_;         // of runs that have values, one after another
  SecureVector<Fp> multiplicity_;  // -m, likewise of runs of rows
  std::vector<Run> runs_;          // ascending
};

}  // namespace voizk

#endif  // VOIZK_PROOF_LOOKUP_LEAVES_H_
