#include "network/model_file/tensor_reader.h"

#include <algorithm>

#include "base/sizes.h"

namespace voizk {

namespace {

// 0: unknown.
uint64_t BytesOf(std::string_view dtype) {
  if (dtype == "int8" || dtype == "uint8") return 1;
  if (dtype == "int16") return 2;
  return dtype == "int32" ? 4 : 0;
}

// Little-endian integers of type T, widened.
template <typename T>
std::vector<int32_t> Widened(const uint8_t* p, size_t count) {
  if constexpr (sizeof(T) == 1) {
    const auto* values = reinterpret_cast<const T*>(p);  // bytes may be read as such
    return std::vector<int32_t>(values, values + count);
  } else {
    std::vector<int32_t> out(count);
    for (size_t i = 0; i < count; ++i, p += sizeof(T)) {
      uint32_t v = 0;
      for (size_t k = 0; k < sizeof(T); ++k) v |= uint32_t{p[k]} << (8 * k);
      out[i] = static_cast<T>(v);
    }
    return out;
  }
}

// A signed type is also taken where a wider one would be.
bool MayStandFor(std::string_view given, std::string_view dtype) {
  if (given == dtype) return true;
  return given.starts_with("int") && dtype.starts_with("int") && BytesOf(given) < BytesOf(dtype);
}

std::vector<int32_t> Elements(const uint8_t* p, size_t count, std::string_view dtype) {
  if (dtype == "int8") return Widened<int8_t>(p, count);
  if (dtype == "uint8") return Widened<uint8_t>(p, count);
  if (dtype == "int16") return Widened<int16_t>(p, count);
  return Widened<int32_t>(p, count);
}

}  // namespace

TensorData TensorReader::Read(JsonObject& object, std::string_view key, std::string_view dtype,
                              size_t rank) {
  JsonObject ref = object.Object(key);
  return ReadReference(ref, dtype, rank, rank);
}

TensorData TensorReader::ReadAny(JsonObject& reference) {
  return ReadReference(reference, "int32", 1, kMaxRank);
}

TensorData TensorReader::ReadReference(JsonObject& ref, std::string_view dtype, size_t least_rank,
                                       size_t most_rank) {
  const auto begin = static_cast<uint64_t>(ref.Int("offset", 0, INT64_MAX));
  const std::string type = ref.Text("dtype", 8);
  const auto dims = ref.Ints("shape", least_rank, most_rank, 1, UINT32_MAX);
  ref.Finish();
  if (BytesOf(type) == 0 || !MayStandFor(type, dtype)) {
    ref.Fail(ErrorCode::kMalformed, "must be " + std::string(dtype));
  }
  TensorData data;
  if (ref.failed()) return data;
  const uint64_t size = BytesOf(type);
  uint64_t count = 1;
  for (const int64_t d : dims) {  // count stays at most the file's size, so no product overflows
    if (static_cast<uint64_t>(d) > bytes_.size()) count = bytes_.size() + 1;
    count = std::min<uint64_t>(count * static_cast<uint64_t>(d), bytes_.size() + 1);
    data.shape.push_back(static_cast<uint32_t>(d));
  }
  if (begin % 4 != 0) ref.Fail(ErrorCode::kMalformed, "offset is no multiple of 4");
  if (begin > bytes_.size() || count > (bytes_.size() - begin) / size) {
    ref.Fail(ErrorCode::kMalformed, "reaches beyond the weights file");
  }
  // Before anything is allocated: many references to one large tensor would fill the memory.
  if (!ref.failed() && (total_ += count * size) > bytes_.size()) {
    ref.Fail(ErrorCode::kMalformed, "overlaps another tensor");
  }
  if (ref.failed()) return {};
  used_.emplace_back(begin, begin + ToSize(count * size));
  data.values = Elements(bytes_.data() + begin, ToSize(count), type);
  return data;
}

std::span<const uint8_t> TensorReader::ReadBytes(JsonObject& object, std::string_view key) {
  JsonObject ref = object.Object(key);
  const auto begin = static_cast<uint64_t>(ref.Int("offset", 0, INT64_MAX));
  const auto count = static_cast<uint64_t>(ref.Int("bytes", 0, INT64_MAX));
  ref.Finish();
  if (ref.failed()) return {};
  if (begin % 4 != 0) ref.Fail(ErrorCode::kMalformed, "offset is no multiple of 4");
  if (begin > bytes_.size() || count > bytes_.size() - begin) {
    ref.Fail(ErrorCode::kMalformed, "reaches beyond the weights file");
  }
  if (ref.failed()) return {};
  total_ += count;
  used_.emplace_back(begin, begin + count);
  return bytes_.subspan(ToSize(begin), ToSize(count));
}

Status TensorReader::CheckDisjoint() const {
  auto sorted = used_;
  std::sort(sorted.begin(), sorted.end());
  for (size_t i = 1; i < sorted.size(); ++i) {
    if (sorted[i].first < sorted[i - 1].second) {
      return {ErrorCode::kMalformed, "model file: two tensors overlap"};
    }
  }
  return {};
}

}  // namespace voizk
