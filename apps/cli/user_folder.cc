#include "user_folder.h"

#include <cstdlib>

namespace voizk::cli {
namespace {

/// Empty unless set to something.
std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

}  // namespace

Result<std::string> UserFolder(const std::string& name) {
  if (const std::string home = Variable("VOIZK_HOME"); !home.empty()) return home + "/" + name;
  if (const std::string home = Variable("HOME"); !home.empty()) {
    return home + "/.local/share/voizk/" + name;
  }
  return {ErrorCode::kInvalidArgument,
          "neither VOIZK_HOME nor HOME is set: there is no place for your files"};
}

Result<std::string> CredentialFolder(const std::string& given) {
  if (!given.empty()) return given;
  return UserFolder("credentials");
}

}  // namespace voizk::cli
