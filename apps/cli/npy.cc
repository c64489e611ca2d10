#include "npy.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <functional>
#include <optional>
#include <string_view>

namespace voizk::cli {
namespace {

static_assert(std::endian::native == std::endian::little, "values are read as they lie");

constexpr size_t kMaxRank = 32;
constexpr std::string_view kMagic = "\x93NUMPY";

// What stands behind 'key': in the header, a Python dictionary.
std::optional<std::string_view> Entry(std::string_view header, std::string_view key) {
  const std::string quoted = "'" + std::string(key) + "':";
  const size_t at = header.find(quoted);
  if (at == std::string_view::npos) return std::nullopt;
  std::string_view rest = header.substr(at + quoted.size());
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  return rest;
}

Result<std::vector<int64_t>> ParseShape(std::string_view text) {
  std::vector<int64_t> dims;
  if (text.empty() || text[0] != '(') return {ErrorCode::kMalformed, "npy: no shape"};
  int64_t number = -1;
  for (const char c : text.substr(1)) {
    if (c >= '0' && c <= '9') {
      number = std::max<int64_t>(number, 0) * 10 + (c - '0');
      if (number > INT32_MAX) return {ErrorCode::kMalformed, "npy: a shape beyond 2^31"};
    } else if (c == ',' || c == ')') {
      if (number >= 0) dims.push_back(number);
      if (dims.size() > kMaxRank) return {ErrorCode::kMalformed, "npy: over 32 dims"};
      number = -1;
      if (c == ')') return dims;
    } else if (c != ' ') {
      break;
    }
  }
  return {ErrorCode::kMalformed, "npy: a shape that does not end"};
}

template <typename T>
std::vector<float> Values(std::span<const uint8_t> bytes, size_t count) {
  std::vector<float> values(count);
  for (size_t i = 0; i < count; ++i) {
    T value;
    std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
    values[i] = static_cast<float>(value);
  }
  return values;
}

struct Type {
  std::string_view name;
  size_t bytes;
  std::vector<float> (*read)(std::span<const uint8_t>, size_t);
};
constexpr Type kTypes[] = {{"'<f4'", 4, Values<float>},
                           {"'<f8'", 8, Values<double>},
                           {"'<i2'", 2, Values<int16_t>},
                           {"'<i4'", 4, Values<int32_t>},
                           {"'<i8'", 8, Values<int64_t>}};

}  // namespace

bool IsNpy(std::span<const uint8_t> bytes) {
  return bytes.size() >= kMagic.size() &&
         std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) == 0;
}

Result<NpyArray> ParseNpy(std::span<const uint8_t> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (bytes.size() < 12 || !IsNpy(bytes)) {
    return {ErrorCode::kMalformed, "not an .npy file"};
  }
  const uint8_t version = bytes[6];
  if (version != 1 && version != 2)
    return {ErrorCode::kUnsupported, "npy: format version " + std::to_string(version)};
  const size_t head = version == 1 ? 10 : 12;
  size_t length = bytes[8] | size_t{bytes[9]} << 8;
  if (version == 2) length |= size_t{bytes[10]} << 16 | size_t{bytes[11]} << 24;
  if (length > bytes.size() - head) return {ErrorCode::kMalformed, "npy: it is cut off"};
  const std::string_view header = text.substr(head, length);
  const auto descr = Entry(header, "descr"), order = Entry(header, "fortran_order"),
             shape = Entry(header, "shape");
  if (!descr || !order || !shape) return {ErrorCode::kMalformed, "npy: an entry is missing"};
  if (!order->starts_with("False"))
    return {ErrorCode::kUnsupported, "npy: its values are in the order of Fortran"};
  NpyArray array;
  VOIZK_ASSIGN_OR_RETURN(array.dims, ParseShape(*shape));
  const auto* const type = std::find_if(std::begin(kTypes), std::end(kTypes),
                                        [&](const Type& t) { return descr->starts_with(t.name); });
  if (type == std::end(kTypes)) {
    return {ErrorCode::kUnsupported,
            "npy: not little-endian floats of 4 or 8 bytes or integers of 2, 4 or 8"};
  }
  const auto data = bytes.subspan(head + length);
  size_t count = 1;  // at most the file's size
  for (const int64_t d : array.dims) {
    count = d == 0 ? 0 : std::min(count * static_cast<size_t>(d), bytes.size() + 1);
  }
  if (data.size() != count * type->bytes) {
    return {ErrorCode::kMalformed, "npy: another number of values than its shape says"};
  }
  array.values = type->read(data, count);
  return array;
}

std::vector<uint8_t> WriteNpy(std::span<const int64_t> dims, std::span<const float> values) {
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (";
  for (const int64_t d : dims) header += std::to_string(d) + ",";
  header += "), }";
  constexpr size_t kHead = 10, kAlign = 64;
  header.append(kAlign - (kHead + header.size() + 1) % kAlign, ' ').append(1, '\n');
  std::vector<uint8_t> bytes(kMagic.begin(), kMagic.end());
  bytes.insert(bytes.end(), {1, 0, static_cast<uint8_t>(header.size()),
                             static_cast<uint8_t>(header.size() >> 8)});
  bytes.insert(bytes.end(), header.begin(), header.end());
  const size_t at = bytes.size();
  bytes.resize(at + 4 * values.size());
  std::memcpy(bytes.data() + at, values.data(), 4 * values.size());
  return bytes;
}

}  // namespace voizk::cli
