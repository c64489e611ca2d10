// The writing half of the byte grammar in docs/protocol/relation.md; parse.cc is the other.
#include <algorithm>
#include <string_view>

#include "base/bytes.h"
#include "hash/sha256.h"
#include "relation/digest.h"

namespace voizk {
namespace {

void Put(ByteWriter& out, const Shape& s) {
  out.U8(static_cast<uint8_t>(s.rank));
  for (int d = 0; d < s.rank && d < Shape::kMaxRank; ++d) out.U32(s.dims[static_cast<size_t>(d)]);
}

void PutCount(ByteWriter& out, size_t n) { out.U32(static_cast<uint32_t>(n)); }

/// Integers in the narrowest of 1, 2, 4 bytes that holds them all.
void Put(ByteWriter& out, const std::vector<int32_t>& v) {
  PutCount(out, v.size());
  int32_t lo = 0, hi = 0;
  for (int32_t x : v) {
    lo = std::min(lo, x);
    hi = std::max(hi, x);
  }
  const size_t width = lo >= -128 && hi <= 127 ? 1 : lo >= -32768 && hi <= 32767 ? 2 : 4;
  out.U8(static_cast<uint8_t>(width));
  uint8_t* to = out.Grow(v.size() * width).data();
  for (int32_t x : v) {
    for (size_t i = 0; i < width; ++i) *to++ = static_cast<uint8_t>(x >> (8 * i));
  }
}

void Put(ByteWriter& out, const IndexMap& map) {
  PutCount(out, map.sources.size());
  for (const DimSource& s : map.sources) {
    out.U8(static_cast<uint8_t>(s.kind));
    out.U32(s.out_dim);
    out.I32(s.stride);
    out.I32(s.offset);
    Put(out, s.weights);
  }
  for (uint32_t x : map.out_begin) out.U32(x);
  for (uint32_t x : map.out_end) out.U32(x);
}

void Put(ByteWriter& out, const Conv& c) {
  out.U32(c.weights);
  out.U8(static_cast<uint8_t>(c.spatial));
  for (uint32_t x : c.stride) out.U32(x);
  for (uint32_t x : c.dilation) out.U32(x);
  for (int32_t x : c.pad) out.I32(x);
  out.U32(c.groups);
}

void Put(ByteWriter& out, const View& v) {
  Put(out, v.shape);
  PutCount(out, v.terms.size());
  for (const Term& t : v.terms) {
    out.U32(t.tensor);
    out.I32(t.coeff);
    out.U8(static_cast<uint8_t>(t.op.index()));
    std::visit([&](const auto& op) { Put(out, op); }, t.op);
  }
  PutCount(out, v.constants.size());
  for (const ConstantTerm& c : v.constants) {
    out.U32(c.dim_mask);
    Put(out, c.values);
  }
}

void Put(ByteWriter& out, const Lookup& l) {
  Put(out, l.key);
  out.U8(static_cast<uint8_t>(l.shift));
  out.U8(l.has_value ? 1 : 0);
  if (l.has_value) Put(out, l.value);
  out.U32(l.table);
}

}  // namespace

std::vector<uint8_t> SerializeRelation(const Relation& r) {
  ByteWriter out;
  PutCount(out, r.tensors.size());
  for (const Tensor& t : r.tensors) {
    Put(out, t.shape);
    out.I64(t.lo);
    out.I64(t.hi);
  }
  PutCount(out, r.weights.size());
  for (const Weights& w : r.weights) {
    Put(out, w.shape);
    Put(out, w.values);
  }
  PutCount(out, r.tables.size());
  for (const Table& t : r.tables) {
    Put(out, t.keys);
    Put(out, t.values);
  }
  PutCount(out, r.lookups.size());
  for (const Lookup& l : r.lookups) Put(out, l);
  PutCount(out, r.products.size());
  for (const Product& p : r.products) {
    Put(out, p.a);
    Put(out, p.b);
    Put(out, p.c);
  }
  PutCount(out, r.equalities.size());
  for (const Equality& e : r.equalities) Put(out, e.v);
  PutCount(out, r.multiplicities.size());
  for (TensorId t : r.multiplicities) out.U32(t);
  return std::move(out).Take();
}

std::array<uint8_t, 32> RelationDigest(const Relation& r) {
  Sha256 hash;
  hash.Update(AsBytes("voizk relation v1")).Update(SerializeRelation(r));
  return hash.Finish();
}

}  // namespace voizk
