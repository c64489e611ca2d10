// The tables, and how those of an older version become those of this one.
#ifndef VOIZK_SERVICE_STORAGE_MIGRATIONS_H_
#define VOIZK_SERVICE_STORAGE_MIGRATIONS_H_

#include "service/storage/database.h"

namespace voizk {

/// Version of the tables that this program reads and writes.
int64_t SchemaVersion();

/// Brings the tables to SchemaVersion(), in one transaction: of several processes that start at
/// once one does it and the others wait.  kUnsupported: they are newer; nothing is changed.  kIo.
Status Migrate(Database* database);

}  // namespace voizk

#endif  // VOIZK_SERVICE_STORAGE_MIGRATIONS_H_
