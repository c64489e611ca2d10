// Finds rows of a table by key, or by (key, value).
#ifndef VOIZK_RELATION_CORE_TABLE_INDEX_H_
#define VOIZK_RELATION_CORE_TABLE_INDEX_H_

#include <cstdint>
#include <unordered_map>

#include "relation/core/relation.h"

namespace voizk {

/// Reads the table it was made of, which must outlive it.  Tables whose keys count up by one are
/// indexed directly, others by hash.  Of equal rows, the first stands for all.
class TableIndex {
 public:
  static constexpr int64_t kNone = -1;

  explicit TableIndex(const Table& table);

  /// The first row with this key.
  int64_t FindKey(int64_t key) const;
  /// The first row with this key and value.
  int64_t Find(int64_t key, int64_t value) const;

 private:
  const Table& table_;
  bool counts_up_ = true;
  std::unordered_map<int64_t, int64_t> by_key_;
  std::unordered_map<int64_t, int64_t> by_pair_;
};

}  // namespace voizk

#endif  // VOIZK_RELATION_CORE_TABLE_INDEX_H_
