// Where an operation's attributes come from when it is read by name: a model file, a test.
#ifndef VOIZK_NETWORK_OPERATIONS_ATTRIBUTE_READER_H_
#define VOIZK_NETWORK_OPERATIONS_ATTRIBUTE_READER_H_

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace voizk {

/// A tensor of a model file.
struct TensorData {
  std::vector<uint32_t> shape;
  std::vector<int32_t> values;  // row-major

  /// 0 for a dimension that is not there, as in a tensor that could not be read.
  uint32_t Dim(size_t d) const { return d < shape.size() ? shape[d] : 0; }
};

/// Attributes by name.  The reader keeps the first error (one that is absent, of another type or
/// out of bounds) for whoever made it, and returns something harmless of the right size instead.
class AttributeReader {
 public:
  virtual ~AttributeReader() = default;
  virtual int64_t Int(std::string_view key, int64_t lo, int64_t hi) = 0;
  /// `count` integers.
  virtual std::vector<int64_t> Ints(std::string_view key, size_t count, int64_t lo, int64_t hi) = 0;
  /// 1 to `most` integers.
  virtual std::vector<int64_t> List(std::string_view key, size_t most, int64_t lo, int64_t hi) = 0;
  /// Whether the attribute is there: one that may be absent has a default.
  virtual bool Has(std::string_view key) = 0;
  /// dtype: "int8", "int16" or "int32".
  virtual TensorData Tensor(std::string_view key, std::string_view dtype, size_t rank) = 0;

  uint32_t Size(std::string_view key, uint32_t hi) {
    return static_cast<uint32_t>(Int(key, 0, hi));
  }
  int64_t IntOr(std::string_view key, int64_t lo, int64_t hi, int64_t fallback) {
    return Has(key) ? Int(key, lo, hi) : fallback;
  }
  template <size_t N>
  std::array<uint32_t, N> Sizes(std::string_view key, uint32_t hi) {
    const std::vector<int64_t> v = Ints(key, N, 0, hi);
    std::array<uint32_t, N> sizes{};
    for (size_t k = 0; k < N; ++k) sizes[k] = static_cast<uint32_t>(v[k]);
    return sizes;
  }
};

}  // namespace voizk

#endif  // VOIZK_NETWORK_OPERATIONS_ATTRIBUTE_READER_H_
