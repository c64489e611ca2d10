#include "network/model_file/json_reader.h"

#include <nlohmann/json.hpp>

namespace voizk {

using nlohmann::json;

namespace {

const json& Nothing() {
  static const json kNothing;  // null
  return kNothing;
}

// Not '"'" + key + "'"': GCC 12 warns of overlaps that cannot be.
std::string Quoted(std::string_view key) {
  std::string text(1, '\'');
  return text.append(key).append(1, '\'');
}

bool ReadInt(const json& value, int64_t lo, int64_t hi, int64_t* out) {
  if (!value.is_number_integer()) return false;
  if (value.is_number_unsigned() && value.get<uint64_t>() > INT64_MAX) return false;
  *out = value.get<int64_t>();
  return *out >= lo && *out <= hi;
}

}  // namespace

Result<json> ParseJson(std::span<const uint8_t> bytes) {
  std::vector<std::set<std::string>> keys;  // of the objects that are open
  std::string error;
  const auto watch = [&](int depth, json::parse_event_t event, json& parsed) {
    // What is not kept is read and forgotten: brackets alone would take 60 times their size.
    if (!error.empty()) return false;
    if (depth > kMaxJsonDepth) {
      error = "nested too deeply";
      return false;
    }
    if (event == json::parse_event_t::object_start) keys.emplace_back();
    if (event == json::parse_event_t::object_end) keys.pop_back();
    if (event == json::parse_event_t::key &&
        !keys.back().insert(parsed.get_ref<const std::string&>()).second) {
      error = "key '" + parsed.get_ref<const std::string&>().substr(0, 64) + "' occurs twice";
    }
    return true;
  };
  json document = json::parse(bytes.begin(), bytes.end(), watch, /*allow_exceptions=*/false);
  if (error.empty() && document.is_discarded()) error = "not JSON";
  if (!error.empty()) return {ErrorCode::kMalformed, "model file: " + error};
  return document;
}

JsonObject::JsonObject(const json& value, std::string path, Status& status)
    : value_(value), path_(std::move(path)), status_(status) {
  if (!value_.is_object()) Fail(ErrorCode::kMalformed, "is no object");
}

void JsonObject::Fail(ErrorCode code, const std::string& message) {
  if (status_.ok()) status_ = Status(code, "model file: " + path_ + ": " + message);
}

bool JsonObject::Has(std::string_view key) const {
  return value_.is_object() && value_.contains(key);
}

const json& JsonObject::Get(std::string_view key) {
  seen_.emplace(key);
  if (!Has(key)) {
    Fail(ErrorCode::kMalformed, Quoted(key) + " is missing");
    return Nothing();
  }
  return *value_.find(key);
}

int64_t JsonObject::Int(std::string_view key, int64_t lo, int64_t hi) {
  int64_t value = 0;
  if (ReadInt(Get(key), lo, hi, &value)) return value;
  Fail(ErrorCode::kMalformed,
       Quoted(key) + " is no integer in " + std::to_string(lo) + ".." + std::to_string(hi));
  return lo;
}

std::string JsonObject::Text(std::string_view key, size_t max_size) {
  const json& value = Get(key);
  if (value.is_string() && value.get_ref<const std::string&>().size() <= max_size) {
    return value.get<std::string>();
  }
  Fail(ErrorCode::kMalformed, Quoted(key) + " is no text of fitting length");
  return {};
}

const json& JsonObject::Array(std::string_view key, size_t min_size, size_t max_size) {
  const json& value = Get(key);
  if (value.is_array() && value.size() >= min_size && value.size() <= max_size) return value;
  Fail(ErrorCode::kMalformed, Quoted(key) + " is no list of " + std::to_string(min_size) + " to " +
                                  std::to_string(max_size));
  return Nothing();
}

std::vector<int64_t> JsonObject::Ints(std::string_view key, size_t min_size, size_t max_size,
                                      int64_t lo, int64_t hi) {
  std::vector<int64_t> values;
  for (const json& element : Array(key, min_size, max_size)) {
    int64_t value = 0;
    if (!ReadInt(element, lo, hi, &value)) {
      Fail(ErrorCode::kMalformed, Quoted(key) + " holds a value out of bounds");
    }
    values.push_back(value);
  }
  values.resize(std::max(values.size(), min_size), lo);
  return values;
}

std::vector<std::string> JsonObject::Texts(std::string_view key, size_t max_count,
                                           size_t max_size) {
  std::vector<std::string> texts;
  for (const json& element : Array(key, 0, max_count)) {
    if (!element.is_string() || element.get_ref<const std::string&>().size() > max_size) {
      Fail(ErrorCode::kMalformed, Quoted(key) + " holds something else than names");
      return {};
    }
    texts.push_back(element.get<std::string>());
  }
  return texts;
}

JsonObject JsonObject::Object(std::string_view key) {
  std::string at = path_;
  at.append(".").append(key);
  return {Get(key), std::move(at), status_};
}

void JsonObject::ForEach(std::string_view key, size_t max_count,
                         const std::function<void(const json&, const std::string& path)>& fn) {
  size_t i = 0;
  for (const json& element : Array(key, 0, max_count)) {
    std::string at = path_;
    at.append(".").append(key).append("[").append(std::to_string(i++)).append("]");
    fn(element, at);
  }
}

void JsonObject::Finish() {
  if (!value_.is_object()) return;
  for (const auto& [key, value] : value_.items()) {
    if (seen_.count(key) == 0)
      Fail(ErrorCode::kMalformed, "unknown key '" + key.substr(0, 64) + "'");
  }
}

}  // namespace voizk
