// The reading half of the byte grammar in docs/protocol/relation.md; serialize.cc is the other.
// Counts are believed only as far as the bytes that are left can hold so many items.
#include <algorithm>
#include <string>

#include "relation/digest.h"

namespace voizk {
namespace {

/// Reads past the end or beyond what is canonical set `ok` to false and return zeros; callers check
/// ok() once per item, so loops end.
class Reader {
 public:
  explicit Reader(std::span<const uint8_t> bytes) : bytes_(bytes) {}

  bool ok() const { return ok_; }
  bool at_end() const { return bytes_.empty(); }
  size_t left() const { return bytes_.size(); }
  void Refuse() {
    ok_ = false;
    bytes_ = {};
  }

  uint64_t Raw(size_t width) {
    if (bytes_.size() < width) {
      Refuse();
      return 0;
    }
    uint64_t x = 0;
    for (size_t i = 0; i < width; ++i) x |= uint64_t{bytes_[i]} << (8 * i);
    bytes_ = bytes_.subspan(width);
    return x;
  }
  uint8_t U8() { return static_cast<uint8_t>(Raw(1)); }
  uint32_t U32() { return static_cast<uint32_t>(Raw(4)); }
  int32_t I32() { return static_cast<int32_t>(U32()); }
  int64_t I64() { return static_cast<int64_t>(Raw(8)); }
  bool Bool() {
    const uint8_t x = U8();
    if (x > 1) Refuse();
    return x == 1;
  }

  /// A count of items of at least min_bytes each.
  size_t Count(size_t min_bytes) {
    const uint32_t n = U32();
    if (n > left() / min_bytes) Refuse();
    return ok_ ? n : 0;
  }

  Shape GetShape() {
    Shape s;
    s.rank = U8();
    if (s.rank < 1 || s.rank > Shape::kMaxRank) Refuse();
    for (int d = 0; ok_ && d < s.rank; ++d) s.dims[static_cast<size_t>(d)] = U32();
    return s;
  }

  std::vector<int32_t> Ints() {
    const uint32_t n = U32();
    const size_t width = U8();
    if ((width != 1 && width != 2 && width != 4) || n > left() / width) Refuse();
    std::vector<int32_t> v;
    if (!ok_) return v;
    v.reserve(n);
    int32_t lo = 0, hi = 0;
    for (uint32_t i = 0; i < n; ++i) {
      const uint64_t x = Raw(width);
      const int32_t value = width == 1   ? static_cast<int8_t>(x)
                            : width == 2 ? static_cast<int16_t>(x)
                                         : static_cast<int32_t>(x);
      lo = std::min(lo, value);
      hi = std::max(hi, value);
      v.push_back(value);
    }
    const size_t narrowest = lo >= -128 && hi <= 127 ? 1 : lo >= -32768 && hi <= 32767 ? 2 : 4;
    if (width != narrowest) Refuse();
    return v;
  }

 private:
  std::span<const uint8_t> bytes_;
  bool ok_ = true;
};

IndexMap GetMap(Reader& in) {
  IndexMap map;
  const size_t sources = in.Count(18);
  for (size_t i = 0; i < sources && in.ok(); ++i) {
    DimSource s;
    const uint8_t kind = in.U8();
    if (kind > static_cast<uint8_t>(DimSource::Kind::kSum)) in.Refuse();
    s.kind = static_cast<DimSource::Kind>(kind);
    s.out_dim = in.U32();
    s.stride = in.I32();
    s.offset = in.I32();
    s.weights = in.Ints();
    map.sources.push_back(std::move(s));
  }
  for (uint32_t& x : map.out_begin) x = in.U32();
  for (uint32_t& x : map.out_end) x = in.U32();
  return map;
}

Conv GetConv(Reader& in) {
  Conv c;
  c.weights = in.U32();
  c.spatial = in.U8();
  for (uint32_t& x : c.stride) x = in.U32();
  for (uint32_t& x : c.dilation) x = in.U32();
  for (int32_t& x : c.pad) x = in.I32();
  c.groups = in.U32();
  return c;
}

View GetView(Reader& in) {
  View v;
  v.shape = in.GetShape();
  const size_t terms = in.Count(9 + 33);
  for (size_t i = 0; i < terms && in.ok(); ++i) {
    Term t;
    t.tensor = in.U32();
    t.coeff = in.I32();
    const uint8_t op = in.U8();
    if (op == 0) {
      t.op = GetMap(in);
    } else if (op == 1) {
      t.op = GetConv(in);
    } else {
      in.Refuse();
    }
    v.terms.push_back(std::move(t));
  }
  const size_t constants = in.Count(9);
  for (size_t i = 0; i < constants && in.ok(); ++i) {
    ConstantTerm c;
    c.dim_mask = in.U32();
    c.values = in.Ints();
    v.constants.push_back(std::move(c));
  }
  return v;
}

Lookup GetLookup(Reader& in) {
  Lookup l;
  l.key = GetView(in);
  l.shift = in.U8();
  l.has_value = in.Bool();
  if (l.has_value) l.value = GetView(in);
  l.table = in.U32();
  return l;
}

/// A list: its count, then items that take at least min_bytes each.
template <typename T, typename GetItem>
std::vector<T> GetList(Reader& in, size_t min_bytes, GetItem get) {
  std::vector<T> list;
  const size_t n = in.Count(min_bytes);
  for (size_t i = 0; i < n && in.ok(); ++i) list.push_back(get());
  return list;
}

constexpr size_t kMinShape = 5;
constexpr size_t kMinView = kMinShape + 8;

}  // namespace

Result<Relation> ParseRelation(std::span<const uint8_t> bytes) {
  Reader in(bytes);
  Relation r;
  r.tensors = GetList<Tensor>(in, kMinShape + 16, [&] {
    Tensor t;
    t.shape = in.GetShape();
    t.lo = in.I64();
    t.hi = in.I64();
    return t;
  });
  r.weights = GetList<Weights>(in, kMinShape + 5, [&] {
    Weights w;
    w.shape = in.GetShape();
    w.values = in.Ints();
    return w;
  });
  r.tables = GetList<Table>(in, 10, [&] {
    Table t;
    t.keys = in.Ints();
    t.values = in.Ints();
    return t;
  });
  r.lookups = GetList<Lookup>(in, kMinView + 6, [&] { return GetLookup(in); });
  r.products = GetList<Product>(in, 3 * kMinView, [&] {
    Product p;
    p.a = GetView(in);
    p.b = GetView(in);
    p.c = GetView(in);
    return p;
  });
  r.equalities = GetList<Equality>(in, kMinView, [&] { return Equality{GetView(in)}; });
  r.multiplicities = GetList<TensorId>(in, 4, [&] { return in.U32(); });
  if (!in.ok()) return Error{ErrorCode::kMalformed, "relation does not parse"};
  if (!in.at_end()) {
    return Error{ErrorCode::kMalformed,
                 "relation is followed by " + std::to_string(in.left()) + " bytes"};
  }
  return r;
}

}  // namespace voizk
