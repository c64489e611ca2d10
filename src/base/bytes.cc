#include "base/bytes.h"

#include <algorithm>

namespace voizk {

void ByteWriter::U16(uint16_t v) {
  U8(static_cast<uint8_t>(v));
  U8(static_cast<uint8_t>(v >> 8));
}

void ByteWriter::U32(uint32_t v) { StoreU32(v, Grow(4).data()); }

void ByteWriter::U64(uint64_t v) { StoreU64(v, Grow(8).data()); }

void ByteWriter::Bytes(ByteSpan bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }

void ByteWriter::String(std::string_view text) {
  U32(static_cast<uint32_t>(text.size()));
  Bytes(AsBytes(text));
}

std::span<uint8_t> ByteWriter::Grow(size_t n) {
  bytes_.resize(bytes_.size() + n);
  return {bytes_.data() + bytes_.size() - n, n};
}

Error ByteReader::Fail(Rejection rejection, std::string_view problem) const {
  if (rejection.unit == Rejection::Unit::kNone) {
    rejection.unit = Rejection::Unit::kByte;
    rejection.position = position_;
  }
  return Error{
      code_, what_ + ": " + std::string(problem) + " at byte " + std::to_string(rejection.position),
      rejection};
}

Result<ByteSpan> ByteReader::Bytes(size_t n) {
  if (n > remaining()) {
    return Fail({.check = Check::kLength, .expected = n, .actual = remaining()},
                "needs " + std::to_string(n) + " bytes, " + std::to_string(remaining()) + " left");
  }
  const ByteSpan view = bytes_.subspan(position_, n);
  position_ += n;
  return view;
}

Result<uint8_t> ByteReader::U8() {
  VOIZK_ASSIGN_OR_RETURN(const ByteSpan b, Bytes(1));
  return b[0];
}

Result<uint16_t> ByteReader::U16() {
  VOIZK_ASSIGN_OR_RETURN(const ByteSpan b, Bytes(2));
  return static_cast<uint16_t>(b[0] | b[1] << 8);
}

Result<uint32_t> ByteReader::U32() {
  VOIZK_ASSIGN_OR_RETURN(const ByteSpan b, Bytes(4));
  return LoadU32(b.data());
}

Result<uint64_t> ByteReader::U64() {
  VOIZK_ASSIGN_OR_RETURN(const ByteSpan b, Bytes(8));
  return LoadU64(b.data());
}

Result<int8_t> ByteReader::I8() {
  VOIZK_ASSIGN_OR_RETURN(const uint8_t v, U8());
  return static_cast<int8_t>(v);
}

Result<int16_t> ByteReader::I16() {
  VOIZK_ASSIGN_OR_RETURN(const uint16_t v, U16());
  return static_cast<int16_t>(v);
}

Result<int32_t> ByteReader::I32() {
  VOIZK_ASSIGN_OR_RETURN(const uint32_t v, U32());
  return static_cast<int32_t>(v);
}

Result<int64_t> ByteReader::I64() {
  VOIZK_ASSIGN_OR_RETURN(const uint64_t v, U64());
  return static_cast<int64_t>(v);
}

Result<std::string> ByteReader::String(size_t max_size) {
  VOIZK_ASSIGN_OR_RETURN(const uint32_t size, Count(max_size, 1, "text length"));
  VOIZK_ASSIGN_OR_RETURN(const ByteSpan b, Bytes(size));
  return std::string(b.begin(), b.end());
}

Result<uint32_t> ByteReader::Count(uint64_t limit, size_t min_element_bytes,
                                   std::string_view name) {
  VOIZK_ASSIGN_OR_RETURN(const uint32_t count, U32());
  if (count > limit) {
    return Fail({.check = Check::kLimit, .expected = limit, .actual = count},
                std::string(name) + " is " + std::to_string(count) + ", the limit is " +
                    std::to_string(limit));
  }
  if (static_cast<uint64_t>(count) * min_element_bytes > remaining()) {
    return Fail({.check = Check::kLimit, .expected = remaining(), .actual = count},
                std::string(name) + " is " + std::to_string(count) + ", more than the " +
                    std::to_string(remaining()) + " bytes left can hold");
  }
  return count;
}

Status ByteReader::Expect(ByteSpan expected, std::string_view name) {
  if (expected.size() > remaining() || !std::equal(expected.begin(), expected.end(),
                                                   bytes_.begin() + static_cast<long>(position_))) {
    return Fail({.check = Check::kHeader}, std::string(name) + " is not as expected");
  }
  position_ += expected.size();
  return {};
}

Status ByteReader::ExpectEnd() const {
  if (remaining() == 0) return {};
  return Fail({.check = Check::kLength, .expected = 0, .actual = remaining()},
              std::to_string(remaining()) + " bytes too many");
}

}  // namespace voizk
