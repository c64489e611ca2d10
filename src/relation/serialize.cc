// The writing half of the byte grammar in docs/protocol/relation.md; parse.cc is the other.
#include <algorithm>
#include <string_view>

#include "hash/sha256.h"
#include "relation/digest.h"

namespace voizk {
namespace {

class Writer {
 public:
  void U8(uint64_t x) { Raw(x, 1); }
  void U32(uint64_t x) { Raw(x, 4); }
  void I32(int32_t x) { Raw(static_cast<uint32_t>(x), 4); }
  void I64(int64_t x) { Raw(static_cast<uint64_t>(x), 8); }
  void Count(size_t n) { U32(n); }

  void PutShape(const Shape& s) {
    U8(static_cast<uint64_t>(s.rank));
    for (int d = 0; d < s.rank && d < Shape::kMaxRank; ++d) U32(s.dims[static_cast<size_t>(d)]);
  }

  /// Integers in the narrowest of 1, 2, 4 bytes that holds them all.
  void Ints(const std::vector<int32_t>& v) {
    Count(v.size());
    int32_t lo = 0, hi = 0;
    for (int32_t x : v) {
      lo = std::min(lo, x);
      hi = std::max(hi, x);
    }
    const int width = lo >= -128 && hi <= 127 ? 1 : lo >= -32768 && hi <= 32767 ? 2 : 4;
    U8(static_cast<uint64_t>(width));
    bytes_.reserve(bytes_.size() + v.size() * static_cast<size_t>(width));
    for (int32_t x : v) Raw(static_cast<uint32_t>(x), width);
  }

  void PutMap(const IndexMap& map) {
    Count(map.sources.size());
    for (const DimSource& s : map.sources) {
      U8(static_cast<uint64_t>(s.kind));
      U32(s.out_dim);
      I32(s.stride);
      I32(s.offset);
      Ints(s.weights);
    }
    for (uint32_t x : map.out_begin) U32(x);
    for (uint32_t x : map.out_end) U32(x);
  }

  void PutConv(const Conv& c) {
    U32(c.weights);
    U8(static_cast<uint64_t>(c.spatial));
    for (uint32_t x : c.stride) U32(x);
    for (uint32_t x : c.dilation) U32(x);
    for (int32_t x : c.pad) I32(x);
    U32(c.groups);
  }

  void PutView(const View& v) {
    PutShape(v.shape);
    Count(v.terms.size());
    for (const Term& t : v.terms) {
      U32(t.tensor);
      I32(t.coeff);
      U8(t.op.index());
      if (const auto* map = std::get_if<IndexMap>(&t.op)) {
        PutMap(*map);
      } else {
        PutConv(std::get<Conv>(t.op));
      }
    }
    Count(v.constants.size());
    for (const ConstantTerm& c : v.constants) {
      U32(c.dim_mask);
      Ints(c.values);
    }
  }

  std::vector<uint8_t> Take() { return std::move(bytes_); }

 private:
  void Raw(uint64_t x, int width) {
    for (int i = 0; i < width; ++i) bytes_.push_back(static_cast<uint8_t>(x >> (8 * i)));
  }

  std::vector<uint8_t> bytes_;
};

}  // namespace

std::vector<uint8_t> SerializeRelation(const Relation& r) {
  Writer w;
  w.Count(r.tensors.size());
  for (const Tensor& t : r.tensors) {
    w.PutShape(t.shape);
    w.I64(t.lo);
    w.I64(t.hi);
  }
  w.Count(r.weights.size());
  for (const Weights& k : r.weights) {
    w.PutShape(k.shape);
    w.Ints(k.values);
  }
  w.Count(r.tables.size());
  for (const Table& t : r.tables) {
    w.Ints(t.keys);
    w.Ints(t.values);
  }
  w.Count(r.lookups.size());
  for (const Lookup& l : r.lookups) {
    w.PutView(l.key);
    w.U8(static_cast<uint64_t>(l.shift));
    w.U8(l.has_value ? 1 : 0);
    if (l.has_value) w.PutView(l.value);
    w.U32(l.table);
  }
  w.Count(r.products.size());
  for (const Product& p : r.products) {
    w.PutView(p.a);
    w.PutView(p.b);
    w.PutView(p.c);
  }
  w.Count(r.equalities.size());
  for (const Equality& e : r.equalities) w.PutView(e.v);
  w.Count(r.multiplicities.size());
  for (TensorId t : r.multiplicities) w.U32(t);
  return w.Take();
}

std::array<uint8_t, 32> RelationDigest(const Relation& r) {
  constexpr std::string_view kTag = "voizk relation v1";
  Sha256 hash;
  hash.Update({reinterpret_cast<const uint8_t*>(kTag.data()), kTag.size()});
  hash.Update(SerializeRelation(r));
  return hash.Finish();
}

}  // namespace voizk
