#include "relation/execution/row_finder.h"

#include <algorithm>

#include "base/sizes.h"

namespace voizk {

namespace {

// A dense index may be this much longer than the table before a hash map takes less memory.
constexpr uint64_t kDenseFactor = 16;

}  // namespace

RowFinder::RowFinder(const Table& table) : table_(&table) {
  const auto rows = static_cast<uint32_t>(table.keys.size());
  if (rows == 0) return;
  const auto [min, max] = std::minmax_element(table.keys.begin(), table.keys.end());
  min_key_ = *min;
  const uint64_t span = static_cast<uint64_t>(int64_t{*max} - *min) + 1;
  if (span <= kDenseFactor * rows) dense_.assign(ToSize(span), kNoRow);
  bool distinct = true;
  next_.assign(rows, kNoRow);
  // Backwards, so that each chain starts at the key's first row.
  for (uint32_t row = rows; row-- > 0;) {
    const int64_t key = table.keys[row];
    uint32_t* head = nullptr;
    if (!dense_.empty()) {
      head = &dense_[static_cast<size_t>(key - min_key_)];
    } else {
      head = &sparse_.try_emplace(key, kNoRow).first->second;
    }
    next_[row] = *head;
    distinct = distinct && *head == kNoRow;
    *head = row;
  }
  if (distinct) next_ = {};
}

uint32_t RowFinder::FindSparse(int64_t key) const {
  const auto it = sparse_.find(key);
  return it == sparse_.end() ? kNoRow : it->second;
}

uint32_t RowFinder::Find(int64_t key, int64_t value) const {
  uint32_t row = Find(key);
  while (row != kNoRow && table_->values[row] != value) {
    row = next_.empty() ? kNoRow : next_[row];
  }
  return row;
}

}  // namespace voizk
