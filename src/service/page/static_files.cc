#include "service/page/static_files.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include "base/bytes.h"
#include "base/exceptions.h"
#include "base/files.h"
#include "crypto/hash/sha256.h"
#include "login/store/text.h"

namespace voizk {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kIndex = "/index.html";
constexpr std::string_view kGzip = ".gz";
constexpr std::string_view kNamed = "/assets/";  // where Vite lays files whose names hold a hash

constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kTypes = {{
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".wasm", "application/wasm"},
    {".json", "application/json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".ico", "image/x-icon"},
    {".bin", "application/octet-stream"},
    {".txt", "text/plain; charset=utf-8"},
}};

/// Empty: none that is known.
std::string_view TypeOf(std::string_view name) {
  for (const auto& [ending, type] : kTypes) {
    if (name.ends_with(ending)) return type;
  }
  return {};
}

bool IsPlain(std::string_view name) {
  return std::ranges::all_of(name, [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-' || c == '/';
  });
}

/// "/assets/index-1a2b.js": bytes.
using Contents = std::map<std::string, std::string, std::less<>>;

Result<Contents> ReadFolder(const std::string& folder) {
  Contents contents;
  size_t room = kMaxPageBytes;
  std::error_code error;
  fs::recursive_directory_iterator at(folder, error);
  for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    if (at->is_symlink()) {
      return {ErrorCode::kInvalidArgument, at->path().string() + ": a link in the page's folder"};
    }
    if (at->is_directory()) continue;
    std::string name(1, '/');
    name.append(at->path().lexically_relative(folder).generic_string());
    if (!IsPlain(name)) {
      return {ErrorCode::kInvalidArgument, name + ": a name of other than A-Z a-z 0-9 . _ -"};
    }
    if (contents.size() >= 2 * kMaxPageFiles) {  // with their compressed forms
      return {ErrorCode::kLimitExceeded, folder + ": too many files for a page"};
    }
    VOIZK_ASSIGN_OR_RETURN(const auto bytes, ReadSmallFile(at->path().string(), room));
    room -= bytes.size();
    contents.emplace(name, std::string(bytes.begin(), bytes.end()));
  }
  if (error) return {ErrorCode::kNotFound, folder + ": " + error.message()};
  return contents;
}

}  // namespace

Result<StaticFiles> StaticFiles::Read(const std::string& folder) try {
  VOIZK_ASSIGN_OR_RETURN(Contents contents, ReadFolder(folder));
  StaticFiles page;
  for (auto& [name, bytes] : contents) {
    if (name.ends_with(kGzip) && contents.contains(name.substr(0, name.size() - kGzip.size()))) {
      continue;  // taken below
    }
    StaticFile file{.bytes = {}, .gzipped = {}, .content_type = TypeOf(name), .etag = {}};
    if (file.content_type.empty()) {
      return {ErrorCode::kInvalidArgument, name + ": a page has no files of this kind"};
    }
    file.etag.append(1, '"').append(ToHex(Sha256Of(AsBytes(bytes)))).append(1, '"');
    file.named = name.starts_with(kNamed);
    file.bytes = std::move(bytes);
    const auto packed = contents.find(name + std::string(kGzip));
    if (packed != contents.end()) file.gzipped = std::move(packed->second);
    page.files_.emplace(name == kIndex ? "/" : name, std::move(file));
  }
  if (page.files_.size() > kMaxPageFiles) {
    return {ErrorCode::kLimitExceeded, folder + ": too many files for a page"};
  }
  if (page.Find("/") == nullptr) {
    return {ErrorCode::kInvalidArgument, folder + ": there is no index.html"};
  }
  return page;
} catch (...) {
  return ErrorOfException();
}

const StaticFile* StaticFiles::Find(std::string_view path) const {
  const auto found = files_.find(path);
  return found == files_.end() ? nullptr : &found->second;
}

}  // namespace voizk
