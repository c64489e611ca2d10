// Vectors over Ext<D> as structures of arrays: D planes of base-field coefficients ("limbs"), so
// that kernels work on contiguous 32-bit lanes.
//
//   ExtVec<D>        owns D planes in one 64-byte aligned allocation
//   ExtSpan<D>       a mutable view of a range of each plane
//   ExtConstSpan<D>  the same, read-only
#ifndef VOIZK_ALGEBRA_FIELD_EXT_ARRAY_H_
#define VOIZK_ALGEBRA_FIELD_EXT_ARRAY_H_

#include <array>
#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <vector>

#include "algebra/field/ext.h"
#include "algebra/field/koala_bear.h"
#include "base/secure.h"
#include "base/sizes.h"
#include "voizk/memory.h"

namespace voizk {

template <int D, typename Limb>  // Limb is Fp or const Fp
class BasicExtSpan {
 public:
  BasicExtSpan() = default;
  BasicExtSpan(const std::array<Limb*, D>& limbs, size_t size) : limbs_(limbs), size_(size) {}
  template <typename Other>
  requires(std::is_same_v<const Other, Limb> && !std::is_same_v<Other, Limb>)
      BasicExtSpan(const BasicExtSpan<D, Other>& other)  // NOLINT: as span
      : size_(other.size()) {
    for (int l = 0; l < D; ++l) limbs_[static_cast<size_t>(l)] = other.limb(l);
  }

  size_t size() const { return size_; }
  Limb* limb(int l) const { return limbs_[static_cast<size_t>(l)]; }
  Ext<D> get(size_t i) const {
    Ext<D> x;
    for (int l = 0; l < D; ++l) x[l] = limb(l)[i];
    return x;
  }
  void set(size_t i, const Ext<D>& x) const requires(!std::is_const_v<Limb>) {
    for (int l = 0; l < D; ++l) limb(l)[i] = x[l];
  }
  /// Elements [offset, offset + count), which must lie inside.
  BasicExtSpan subspan(size_t offset, size_t count) const {
    BasicExtSpan s = *this;
    for (auto& p : s.limbs_) p += offset;
    s.size_ = count;
    return s;
  }
  BasicExtSpan first(size_t count) const { return subspan(0, count); }

 private:
  std::array<Limb*, D> limbs_{};
  size_t size_ = 0;
};

template <int D>
using ExtSpan = BasicExtSpan<D, Fp>;
template <int D>
using ExtConstSpan = BasicExtSpan<D, const Fp>;

/// Movable, copyable by Clone() only (these vectors are large).
template <int D>
class ExtVec {
 public:
  ExtVec() = default;
  /// n zeros.
  explicit ExtVec(size_t n) : ExtVec(Allocate(n, false)) { SetZero(); }
  /// n elements that must be written before they are read.
  static ExtVec Uninitialized(size_t n) { return Allocate(n, false); }
  /// The same for secrets: the whole allocation is overwritten with zeros before it is given back,
  /// that of clones too.
  static ExtVec Secret(size_t n) { return Allocate(n, true); }
  /// Secret, n zeros.
  static ExtVec SecretZeros(size_t n) {
    ExtVec v = Allocate(n, true);
    v.SetZero();
    return v;
  }
  static ExtVec From(std::span<const Ext<D>> xs) {
    ExtVec v = Uninitialized(xs.size());
    for (size_t i = 0; i < xs.size(); ++i) v.set(i, xs[i]);
    return v;
  }
  ExtVec Clone() const {
    ExtVec v = Allocate(size_, data_.get_deleter().secret);
    for (int l = 0; l < D && size_ != 0; ++l) {
      std::memcpy(static_cast<void*>(v.limb(l)), limb(l), size_ * sizeof(Fp));
    }
    return v;
  }
  std::vector<Ext<D>> ToVector() const {
    std::vector<Ext<D>> xs(size_);
    for (size_t i = 0; i < size_; ++i) xs[i] = get(i);
    return xs;
  }

  size_t size() const { return size_; }
  Fp* limb(int l) { return data_.get() + static_cast<size_t>(l) * stride_; }
  const Fp* limb(int l) const { return data_.get() + static_cast<size_t>(l) * stride_; }
  Ext<D> get(size_t i) const { return span().get(i); }
  void set(size_t i, const Ext<D>& x) { span().set(i, x); }

  ExtSpan<D> span() {
    std::array<Fp*, D> p;
    for (int l = 0; l < D; ++l) p[static_cast<size_t>(l)] = limb(l);
    return {p, size_};
  }
  ExtConstSpan<D> span() const {
    std::array<const Fp*, D> p;
    for (int l = 0; l < D; ++l) p[static_cast<size_t>(l)] = limb(l);
    return {p, size_};
  }
  ExtSpan<D> subspan(size_t offset, size_t count) { return span().subspan(offset, count); }
  ExtConstSpan<D> subspan(size_t offset, size_t count) const {
    return span().subspan(offset, count);
  }

  /// Forgets the elements from `size` on and keeps the allocation (folding halves a table in
  /// place).
  void Truncate(size_t size) { size_ = size; }

 private:
  static constexpr size_t kAlignment = 64;
  struct Free {
    size_t bytes = 0;
    bool secret = false;  // to be overwritten first
    void operator()(Fp* p) const {
      if (secret) SecureZero(p, bytes);
      if (bytes >= kLargeBlockBytes) return FreeLargeBlock(p, bytes);
      ::operator delete(p, std::align_val_t(kAlignment));
    }
  };
  static ExtVec Allocate(size_t n, bool secret) {
    ExtVec v;
    v.size_ = n;
    // Planes whose distance is a multiple of the page size would share cache sets and evict each
    // other; five cache lines of skew keep them apart.
    v.stride_ = (n + 15) / 16 * 16 + (n >= 1024 ? 80 : 0);
    if (n != 0) {
      // Where size_t has 32 bits, n coefficients may be more bytes than it counts.
      const size_t bytes = ToSize(uint64_t{D} * v.stride_ * sizeof(Fp));
      void* data = bytes >= kLargeBlockBytes ? AllocateLargeBlock(bytes)
                                             : ::operator new(bytes, std::align_val_t(kAlignment));
      v.data_ = {static_cast<Fp*>(data), Free{bytes, secret}};
    }
    return v;
  }
  void SetZero() {
    if (size_ != 0) std::memset(static_cast<void*>(data_.get()), 0, D * stride_ * sizeof(Fp));
  }
  size_t size_ = 0;
  size_t stride_ = 0;
  std::unique_ptr<Fp[], Free> data_;
};

}  // namespace voizk

#endif  // VOIZK_ALGEBRA_FIELD_EXT_ARRAY_H_
