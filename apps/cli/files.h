// Files in and out, `-` for standard input and output, and the look at both before any work is
// done.
#ifndef VOIZK_CLI_FILES_H_
#define VOIZK_CLI_FILES_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "voizk/result.h"
#include "voizk/secure.h"

namespace voizk::cli {

/// Whole file, pipe or ("-") standard input, at most `limit` bytes.  kNotFound, kIo,
/// kLimitExceeded, kInvalidArgument (a folder).
Result<std::vector<uint8_t>> ReadFile(const std::string& path, size_t limit);
/// The same for secrets.
Result<SecureVector<uint8_t>> ReadSecretFile(const std::string& path, size_t limit);

enum class ReadableBy {
  kEverybody,  // as far as the umask allows
  kOwner,
};
/// Replaces `path` by the bytes (temporary file beside it, then rename; a link's target is what is
/// replaced; pipes and devices are written to); "-" is standard output.  After an error, or a
/// signal that can be handled, `path` is what it was or wholly new and no temporary file is left.
/// kIo.
Status WriteFile(const std::string& path, std::span<const uint8_t> bytes,
                 ReadableBy readers = ReadableBy::kEverybody);
Status WriteFile(const std::string& path, std::string_view text,
                 ReadableBy readers = ReadableBy::kEverybody);

/// All bytes to standard output at once.  kIo.
Status WriteOut(std::span<const uint8_t> bytes);
Status WriteOut(std::string_view text);

/// To standard error.  What cannot be written there is lost: nobody is left to tell.
void WriteErr(std::string_view text);

/// Descriptors 0, 1 and 2 that are closed are opened on nothing: otherwise the first file opened
/// would become standard output, say.  What is written to them fails.
void KeepStandardDescriptors();

/// What a command will read and write.  Empty names stand for nothing.
struct FilePlan {
  std::vector<std::string> inputs{};
  std::vector<std::string> folders{};  // each file in them is an input
  std::vector<std::string> outputs{};
  bool may_replace = true;  // outputs that exist
};
/// To be called before any work, so that none is lost.  kInvalidArgument: two inputs or two outputs
/// are "-"; two outputs are one file; an output is one of the inputs, by whatever name, or is a
/// folder, or exists and may not be replaced.  kIo: an output cannot be written.
Status CheckFiles(const FilePlan& plan);

}  // namespace voizk::cli

#endif  // VOIZK_CLI_FILES_H_
