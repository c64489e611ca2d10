// Finds the row of a public table by key, or by key and value.
#ifndef VOIZK_RELATION_EXECUTION_ROW_FINDER_H_
#define VOIZK_RELATION_EXECUTION_ROW_FINDER_H_

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "relation/core/relation.h"

namespace voizk {

class RowFinder {
 public:
  static constexpr uint32_t kNoRow = UINT32_MAX;

  /// Keeps a reference to the table, which must outlive it.
  explicit RowFinder(const Table& table);

  /// The first row with this key, or kNoRow.
  uint32_t Find(int64_t key) const {
    if (dense_.empty()) return FindSparse(key);
    const uint64_t i = static_cast<uint64_t>(key) - static_cast<uint64_t>(min_key_);
    return i < dense_.size() ? dense_[static_cast<size_t>(i)] : kNoRow;
  }
  /// The first row with this key and this value, or kNoRow.
  uint32_t Find(int64_t key, int64_t value) const;

  int32_t value(uint32_t row) const { return table_->values[row]; }

 private:
  uint32_t FindSparse(int64_t key) const;

  const Table* table_;
  int64_t min_key_ = 0;
  std::vector<uint32_t> dense_;  // by key - min_key, where keys are close together
  std::unordered_map<int64_t, uint32_t> sparse_;
  std::vector<uint32_t> next_;  // next row with the same key; empty if keys are distinct
};

}  // namespace voizk

#endif  // VOIZK_RELATION_EXECUTION_ROW_FINDER_H_
