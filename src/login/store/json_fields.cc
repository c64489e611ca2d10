#include "login/store/json_fields.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "login/store/text.h"

namespace voizk {
namespace {

using nlohmann::json;

constexpr int64_t kMaxNumber = (int64_t{1} << 53) - 1;  // beyond, JSON readers differ

std::string Quoted(std::string_view text) {  // by appending: GCC 12 warns of "\"" + std::string
  std::string quoted(1, '"');
  quoted.append(text).push_back('"');
  return quoted;
}

}  // namespace

Error JsonFields::Fail(std::string_view problem) const {
  return {ErrorCode::kMalformed, what_ + ": " + std::string(problem)};
}

Result<JsonFields> JsonFields::Parse(ByteSpan bytes, std::string_view what,
                                     std::span<const std::string_view> names) {
  JsonFields fields;
  fields.what_ = what;
  if (bytes.size() > kMaxJsonBytes) {
    return {ErrorCode::kLimitExceeded, fields.what_ + ": over 4096 bytes"};
  }
  std::set<std::string> seen;
  bool twice = false;
  const auto watch = [&](int depth, json::parse_event_t event, json& parsed) {
    if (event == json::parse_event_t::key && depth == 1) {
      twice = !seen.insert(parsed.get<std::string>()).second || twice;
    }
    return true;
  };
  const json object = json::parse(bytes.begin(), bytes.end(), watch, /*allow_exceptions=*/false);
  if (object.is_discarded() || !object.is_object()) {
    return fields.Fail(bytes.empty() ? "is empty" : "not a JSON object");
  }
  if (twice) return fields.Fail("a name occurs twice");
  for (const std::string_view name : names) {
    const auto found = object.find(std::string(name));
    if (found == object.end()) return fields.Fail(Quoted(name) + " is missing");
    Value value;
    if (found->is_string()) {
      value = found->get<std::string>();
    } else if (found->is_number_unsigned() &&
               found->get<uint64_t>() <= static_cast<uint64_t>(kMaxNumber)) {
      value = static_cast<int64_t>(found->get<uint64_t>());
    }
    fields.values_.emplace(name, std::move(value));
  }
  if (object.size() != names.size()) return fields.Fail("a name is unknown");
  return fields;
}

Result<std::string> JsonFields::Text(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end() || !std::holds_alternative<std::string>(found->second)) {
    return Fail(Quoted(name) + " is no text");
  }
  return std::get<std::string>(found->second);
}

Result<int64_t> JsonFields::Number(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end() || !std::holds_alternative<int64_t>(found->second)) {
    return Fail(Quoted(name) + " is no whole number in 0 .. 2^53 - 1");
  }
  return std::get<int64_t>(found->second);
}

Result<std::array<uint8_t, 32>> JsonFields::Bytes32(std::string_view name) const {
  VOIZK_ASSIGN_OR_RETURN(const std::string text, Text(name));
  const auto bytes = FromHex32(text);
  if (!bytes.has_value()) return Fail(Quoted(name) + " is not 64 lower-case hexadecimal digits");
  return *bytes;
}

Status JsonFields::ExpectText(std::string_view name, std::string_view expected) const {
  VOIZK_ASSIGN_OR_RETURN(const std::string text, Text(name));
  if (text != expected) {
    return Fail(Quoted(name) + " is not " + Quoted(expected));
  }
  return {};
}

Status JsonFields::ExpectVersion(std::string_view name, int64_t expected) const {
  VOIZK_ASSIGN_OR_RETURN(const int64_t version, Number(name));
  if (version != expected) {
    return {ErrorCode::kUnsupported, what_ + ": version " + std::to_string(version) +
                                         "; this program reads version " +
                                         std::to_string(expected)};
  }
  return {};
}

void JsonWriter::Name(std::string_view name) {
  text_ += text_.empty() ? "{\n  \"" : ",\n  \"";
  text_ += name;
  text_ += "\": ";
}

JsonWriter& JsonWriter::Text(std::string_view name, std::string_view value) {
  Name(name);
  text_ += json(value).dump(-1, ' ', false, json::error_handler_t::replace);
  return *this;
}

JsonWriter& JsonWriter::Number(std::string_view name, int64_t value) {
  Name(name);
  text_ += std::to_string(value);
  return *this;
}

std::string JsonWriter::Finish() && { return std::move(text_ += "\n}\n"); }

}  // namespace voizk
