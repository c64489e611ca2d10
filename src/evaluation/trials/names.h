// Names, each once, by number.
#ifndef VOIZK_EVALUATION_TRIALS_NAMES_H_
#define VOIZK_EVALUATION_TRIALS_NAMES_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace voizk {

class Names {
 public:
  /// The name's number; a new name gets the next.
  uint32_t Add(std::string_view name) {
    const auto found = numbers_.find(name);
    if (found != numbers_.end()) return found->second;
    const auto number = static_cast<uint32_t>(names_.size());
    names_.emplace_back(name);
    numbers_.emplace(name, number);
    return number;
  }
  std::optional<uint32_t> Find(std::string_view name) const {
    const auto found = numbers_.find(name);
    return found == numbers_.end() ? std::nullopt : std::optional(found->second);
  }
  const std::string& operator[](size_t number) const { return names_[number]; }
  size_t size() const { return names_.size(); }

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  std::vector<std::string> names_;
  std::unordered_map<std::string, uint32_t, Hash, std::equal_to<>> numbers_;
};

}  // namespace voizk

#endif  // VOIZK_EVALUATION_TRIALS_NAMES_H_
