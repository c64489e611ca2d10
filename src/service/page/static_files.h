// The page's files: a list made once, at the start, of what a folder holds.  A request's path is
// looked up in it as text; no path on the disk is ever made of one.
#ifndef VOIZK_SERVICE_PAGE_STATIC_FILES_H_
#define VOIZK_SERVICE_PAGE_STATIC_FILES_H_

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace voizk {

inline constexpr size_t kMaxPageFiles = 256;
inline constexpr size_t kMaxPageBytes = size_t{64} << 20;  // of all files together

struct StaticFile {
  std::string bytes;
  std::string gzipped;  // the file of the same name and ".gz", or empty
  std::string_view content_type;
  std::string etag;    // "\"<64 hexadecimal digits>\"": SHA-256 of bytes
  bool named = false;  // its name changes with its bytes (below assets/): may be kept for ever
};

class StaticFiles {
 public:
  /// All regular files below `folder`, under "/" and their relative names; index.html is "/".
  /// kInvalidArgument: a link, a name of other than A-Z a-z 0-9 . _ -, an ending of no known
  /// content type, no index.html; kLimitExceeded; kNotFound, kIo.
  static Result<StaticFiles> Read(const std::string& folder);

  /// Null: none of that name.  Lives as long as this object.
  const StaticFile* Find(std::string_view path) const;
  size_t size() const { return files_.size(); }

 private:
  std::map<std::string, StaticFile, std::less<>> files_;
};

}  // namespace voizk

#endif  // VOIZK_SERVICE_PAGE_STATIC_FILES_H_
