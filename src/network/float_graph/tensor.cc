#include "network/float_graph/tensor.h"

#include "base/check.h"

namespace voizk {

namespace {

void CheckCount(const Dims& dims, size_t values) {
  const auto count = ElementCount(dims);
  CheckInvariant(count.ok() && static_cast<size_t>(*count) == values,
                 "a tensor's values are as many as its dims say");
}

}  // namespace

const char* Name(FloatType type) {
  switch (type) {
    case FloatType::kFloat:
      return "float32";
    case FloatType::kInt64:
      return "int64";
    case FloatType::kBool:
      return "bool";
  }
  return "unknown";
}

FloatTensor::FloatTensor(Dims dims, std::vector<float> values)
    : dims_(std::move(dims)), values_(std::move(values)) {
  CheckCount(dims_, size());
}

FloatTensor::FloatTensor(Dims dims, std::vector<int64_t> values)
    : dims_(std::move(dims)), values_(std::move(values)) {
  CheckCount(dims_, size());
}

FloatTensor::FloatTensor(Dims dims, std::vector<uint8_t> values)
    : dims_(std::move(dims)), values_(std::move(values)) {
  CheckCount(dims_, size());
}

size_t FloatTensor::size() const {
  return Visit([](const auto& values) { return values.size(); });
}

size_t FloatTensor::bytes() const { return size() * BytesPerElement(type()); }

void FloatTensor::Reshape(Dims dims) {
  CheckCount(dims, size());
  dims_ = std::move(dims);
}

Result<int64_t> ElementCount(const Dims& dims) {
  if (dims.size() > kMaxFloatRank) {
    return {ErrorCode::kLimitExceeded, "a tensor of rank " + std::to_string(dims.size()) +
                                           "; at most " + std::to_string(kMaxFloatRank)};
  }
  for (const int64_t dim : dims) {
    if (dim < 0) return {ErrorCode::kMalformed, "a negative dimension in " + ToString(dims)};
  }
  int64_t count = 1;
  for (const int64_t dim : dims) {
    if (dim == 0) return int64_t{0};
  }
  for (const int64_t dim : dims) {
    if (dim > kMaxFloatElements / count) {
      return {ErrorCode::kLimitExceeded,
              "a tensor " + ToString(dims) + " has more than 2^30 elements"};
    }
    count *= dim;
  }
  return count;
}

size_t BytesPerElement(FloatType type) {
  return type == FloatType::kFloat ? 4 : type == FloatType::kInt64 ? 8 : 1;
}

std::string ToString(const Dims& dims) {
  std::string text = "[";
  for (size_t d = 0; d < dims.size(); ++d) {
    if (d > 0) text += ", ";
    text += std::to_string(dims[d]);
  }
  return text + "]";
}

}  // namespace voizk
