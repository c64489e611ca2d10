// A tensor of the float network, as the importer and the calibration see it, before anything is
// quantised: three element types, any rank up to 8, row-major.
#ifndef VOIZK_NETWORK_FLOAT_GRAPH_TENSOR_H_
#define VOIZK_NETWORK_FLOAT_GRAPH_TENSOR_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"

namespace voizk {

/// ONNX's other types become one of these when a file is read or a Cast is executed: float16,
/// bfloat16 and double float; integers of every width int64.
enum class FloatType : uint8_t { kFloat, kInt64, kBool };
/// "float32", "int64", "bool".
const char* Name(FloatType type);

using Dims = std::vector<int64_t>;

inline constexpr size_t kMaxFloatRank = 8;                      // numpy broadcasting of exports
inline constexpr int64_t kMaxFloatElements = int64_t{1} << 30;  // of one tensor: 4 GiB of floats

/// Row-major; a scalar has no dims and one element; a dim may be 0.
class FloatTensor {
 public:
  /// A float scalar 0.
  FloatTensor() : values_(std::vector<float>(1)) {}
  /// The number of values must be the product of dims, which must be within the limits above
  /// (ElementCount says so); anything else is a broken invariant.
  FloatTensor(Dims dims, std::vector<float> values);
  FloatTensor(Dims dims, std::vector<int64_t> values);
  FloatTensor(Dims dims, std::vector<uint8_t> values);  // bool: 0 or 1
  static FloatTensor Scalar(float value) { return {{}, std::vector<float>{value}}; }
  static FloatTensor Scalar(int64_t value) { return {{}, std::vector<int64_t>{value}}; }
  static FloatTensor Vector(const std::vector<int64_t>& v) {
    return {{static_cast<int64_t>(v.size())}, v};
  }

  FloatType type() const { return static_cast<FloatType>(values_.index()); }
  const Dims& dims() const { return dims_; }
  size_t rank() const { return dims_.size(); }
  /// The number of elements.
  size_t size() const;
  size_t bytes() const;

  bool is_float() const { return type() == FloatType::kFloat; }
  bool is_int() const { return type() == FloatType::kInt64; }
  bool is_bool() const { return type() == FloatType::kBool; }

  /// The values; only of the tensor's own type.
  const std::vector<float>& floats() const { return std::get<0>(values_); }
  const std::vector<int64_t>& ints() const { return std::get<1>(values_); }
  const std::vector<uint8_t>& bools() const { return std::get<2>(values_); }
  std::vector<float>& floats() { return std::get<0>(values_); }
  std::vector<int64_t>& ints() { return std::get<1>(values_); }
  std::vector<uint8_t>& bools() { return std::get<2>(values_); }

  /// Calls fn(std::vector<T>&) with T the element type (uint8_t for bool).
  template <typename Fn>
  decltype(auto) Visit(Fn&& fn) const {
    return std::visit(std::forward<Fn>(fn), values_);
  }
  template <typename Fn>
  decltype(auto) Visit(Fn&& fn) {
    return std::visit(std::forward<Fn>(fn), values_);
  }

  /// The same values under other dims of the same number of elements.
  void Reshape(Dims dims);

 private:
  Dims dims_;
  std::variant<std::vector<float>, std::vector<int64_t>, std::vector<uint8_t>> values_;
};

/// The product of dims.  kMalformed: one is negative; kLimitExceeded: the rank or the product is
/// above the limits.
Result<int64_t> ElementCount(const Dims& dims);

size_t BytesPerElement(FloatType type);

/// "[1, 16000]".
std::string ToString(const Dims& dims);

}  // namespace voizk

#endif  // VOIZK_NETWORK_FLOAT_GRAPH_TENSOR_H_
