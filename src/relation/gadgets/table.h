// Functions by table.
#ifndef VOIZK_RELATION_GADGETS_TABLE_H_
#define VOIZK_RELATION_GADGETS_TABLE_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "relation/builder/builder.h"

namespace voizk::gadgets {

/// y = T(floor(v / 2^shift)), T given by fn on the certified range of v >> shift (at most 2^18
/// rows).  Two cells and two lookups per index (low part, (high, y)); shift = 0: one cell (y) and
/// one lookup.
TensorId Requant(Builder& b, std::string name, const View& v, int shift,
                 const std::function<int32_t(int64_t)>& fn);

/// As Requant with an explicit table; v >> shift must lie in the table's keys or the prover
/// refuses.
TensorId LookupValue(Builder& b, std::string name, const View& v, int shift, TableId table,
                     std::string refusal = {});
/// The same for a tensor of v's shape that the caller has added, e.g. because v reads it at other
/// indices.  Its claimed range must hold the table's values.
void LookupInto(Builder& b, std::string name, const View& v, int shift, TableId table, TensorId y,
                std::string refusal = {});

/// The table of Requant: fn on v >> shift for all v of `bound`.  Views that share it are looked up
/// by LookupValue.
std::optional<TableId> FunctionTable(Builder& b, const std::string& name, const Interval& bound,
                                     int shift, const std::function<int32_t(int64_t)>& fn);

}  // namespace voizk::gadgets

#endif  // VOIZK_RELATION_GADGETS_TABLE_H_
