// check_json SCHEMA < document: exit 0 if the document fits, 1 with a message if not, 2 on misuse.
// Of JSON Schema: type, properties, required, additionalProperties, items, enum (docs/json).
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

namespace {

using nlohmann::json;

bool HasType(const json& value, const std::string& type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "integer") return value.is_number_integer();
  if (type == "number") return value.is_number();
  return false;
}

/// Empty, or what does not fit.
std::string Misfit(const json& schema, const json& value, const std::string& path) {
  if (schema.contains("type") && !HasType(value, schema["type"])) {
    return path + ": is no " + schema["type"].get<std::string>();
  }
  if (schema.contains("enum")) {
    bool found = false;
    for (const json& allowed : schema["enum"]) found = found || allowed == value;
    if (!found) return path + ": " + value.dump() + " is not listed";
  }
  for (const json& key : schema.value("required", json::array())) {
    if (!value.contains(key)) return path + ": no " + key.get<std::string>();
  }
  if (value.is_object()) {
    const json properties = schema.value("properties", json::object());
    const json others = schema.value("additionalProperties", json(true));
    for (const auto& [key, member] : value.items()) {
      const std::string here = path + "." + key;
      std::string misfit;
      if (properties.contains(key)) {
        misfit = Misfit(properties[key], member, here);
      } else if (others.is_object()) {
        misfit = Misfit(others, member, here);
      } else if (!others.get<bool>()) {
        misfit = here + ": not described";
      }
      if (!misfit.empty()) return misfit;
    }
  }
  if (value.is_array() && schema.contains("items")) {
    for (size_t i = 0; i < value.size(); ++i) {
      const std::string misfit =
          Misfit(schema["items"], value[i], path + "[" + std::to_string(i) + "]");
      if (!misfit.empty()) return misfit;
    }
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const json schema = json::parse(std::ifstream(argv[1]), nullptr, false);
  if (!schema.is_object()) {
    std::cerr << argv[1] << ": no schema\n";
    return 2;
  }
  const json document = json::parse(std::cin, nullptr, false);
  const std::string misfit =
      document.is_discarded() ? "not JSON" : Misfit(schema, document, "document");
  if (!misfit.empty()) std::cerr << misfit << "\n";
  return misfit.empty() ? 0 : 1;
}
