// SecureVector and SecureArray are part of the public API.
#ifndef VOIZK_BASE_SECURE_H_
#define VOIZK_BASE_SECURE_H_

#include <map>
#include <span>
#include <string>
#include <vector>

#include "voizk/secure.h"

namespace voizk {

template <typename T>
void EraseValues(std::vector<T>& values) {
  Zeroise(std::span(values));
}
template <typename T>
void EraseValues(std::vector<std::vector<T>>& all) {
  for (std::vector<T>& values : all) Zeroise(std::span(values));
}
inline void EraseValues(Inputs& inputs) {
  for (auto& [name, values] : inputs) Zeroise(std::span(values));
}

/// Overwrites the numbers of a vector, of a vector of vectors or of Inputs at the end of a scope,
/// also on an exception's way out; what was moved away by then is the new owner's.  Declared right
/// after the variable, before anything secret is in it.
template <typename Values>
class ScopeEraser {
 public:
  explicit ScopeEraser(Values& values) : values_(values) {}
  ~ScopeEraser() { EraseValues(values_); }
  ScopeEraser(const ScopeEraser&) = delete;
  ScopeEraser& operator=(const ScopeEraser&) = delete;

 private:
  Values& values_;
};

using InputsEraser = ScopeEraser<Inputs>;

}  // namespace voizk

#endif  // VOIZK_BASE_SECURE_H_
