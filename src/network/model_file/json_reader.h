// Reads JSON that nobody has checked: every value is fetched by name and type, every number within
// stated bounds, every key must be known, and the first error is kept with its path.
#ifndef VOIZK_NETWORK_MODEL_FILE_JSON_READER_H_
#define VOIZK_NETWORK_MODEL_FILE_JSON_READER_H_

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace voizk {

/// The document, or kMalformed: not JSON, deeper than kMaxJsonDepth, or an object with a key twice
/// (which two readers might understand differently).
inline constexpr int kMaxJsonDepth = 16;
Result<nlohmann::json> ParseJson(std::span<const uint8_t> bytes);

/// One object.  Getters return a harmless default after an error; the caller asks `status` once, at
/// the end.  The document and the status must outlive the reader.
class JsonObject {
 public:
  /// An error if `value` is no object.
  JsonObject(const nlohmann::json& value, std::string path, Status& status);

  bool Has(std::string_view key) const;
  int64_t Int(std::string_view key, int64_t lo, int64_t hi);
  int32_t Int32(std::string_view key) {
    return static_cast<int32_t>(Int(key, INT32_MIN, INT32_MAX));
  }
  uint32_t Size(std::string_view key, uint32_t hi) {
    return static_cast<uint32_t>(Int(key, 0, hi));
  }
  std::string Text(std::string_view key, size_t max_size);
  /// Between min_size and max_size integers within bounds.
  std::vector<int64_t> Ints(std::string_view key, size_t min_size, size_t max_size, int64_t lo,
                            int64_t hi);
  std::vector<std::string> Texts(std::string_view key, size_t max_count, size_t max_size);
  JsonObject Object(std::string_view key);
  /// The value as it is, for the caller to look into; null if it is missing.
  const nlohmann::json& Value(std::string_view key) { return Get(key); }
  /// Calls fn on each element, which is given its path.
  void ForEach(std::string_view key, size_t max_count,
               const std::function<void(const nlohmann::json&, const std::string& path)>& fn);

  /// Records an error if the object has a key that nobody asked for.
  void Finish();
  void Fail(ErrorCode code, const std::string& message);
  bool failed() const { return !status_.ok(); }
  const std::string& path() const { return path_; }
  Status& status() { return status_; }

 private:
  const nlohmann::json& Get(std::string_view key);
  const nlohmann::json& Array(std::string_view key, size_t min_size, size_t max_size);

  const nlohmann::json& value_;
  std::string path_;
  Status& status_;
  std::set<std::string, std::less<>> seen_;
};

}  // namespace voizk

#endif  // VOIZK_NETWORK_MODEL_FILE_JSON_READER_H_
