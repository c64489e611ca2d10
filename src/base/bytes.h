// Little-endian bytes in and out: the one writer and the one parser of every voizk file format.
//
// ByteWriter appends to a growing buffer it owns.  ByteReader walks over bytes it does not own
// and returns a typed error, with the byte position, instead of reading past the end; it never
// allocates more than the input can justify (Count checks a claimed element count against both a
// named limit and the bytes that are left).
#ifndef VOIZK_BASE_BYTES_H_
#define VOIZK_BASE_BYTES_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace voizk {

using ByteSpan = std::span<const uint8_t>;

/// The bytes of a text, without a terminator.
inline ByteSpan AsBytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

inline void StoreU32(uint32_t v, uint8_t* out) {
  for (int i = 0; i < 4; ++i) out[i] = static_cast<uint8_t>(v >> (8 * i));
}
inline void StoreU64(uint64_t v, uint8_t* out) {
  for (int i = 0; i < 8; ++i) out[i] = static_cast<uint8_t>(v >> (8 * i));
}
inline uint32_t LoadU32(const uint8_t* in) {
  uint32_t v = 0;
  for (int i = 0; i < 4; ++i) v |= static_cast<uint32_t>(in[i]) << (8 * i);
  return v;
}
inline uint64_t LoadU64(const uint8_t* in) {
  return LoadU32(in) | static_cast<uint64_t>(LoadU32(in + 4)) << 32;
}

class ByteWriter {
 public:
  void U8(uint8_t v) { bytes_.push_back(v); }
  void U16(uint16_t v);
  void U32(uint32_t v);
  void U64(uint64_t v);
  void I8(int8_t v) { U8(static_cast<uint8_t>(v)); }
  void I16(int16_t v) { U16(static_cast<uint16_t>(v)); }
  void I32(int32_t v) { U32(static_cast<uint32_t>(v)); }
  void I64(int64_t v) { U64(static_cast<uint64_t>(v)); }
  void Bytes(ByteSpan bytes);  // out of line: inlined, GCC 12 warns of overflows that cannot be
  /// u32 length, then the text.
  void String(std::string_view text);

  void Reserve(size_t total) { bytes_.reserve(total); }
  /// Room for n bytes at the end, to be filled in by the caller; valid until the next write.
  std::span<uint8_t> Grow(size_t n);
  /// Forgets what was written and keeps the memory.
  void Clear() { bytes_.clear(); }
  size_t size() const { return bytes_.size(); }
  const std::vector<uint8_t>& bytes() const { return bytes_; }
  std::vector<uint8_t> Take() && { return std::move(bytes_); }

 private:
  std::vector<uint8_t> bytes_;
};

class ByteReader {
 public:
  /// Errors carry `code` (kMalformed for files, kProofMalformed for proofs) and name `what`.
  ByteReader(ByteSpan bytes, ErrorCode code, std::string what)
      : bytes_(bytes), code_(code), what_(std::move(what)) {}

  Result<uint8_t> U8();
  Result<uint16_t> U16();
  Result<uint32_t> U32();
  Result<uint64_t> U64();
  Result<int8_t> I8();
  Result<int16_t> I16();
  Result<int32_t> I32();
  Result<int64_t> I64();
  /// The next n bytes, as a view into the input.
  Result<ByteSpan> Bytes(size_t n);
  /// u32 length (at most max_size), then the text.
  Result<std::string> String(size_t max_size);
  /// A u32 element count: at most `limit`, and at most what the rest of the input can hold when
  /// every element takes at least `min_element_bytes` bytes.
  Result<uint32_t> Count(uint64_t limit, size_t min_element_bytes, std::string_view name);
  /// The next bytes must equal these (magic numbers, format versions).
  Status Expect(ByteSpan expected, std::string_view name);
  /// Nothing may be left.
  Status ExpectEnd() const;

  /// An error of this reader's code at the current position; for checks on what was just read.
  Error Fail(std::string_view problem) const { return Fail({.check = Check::kValue}, problem); }
  /// The same for another check; the place is the current position unless `rejection` has one.
  Error Fail(Rejection rejection, std::string_view problem) const;

  size_t position() const { return position_; }
  size_t remaining() const { return bytes_.size() - position_; }

 private:
  ByteSpan bytes_;
  size_t position_ = 0;
  ErrorCode code_;
  std::string what_;
};

}  // namespace voizk

#endif  // VOIZK_BASE_BYTES_H_
