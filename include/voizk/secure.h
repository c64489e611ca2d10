// Memory for secrets (PCM, templates, salts, passphrases): overwritten before it is given back.
//
// What it does: every byte an owner of these types ever held is zeroed by SecureZero, which the
// compiler may not remove, when the owner is destroyed, shrinks its storage or is reallocated. What
// it does not do: pages are neither locked nor kept out of core dumps (a process that wants that
// calls setrlimit(RLIMIT_CORE) and mlockall itself), registers and copies made by libraries are out
// of reach, and a shrinking resize() leaves the tail in place until the storage goes.
#ifndef VOIZK_SECURE_H_
#define VOIZK_SECURE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "voizk/memory.h"

namespace voizk {

/// Overwrites `size` bytes with zeros, observably.
void SecureZero(void* data, std::size_t size);

/// Overwrites `values` with zero bytes.
template <typename T, std::size_t N>
void Zeroise(std::span<T, N> values) {
  static_assert(std::is_trivially_copyable_v<T> && !std::is_const_v<T>);
  SecureZero(values.data(), values.size_bytes());
}

/// Standard allocator that zeroes what it frees.
template <typename T>
struct SecureAllocator {
  using value_type = T;
  static_assert(std::is_trivially_copyable_v<T>, "only plain data can be zeroed");

  SecureAllocator() = default;
  template <typename U>
  SecureAllocator(const SecureAllocator<U>&) {}  // NOLINT: rebinding is implicit

  T* allocate(std::size_t n) {
    if (n >= kLargeBlockBytes / sizeof(T) + 1 && n <= std::size_t(-1) / sizeof(T)) {
      return static_cast<T*>(AllocateLargeBlock(n * sizeof(T)));
    }
    return std::allocator<T>().allocate(n);
  }
  void deallocate(T* p, std::size_t n) {
    SecureZero(p, n * sizeof(T));
    if (n >= kLargeBlockBytes / sizeof(T) + 1) return FreeLargeBlock(p, n * sizeof(T));
    std::allocator<T>().deallocate(p, n);
  }
  bool operator==(const SecureAllocator&) const { return true; }
};

/// A vector whose storage is zeroed whenever it is released.  There is no SecureString: short
/// std::string values live inside the object, where no allocator sees them; use SecureVector<char>.
template <typename T>
using SecureVector = std::vector<T, SecureAllocator<T>>;

/// A fixed array, zero at first, zeroed at the end.  Copies are allowed and zero themselves too.
template <typename T, std::size_t N>
class SecureArray {
 public:
  SecureArray() = default;
  explicit SecureArray(const std::array<T, N>& values) : values_(values) {}
  SecureArray(const SecureArray&) = default;
  SecureArray& operator=(const SecureArray&) = default;
  ~SecureArray() { Zeroise(std::span(values_)); }

  T* data() { return values_.data(); }
  const T* data() const { return values_.data(); }
  static constexpr std::size_t size() { return N; }
  T& operator[](std::size_t i) { return values_[i]; }
  const T& operator[](std::size_t i) const { return values_[i]; }
  auto begin() { return values_.begin(); }
  auto end() { return values_.end(); }
  auto begin() const { return values_.begin(); }
  auto end() const { return values_.end(); }
  std::span<T, N> span() { return values_; }
  std::span<const T, N> span() const { return values_; }

 private:
  std::array<T, N> values_{};
};

/// A prover's secret inputs (and what is inferred from them) by name, row-major.  Whoever makes
/// them erases them.
using Inputs = std::map<std::string, std::vector<int32_t>>;

}  // namespace voizk

#endif  // VOIZK_SECURE_H_
