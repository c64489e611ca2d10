// Small files that must be there whole or not at all, and the folders they live in.
#ifndef VOIZK_BASE_FILES_H_
#define VOIZK_BASE_FILES_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace voizk {

enum class IfExists { kReplace, kRefuse };

/// Writes a temporary file beside `path` (".<name>.<16 hex>.tmp", `mode`), waits until it is on the
/// disk, renames it to `path`, waits for the folder.  Whenever the process or the machine stops,
/// `path` is what it was or wholly new; after an error no temporary file is left, after a kill one
/// may be.  kIo; kInvalidArgument: exists and kRefuse.
Status WriteFileAtomically(const std::string& path, ByteSpan bytes, unsigned mode,
                           IfExists if_exists);

/// Reads a regular file.  kNotFound, kIo, kInvalidArgument (no regular file), kLimitExceeded.
Result<std::vector<uint8_t>> ReadSmallFile(const std::string& path, size_t max_bytes);

/// Makes the folder with mode 0700 (and absent parents with the process's default mode) unless it
/// is there.  kIo.
Status MakePrivateFolder(const std::string& path);

/// Waits until the folder's entries are on the disk.  kIo.
Status SyncFolder(const std::string& path);

}  // namespace voizk

#endif  // VOIZK_BASE_FILES_H_
