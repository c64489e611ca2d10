// For tests that write files.
#ifndef VOIZK_TESTS_SUPPORT_TEMP_DIR_H_
#define VOIZK_TESTS_SUPPORT_TEMP_DIR_H_

#include <stdlib.h>

#include <filesystem>
#include <string>

namespace voizk {

/// A folder of its own, removed at the end.
class TempDir {
 public:
  TempDir() {
    std::string name = std::filesystem::temp_directory_path() / "voizk_test_XXXXXX";
    path_ = mkdtemp(name.data());
  }
  ~TempDir() { std::filesystem::remove_all(path_); }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace voizk

#endif  // VOIZK_TESTS_SUPPORT_TEMP_DIR_H_
