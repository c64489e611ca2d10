#include "evaluation/trials/line_reader.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace voizk {

std::string Where(std::string_view file, uint64_t line) {
  return std::string(file) + ":" + std::to_string(line) + ": ";
}

Error LineReader::At(const std::string& what) const {
  return {ErrorCode::kMalformed, Where(file_, line_) + what};
}

Error LineReader::TooMany(size_t limit, const std::string& noun) const {
  return {ErrorCode::kLimitExceeded,
          Where(file_, line_) + "more than " + std::to_string(limit) + " " + noun};
}

Status LineReader::Split(std::string_view line, std::vector<std::string_view>* fields) const {
  const auto separates = [this](char c) {
    return c == '\t' || (c == ' ' && separator_ == Separator::kBlanks);
  };
  size_t begin = 0;
  for (size_t i = 0; i <= line.size(); ++i) {
    if (i < line.size() && !separates(line[i])) {
      const auto byte = static_cast<unsigned char>(line[i]);
      if (byte < 0x20 || byte == 0x7F) return At("a control character: this is no text");
      continue;
    }
    if (separator_ == Separator::kTab || i > begin) {
      fields->push_back(line.substr(begin, i - begin));
    }
    begin = i + 1;
  }
  return {};
}

Result<std::vector<std::string_view>> LineReader::Next() {
  std::vector<std::string_view> fields;
  while (!text_.empty()) {
    const size_t end = std::min(text_.find('\n'), text_.size());
    std::string_view line = text_.substr(0, end);
    text_.remove_prefix(std::min(end + 1, text_.size()));
    ++line_;
    if (line.size() > kMaxLineBytes) return At("the line is longer than a mebibyte");
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
    VOIZK_RETURN_IF_ERROR(Split(line, &fields));
    return fields;
  }
  return fields;
}

bool ParseNumber(std::string_view text, double* value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value);
  return error == std::errc() && end == text.data() + text.size() && std::isfinite(*value);
}

}  // namespace voizk
