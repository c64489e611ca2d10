#include "lookup/leaves.h"

#include <algorithm>

namespace voizk {

namespace {

// Calls fn(address, index, count) for each maximal piece of the shape with consecutive addresses
// along its last dimension, indices row-major.
template <typename Fn>
void ForEachRow(const Placement& item, const Fn& fn) {
  const auto& dims = item.shape.dims;
  const size_t last = static_cast<size_t>(item.shape.rank) - 1;
  const uint64_t length = dims[last];
  const uint64_t rows = item.shape.Cells() / length;
  for (uint64_t row = 0; row < rows; ++row) {
    uint64_t rest = row, address = 0;
    int shift = last == 0 ? 0 : item.shape.DimBits(static_cast<int>(last));
    for (size_t d = last; d-- > 0;) {
      address += (rest % dims[d]) << shift;
      rest /= dims[d];
      if (d > 0) shift += item.shape.DimBits(static_cast<int>(d));
    }
    fn(item.base + address, row * length, length);
  }
}

}  // namespace

void LookupLeaves::Place(const Placement& item, const std::vector<int64_t>& values, Fp factor,
                         std::vector<Fp>* out, ThreadPool&) {
  ForEachRow(item, [&](uint64_t address, uint64_t index, uint64_t count) {
    for (uint64_t k = 0; k < count; ++k) {
      (*out)[address + k] = Fp::FromI64(values[index + k]) * factor;
    }
  });
}

void LookupLeaves::AddRuns(const Placement& item, uint32_t id) {
  ForEachRow(item, [&](uint64_t address, uint64_t, uint64_t count) {
    if (!runs_.empty() && runs_.back().end == address && runs_.back().id == id) {
      runs_.back().end += count;
    } else {
      runs_.push_back({address, address + count, id});
    }
  });
}

LookupLeaves::LookupLeaves(const Relation& relation, const Layout& layout, const Witness& witness,
                           ThreadPool& pool)
    : bits_(layout.lookups.bits),
      key_(layout.lookups.size),
      value_(layout.lookups.size),
      numerator_(layout.lookups.size) {
  const auto& items = layout.lookups.items;
  const Fp half = Fp::FromU32(2).Inverse();
  for (size_t s = 0; s < relation.lookups.size(); ++s) {
    const Lookup& lookup = relation.lookups[s];
    AddRuns(items[s], FingerprintId(lookup.table));
    Place(items[s], EvaluateView(relation, lookup.key, witness),
          half.Pow(static_cast<uint64_t>(lookup.shift)), &key_, pool);
    if (lookup.has_value) {
      Place(items[s], EvaluateView(relation, lookup.value, witness), Fp::kOne, &value_, pool);
    }
    ForEachRow(items[s], [&](uint64_t address, uint64_t, uint64_t count) {
      std::fill_n(numerator_.begin() + static_cast<ptrdiff_t>(address), count, Fp::kOne);
    });
  }
  for (size_t t = 0; t < relation.tables.size(); ++t) {
    const Table& table = relation.tables[t];
    const Placement& item = items[relation.lookups.size() + t];
    AddRuns(item, FingerprintId(static_cast<TableId>(t)));
    const auto& multiplicity = witness[relation.multiplicities[t]];
    for (size_t k = 0; k < table.keys.size(); ++k) {
      key_[item.base + k] = Fp::FromI64(table.keys[k]);
      value_[item.base + k] = Fp::FromI64(table.values[k]);
      numerator_[item.base + k] = -Fp::FromI64(multiplicity[k]);
    }
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
    for (; a < from; ++a) out.set(a - begin, Ext<D>::kOne);
    if (run == runs_.end()) break;
    const Ext<D> offset = c.alpha - c.beta2 * Fp::FromU32(run->id);
    for (const uint64_t to = std::min(run->end, end); a < to; ++a) {
      out.set(a - begin, offset - c.beta1 * value_[a] - key_[a]);
    }
  }
}

template <int D>
void LookupLeaves::Numerators(uint64_t begin, ExtSpan<D> out) const {
  for (size_t i = 0; i < out.size(); ++i) {
    const uint64_t a = begin + i;
    out.set(i, a < numerator_.size() ? Ext<D>::FromBase(numerator_[a]) : Ext<D>::kZero);
  }
}

template void LookupLeaves::Denominators<4>(const LookupChallenges<4>&, uint64_t, ExtSpan<4>) const;
template void LookupLeaves::Denominators<5>(const LookupChallenges<5>&, uint64_t, ExtSpan<5>) const;
template void LookupLeaves::Numerators<4>(uint64_t, ExtSpan<4>) const;
template void LookupLeaves::Numerators<5>(uint64_t, ExtSpan<5>) const;

}  // namespace voizk
