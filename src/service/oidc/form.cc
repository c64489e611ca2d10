#include "service/oidc/form.h"

#include <algorithm>

namespace voizk {
namespace {

Error Bad(const char* problem) { return {ErrorCode::kMalformed, problem}; }

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

Result<std::string> Decode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '+') c = ' ';
    if (c == '%') {
      if (text.size() - i < 3) return Bad("a bad escape");
      const int high = HexValue(text[i + 1]), low = HexValue(text[i + 2]);
      if (high < 0 || low < 0) return Bad("a bad escape");
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    decoded.push_back(c);
  }
  return decoded;
}

void DropEmpty(Form* form) {
  std::erase_if(*form, [](const auto& field) { return field.second.empty(); });
}

Status Add(std::string_view name, std::string_view value, Form* form) {
  if (form->size() == kMaxFormFields) return Bad("too many parameters");
  VOIZK_ASSIGN_OR_RETURN(std::string key, Decode(name));
  VOIZK_ASSIGN_OR_RETURN(std::string text, Decode(value));
  if (!form->emplace(std::move(key), std::move(text)).second) {
    return Bad("a parameter is there twice");
  }
  return {};
}

void Encode(std::string_view text, std::string* out) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  for (const char c : text) {
    const bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      out->push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out->push_back('%');
    out->push_back(kHex[byte >> 4]);
    out->push_back(kHex[byte & 15]);
  }
}

}  // namespace

bool IsPrintable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

Result<std::string> DecodeFormValue(std::string_view text) {
  VOIZK_ASSIGN_OR_RETURN(std::string decoded, Decode(text));
  if (!IsPrintable(decoded)) return Bad("a parameter has more than printable ASCII");
  return decoded;
}

Result<Form> ParseForm(std::string_view text) {
  Form form;
  while (!text.empty()) {
    const std::string_view field = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), field.size() + 1));
    if (field.empty()) continue;
    const size_t equals = field.find('=');
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view() : field.substr(equals + 1);
    VOIZK_RETURN_IF_ERROR(Add(field.substr(0, equals), value, &form));
  }
  DropEmpty(&form);
  return form;
}

Result<Form> DecodeForm(const std::map<std::string, std::string>& encoded) {
  Form form;
  for (const auto& [name, value] : encoded) VOIZK_RETURN_IF_ERROR(Add(name, value, &form));
  DropEmpty(&form);
  return form;
}

std::string WithQuery(std::string uri,
                      const std::vector<std::pair<std::string_view, std::string>>& fields) {
  char next = uri.find('?') == std::string::npos ? '?' : '&';
  for (const auto& [name, value] : fields) {
    if (value.empty()) continue;
    uri.push_back(next);
    uri.append(name);
    uri.push_back('=');
    Encode(value, &uri);
    next = '&';
  }
  return uri;
}

std::string ValueOf(const Form& form, const std::string& name) {
  const auto found = form.find(name);
  return found == form.end() ? "" : found->second;
}

}  // namespace voizk
