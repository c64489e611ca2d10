// Every operation there is, by the name that model files give it.  The parser of bundles, the
// public interface's and the documents' completeness (tests/network/operations/table_test.cc) and
// the tests over all operations read this table.  A new operation is a file of its own, a line here
// and a method of voizk/graph.h; shape rule, ranges and what it puts into a relation are its own
// (operation.h).
#ifndef VOIZK_NETWORK_OPERATIONS_TABLE_H_
#define VOIZK_NETWORK_OPERATIONS_TABLE_H_

#include <memory>
#include <span>
#include <string_view>

#include "network/operations/attribute_reader.h"
#include "network/operations/operation.h"

namespace voizk {

struct OperationEntry {
  std::string_view name;    // as kind() says it, and model files
  std::string_view method;  // of Network (voizk/graph.h)
  /// The operation with these attributes; whether they fit is OutputShape's to say.
  std::shared_ptr<const Operation> (*read)(AttributeReader& attributes);
};

/// In the order of docs/graph.md.
std::span<const OperationEntry> OperationTable();
/// Null: unknown.
const OperationEntry* FindOperation(std::string_view name);

}  // namespace voizk

#endif  // VOIZK_NETWORK_OPERATIONS_TABLE_H_
