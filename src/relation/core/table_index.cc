#include "relation/core/table_index.h"

namespace voizk {
namespace {

bool FitsInt32(int64_t x) { return x >= INT32_MIN && x <= INT32_MAX; }

int64_t Pair(int64_t key, int64_t value) { return key * (int64_t{1} << 32) + value; }

}  // namespace

TableIndex::TableIndex(const Table& table) : table_(table) {
  for (size_t i = 0; i + 1 < table.keys.size() && counts_up_; ++i) {
    counts_up_ = int64_t{table.keys[i]} + 1 == table.keys[i + 1];
  }
  if (counts_up_) return;
  for (size_t i = 0; i < table.keys.size(); ++i) {
    by_key_.try_emplace(table.keys[i], static_cast<int64_t>(i));
    by_pair_.try_emplace(Pair(table.keys[i], table.values[i]), static_cast<int64_t>(i));
  }
}

int64_t TableIndex::FindKey(int64_t key) const {
  if (!FitsInt32(key)) return kNone;
  if (counts_up_) {
    const int64_t row = table_.keys.empty() ? kNone : key - table_.keys[0];
    return row >= 0 && row < static_cast<int64_t>(table_.keys.size()) ? row : kNone;
  }
  const auto it = by_key_.find(key);
  return it == by_key_.end() ? kNone : it->second;
}

int64_t TableIndex::Find(int64_t key, int64_t value) const {
  if (counts_up_) {
    const int64_t row = FindKey(key);
    return row != kNone && table_.values[static_cast<size_t>(row)] == value ? row : kNone;
  }
  if (!FitsInt32(key) || !FitsInt32(value)) return kNone;
  const auto it = by_pair_.find(Pair(key, value));
  return it == by_pair_.end() ? kNone : it->second;
}

}  // namespace voizk
