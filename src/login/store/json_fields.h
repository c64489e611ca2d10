// Flat JSON objects of texts and whole numbers, read strictly: exactly the expected names, each
// once.  (One object has one meaning: no parser may see another than ours.)
#ifndef VOIZK_LOGIN_STORE_JSON_FIELDS_H_
#define VOIZK_LOGIN_STORE_JSON_FIELDS_H_

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "base/bytes.h"
#include "base/result.h"

namespace voizk {

inline constexpr size_t kMaxJsonBytes = 4096;  // a challenge takes under 700

class JsonFields {
 public:
  /// kLimitExceeded: over kMaxJsonBytes.  kMalformed: no JSON, not an object, or other names than
  /// `names`.  Messages begin with `what`.
  static Result<JsonFields> Parse(ByteSpan bytes, std::string_view what,
                                  std::span<const std::string_view> names);

  /// kMalformed: the field is no text / no whole number in 0 .. 2^53 - 1.
  Result<std::string> Text(std::string_view name) const;
  Result<int64_t> Number(std::string_view name) const;
  /// kMalformed: not 64 lower-case hexadecimal digits.
  Result<std::array<uint8_t, 32>> Bytes32(std::string_view name) const;
  /// The field must be this text (kMalformed) / this number (kUnsupported).
  Status ExpectText(std::string_view name, std::string_view expected) const;
  Status ExpectVersion(std::string_view name, int64_t expected) const;

  Error Fail(std::string_view problem) const;

 private:
  using Value = std::variant<std::monostate, std::string, int64_t>;
  std::string what_;
  std::map<std::string, Value, std::less<>> values_;
};

/// Writes such an object, fields in the order given, two spaces of indentation, newline at the end.
class JsonWriter {
 public:
  JsonWriter& Text(std::string_view name, std::string_view value);
  JsonWriter& Number(std::string_view name, int64_t value);
  std::string Finish() &&;

 private:
  void Name(std::string_view name);
  std::string text_;
};

}  // namespace voizk

#endif  // VOIZK_LOGIN_STORE_JSON_FIELDS_H_
