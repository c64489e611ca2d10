#include "service/api/body.h"

#include <sodium.h>

#include <algorithm>
#include <set>

namespace voizk {
namespace {

using Json = nlohmann::json;

Error Bad(std::string_view problem) { return {ErrorCode::kMalformed, std::string(problem)}; }

}  // namespace

Result<Json> ParseBody(std::string_view body, std::span<const std::string_view> names) {
  if (body.empty()) return Json::object();
  bool too_deep = false, twice = false;
  std::vector<std::set<std::string>> seen;  // names of the objects that are open
  const auto look = [&](int depth, Json::parse_event_t event, Json& value) {
    // `depth` counts what is open around it.  What is not kept is read, and forgotten.
    if (depth > kMaxJsonDepth) too_deep = true;
    if (too_deep) return false;
    if (event == Json::parse_event_t::object_start) seen.emplace_back();
    if (event == Json::parse_event_t::key) {
      twice = twice || !seen.back().insert(value.get<std::string>()).second;
    }
    if (event == Json::parse_event_t::object_end) seen.pop_back();
    return true;
  };
  Json json = Json::parse(body, look, /*allow_exceptions=*/false);
  if (too_deep) return Bad("the body is nested too deeply");
  if (json.is_discarded() || !json.is_object()) return Bad("the body is no JSON object");
  if (twice) return Bad("the body has a name twice");
  for (const auto& [name, value] : json.items()) {
    if (std::ranges::find(names, name) == names.end()) {
      return Bad("the body has a name that is not known here");
    }
  }
  return json;
}

Result<std::string> TextOf(const Json& object, std::string_view name, bool needed) {
  const auto found = object.find(name);
  if (found == object.end()) {
    if (!needed) return std::string();
    return Bad(std::string(name).append(" is missing"));
  }
  if (!found->is_string()) return Bad(std::string(name).append(" is no text"));
  return found->get<std::string>();
}

Result<std::vector<uint8_t>> FromBase64Url(std::string_view text) {
  std::vector<uint8_t> bytes(text.size() / 4 * 3 + 3);
  size_t size = 0;
  const char* end = nullptr;
  if (sodium_base642bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr, &size, &end,
                        sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
      end != text.data() + text.size()) {
    return Bad("not base64url without padding");
  }
  bytes.resize(size);
  return bytes;
}

std::string ToBase64Url(ByteSpan bytes) {
  std::string text(
      sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(),
                    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  text.pop_back();  // its zero
  return text;
}

}  // namespace voizk
