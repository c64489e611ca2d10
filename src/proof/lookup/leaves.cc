#include "proof/lookup/leaves.h"

#include <algorithm>

#include "proof/functionals/placed_values.h"

namespace voizk {

namespace {

template <int D>
void Fill(const Ext<D>& x, ExtSpan<D> out) {
  for (int l = 0; l < D; ++l) std::fill_n(out.limb(l), out.size(), x[l]);
}

}  // namespace

void LookupLeaves::AddRuns(const Placement& item, uint32_t id, bool has_value, bool lookups) {
  ForEachRow(item, [&](uint64_t address, uint64_t, uint64_t count) {
    if (!runs_.empty() && runs_.back().end == address && runs_.back().id == id &&
        runs_.back().has_value == has_value && runs_.back().lookups == lookups) {
      runs_.back().end += count;
    } else {
      runs_.push_back({address, address + count, id, has_value, lookups});
    }
  });
}

LookupLeaves::LookupLeaves(const Relation& relation, const Layout& layout, const ViewValues& values,
                           const std::vector<std::span<const int32_t>>& multiplicities,
                           ThreadPool* pool)
    : bits_(layout.lookups.bits),
      key_(layout.lookups.size),
      value_(layout.lookups.size),
      numerator_(layout.lookups.size) {
  const auto& items = layout.lookups.items;
  const Fp half = Fp::FromU32(2).Inverse();
  for (size_t s = 0; s < relation.lookups.size(); ++s) {
    const Lookup& lookup = relation.lookups[s];
    AddRuns(items[s], lookup.table + 1, lookup.has_value, true);
    PlaceValues(items[s], values(lookup.key), half.Pow(static_cast<uint64_t>(lookup.shift)), key_,
                pool);
    if (lookup.has_value) PlaceValues(items[s], values(lookup.value), Fp::kOne, value_, pool);
    ForEachRow(items[s], [&](uint64_t address, uint64_t, uint64_t count) {
      std::fill_n(numerator_.begin() + static_cast<ptrdiff_t>(address), count, Fp::kOne);
    });
  }
  for (size_t t = 0; t < relation.tables.size(); ++t) {
    const Table& table = relation.tables[t];
    const Placement& item = items[relation.lookups.size() + t];
    AddRuns(item, static_cast<uint32_t>(t) + 1,
            std::any_of(table.values.begin(), table.values.end(), [](int32_t v) { return v != 0; }),
            false);
    PlaceValues(item, table.keys, Fp::kOne, key_);
    PlaceValues(item, table.values, Fp::kOne, value_);
    PlaceValues(item, multiplicities[t], -Fp::kOne, numerator_);
  }
  std::sort(runs_.begin(), runs_.end(),
            [](const Run& a, const Run& b) { return a.begin < b.begin; });
}

template <typename Fn>
void LookupLeaves::ForEachRun(uint64_t begin, uint64_t end, const Fn& fn) const {
  auto run = std::upper_bound(runs_.begin(), runs_.end(), begin,
                              [](uint64_t a, const Run& r) { return a < r.end; });
  for (uint64_t a = begin; a < end; ++run) {
    const uint64_t from = run == runs_.end() ? end : std::min(run->begin, end);
    if (a < from) fn(a, from, static_cast<const Run*>(nullptr));
    a = std::max(a, from);
    if (run == runs_.end() || a == end) break;
    const uint64_t to = std::min(run->end, end);
    fn(a, to, &*run);
    a = to;
  }
}

template <int D>
void LookupLeaves::Denominators(const LookupChallenges<D>& c, uint64_t begin,
                                ExtSpan<D> out) const {
  ForEachRun(begin, begin + out.size(), [&](uint64_t from, uint64_t to, const Run* run) {
    const ExtSpan<D> piece = out.subspan(from - begin, to - from);
    if (run == nullptr) return Fill<D>(Ext<D>::kOne, piece);
    Fill<D>(c.alpha - c.beta2 * Fp::FromU32(run->id), piece);
    if (run->has_value) Axpy<D>(-c.beta1, FpSpan(value_).subspan(from, piece.size()), piece);
    const FpMutSpan base(piece.limb(0), piece.size());
    SubVec(base, FpSpan(key_).subspan(from, piece.size()), base);
  });
}

template <int D>
Ext<D> LookupLeaves::WeightedSum(const LookupChallenges<D>& c, const Ext<D>& lambda, uint64_t begin,
                                 ExtConstSpan<D> eq) const {
  Ext<D> numerators, denominators;
  ForEachRun(begin, begin + eq.size(), [&](uint64_t from, uint64_t to, const Run* run) {
    const ExtConstSpan<D> weights = eq.subspan(from - begin, to - from);
    const auto stored = [&](const SecureVector<Fp>& v) {
      return InnerProduct<D>(weights, FpSpan(v).subspan(from, weights.size()));
    };
    Ext<D> total;
    for (size_t i = 0; i < weights.size(); ++i) total += weights.get(i);
    if (run == nullptr) {
      denominators += total;
      return;
    }
    numerators += stored(numerator_);
    denominators += total * (c.alpha - c.beta2 * Fp::FromU32(run->id)) - stored(key_);
    if (run->has_value) denominators -= c.beta1 * stored(value_);
  });
  return numerators + lambda * denominators;
}

void LookupLeaves::AddNumerators(uint64_t begin, FpMutSpan base) const {
  if (begin >= numerator_.size()) return;
  const auto count =
      static_cast<size_t>(std::min<uint64_t>(numerator_.size() - begin, base.size()));
  const FpMutSpan stored = base.first(count);
  AddVec(stored, FpSpan(numerator_).subspan(begin, count), stored);
}

bool LookupLeaves::AreLookups(uint64_t begin, uint64_t count) const {
  bool all = true;
  ForEachRun(begin, begin + count, [&all](uint64_t, uint64_t, const Run* run) {
    all = all && run != nullptr && run->lookups;
  });
  return all;
}

template <int D>
std::optional<LookupLeaves::Lookups<D>> LookupLeaves::LookupsAt(const LookupChallenges<D>& c,
                                                                uint64_t begin,
                                                                uint64_t count) const {
  std::optional<Lookups<D>> found;
  ForEachRun(begin, begin + count, [&](uint64_t from, uint64_t to, const Run* run) {
    if (run == nullptr || !run->lookups || to - from != count) return;
    found = {c.alpha - c.beta2 * Fp::FromU32(run->id), FpSpan(key_).subspan(from, count),
             run->has_value ? FpSpan(value_).subspan(from, count) : FpSpan()};
  });
  return found;
}

template std::optional<LookupLeaves::Lookups<4>> LookupLeaves::LookupsAt<4>(
    const LookupChallenges<4>&, uint64_t, uint64_t) const;
template std::optional<LookupLeaves::Lookups<5>> LookupLeaves::LookupsAt<5>(
    const LookupChallenges<5>&, uint64_t, uint64_t) const;
template void LookupLeaves::Denominators<4>(const LookupChallenges<4>&, uint64_t, ExtSpan<4>) const;
template void LookupLeaves::Denominators<5>(const LookupChallenges<5>&, uint64_t, ExtSpan<5>) const;
template Ext<4> LookupLeaves::WeightedSum<4>(const LookupChallenges<4>&, const Ext<4>&, uint64_t,
                                             ExtConstSpan<4>) const;
template Ext<5> LookupLeaves::WeightedSum<5>(const LookupChallenges<5>&, const Ext<5>&, uint64_t,
                                             ExtConstSpan<5>) const;

}  // namespace voizk
