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

void LookupLeaves::AddRuns(const Placement& item, uint32_t id, bool has_value) {
  ForEachRow(item, [&](uint64_t address, uint64_t, uint64_t count) {
    if (!runs_.empty() && runs_.back().end == address && runs_.back().id == id &&
        runs_.back().has_value == has_value) {
      runs_.back().end += count;
    } else {
      runs_.push_back({address, address + count, id, has_value});
    }
  });
}

LookupLeaves::LookupLeaves(const Relation& relation, const Layout& layout, const ViewValues& values,
                           const std::vector<std::span<const int32_t>>& multiplicities)
    : bits_(layout.lookups.bits),
      key_(layout.lookups.size),
      value_(layout.lookups.size),
      numerator_(layout.lookups.size) {
  const auto& items = layout.lookups.items;
  const Fp half = Fp::FromU32(2).Inverse();
  for (size_t s = 0; s < relation.lookups.size(); ++s) {
    const Lookup& lookup = relation.lookups[s];
    AddRuns(items[s], lookup.table + 1, lookup.has_value);
    PlaceValues(items[s], values(lookup.key), half.Pow(static_cast<uint64_t>(lookup.shift)), key_);
    if (lookup.has_value) PlaceValues(items[s], values(lookup.value), Fp::kOne, value_);
    ForEachRow(items[s], [&](uint64_t address, uint64_t, uint64_t count) {
      std::fill_n(numerator_.begin() + static_cast<ptrdiff_t>(address), count, Fp::kOne);
    });
  }
  for (size_t t = 0; t < relation.tables.size(); ++t) {
    const Table& table = relation.tables[t];
    const Placement& item = items[relation.lookups.size() + t];
    AddRuns(
        item, static_cast<uint32_t>(t) + 1,
        std::any_of(table.values.begin(), table.values.end(), [](int32_t v) { return v != 0; }));
    PlaceValues(item, table.keys, Fp::kOne, key_);
    PlaceValues(item, table.values, Fp::kOne, value_);
    PlaceValues(item, multiplicities[t], -Fp::kOne, numerator_);
  }
  std::sort(runs_.begin(), runs_.end(),
            [](const Run& a, const Run& b) { return a.begin < b.begin; });
}

template <int D>
void LookupLeaves::Denominators(const LookupChallenges<D>& c, uint64_t begin,
                                ExtSpan<D> out) const {
  const uint64_t end = begin + out.size();
  auto run = std::upper_bound(runs_.begin(), runs_.end(), begin,
                              [](uint64_t a, const Run& r) { return a < r.end; });
  uint64_t a = begin;
  for (; a < end; ++run) {
    const uint64_t from = run == runs_.end() ? end : std::min(run->begin, end);
    if (a < from) {
      Fill<D>(Ext<D>::kOne, out.subspan(a - begin, from - a));
      a = from;
    }
    if (run == runs_.end() || a == end) break;
    const uint64_t to = std::min(run->end, end);
    const ExtSpan<D> piece = out.subspan(a - begin, to - a);
    Fill<D>(c.alpha - c.beta2 * Fp::FromU32(run->id), piece);
    if (run->has_value) Axpy<D>(-c.beta1, FpSpan(value_).subspan(a, piece.size()), piece);
    const FpMutSpan base(piece.limb(0), piece.size());
    SubVec(base, FpSpan(key_).subspan(a, piece.size()), base);
    a = to;
  }
}

void LookupLeaves::AddNumerators(uint64_t begin, FpMutSpan base) const {
  if (begin >= numerator_.size()) return;
  const auto count =
      static_cast<size_t>(std::min<uint64_t>(numerator_.size() - begin, base.size()));
  const FpMutSpan stored = base.first(count);
  AddVec(stored, FpSpan(numerator_).subspan(begin, count), stored);
}

template void LookupLeaves::Denominators<4>(const LookupChallenges<4>&, uint64_t, ExtSpan<4>) const;
template void LookupLeaves::Denominators<5>(const LookupChallenges<5>&, uint64_t, ExtSpan<5>) const;

}  // namespace voizk
