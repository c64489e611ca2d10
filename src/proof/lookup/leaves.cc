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
    : bits_(layout.lookups.bits), key_(layout.lookups.size) {
  const auto& items = layout.lookups.items;
  const size_t lookups = relation.lookups.size();
  const auto has_values = [](const Table& table) {
    return std::any_of(table.values.begin(), table.values.end(), [](int32_t v) { return v != 0; });
  };
  for (size_t s = 0; s < lookups; ++s) {
    AddRuns(items[s], relation.lookups[s].table + 1, relation.lookups[s].has_value, true);
  }
  for (size_t t = 0; t < relation.tables.size(); ++t) {
    AddRuns(items[lookups + t], static_cast<uint32_t>(t) + 1, has_values(relation.tables[t]),
            false);
  }
  std::sort(runs_.begin(), runs_.end(),
            [](const Run& a, const Run& b) { return a.begin < b.begin; });
  uint64_t value_count = 0, row_count = 0;
  for (Run& run : runs_) {
    run.value_at = value_count;
    run.multiplicity_at = row_count;
    if (run.has_value) value_count += run.end - run.begin;
    if (!run.lookups) row_count += run.end - run.begin;
  }
  value_ = SecureVector<Fp>(value_count);
  multiplicity_ = SecureVector<Fp>(row_count);

  const Fp half = Fp::FromU32(2).Inverse();
  for (size_t s = 0; s < lookups; ++s) {
    const Lookup& lookup = relation.lookups[s];
    PlaceValues(items[s], values(lookup.key), half.Pow(static_cast<uint64_t>(lookup.shift)), key_,
                pool);
    if (!lookup.has_value) continue;
    PlaceInRuns(items[s], values(lookup.value), Fp::kOne, &Run::value_at, value_, pool);
  }
  for (size_t t = 0; t < relation.tables.size(); ++t) {
    const Table& table = relation.tables[t];
    const Placement& item = items[lookups + t];
    PlaceValues(item, table.keys, Fp::kOne, key_);
    if (has_values(table)) {
      PlaceInRuns(item, table.values, Fp::kOne, &Run::value_at, value_, pool);
    }
    PlaceInRuns(item, multiplicities[t], -Fp::kOne, &Run::multiplicity_at, multiplicity_, pool);
  }
}

void LookupLeaves::PlaceInRuns(const Placement& item, std::span<const int32_t> values, Fp factor,
                               uint64_t Run::*at, FpMutSpan out, ThreadPool* pool) const {
  constexpr uint64_t kGrain = 1 << 14;  // values
  const uint64_t rows = RowsOf(item);
  const auto place = [&](uint64_t begin, uint64_t end) {
    auto run = runs_.end();
    ForEachRow(item, begin, end, [&](uint64_t address, uint64_t index, uint64_t count) {
      if (run == runs_.end()) {
        run = std::upper_bound(runs_.begin(), runs_.end(), address,
                               [](uint64_t a, const Run& r) { return a < r.end; });
      }
      while (run->end <= address) ++run;  // rows ascend, and each lies in one run
      const FpMutSpan row = out.subspan((*run).*at + (address - run->begin), count);
      ConvertVec(values.subspan(index, count), row);
      if (factor != Fp::kOne) MulScalarVec(row, factor, row);
    });
  };
  if (pool == nullptr) return place(0, rows);
  pool->ParallelFor(rows, std::max<uint64_t>(1, kGrain * rows / values.size()), place);
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
    if (run->has_value) Axpy<D>(-c.beta1, ValuesOf(*run, from, piece.size()), piece);
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
    const size_t count = weights.size();
    Ext<D> total;
    for (size_t i = 0; i < count; ++i) total += weights.get(i);
    if (run == nullptr) {
      denominators += total;
      return;
    }
    numerators +=
        run->lookups ? total : InnerProduct<D>(weights, MultiplicitiesOf(*run, from, count));
    denominators += total * (c.alpha - c.beta2 * Fp::FromU32(run->id)) -
                    InnerProduct<D>(weights, FpSpan(key_).subspan(from, count));
    if (run->has_value) {
      denominators -= c.beta1 * InnerProduct<D>(weights, ValuesOf(*run, from, count));
    }
  });
  return numerators + lambda * denominators;
}

void LookupLeaves::AddNumerators(uint64_t begin, FpMutSpan base) const {
  ForEachRun(begin, begin + base.size(), [&](uint64_t from, uint64_t to, const Run* run) {
    if (run == nullptr) return;
    const FpMutSpan piece = base.subspan(from - begin, to - from);
    if (!run->lookups) return AddVec(piece, MultiplicitiesOf(*run, from, piece.size()), piece);
    for (Fp& numerator : piece) numerator += Fp::kOne;
  });
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
             run->has_value ? ValuesOf(*run, from, count) : FpSpan()};
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
