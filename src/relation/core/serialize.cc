// The writing half of the byte grammar in docs/protocol/relation.md; parse.cc is the other.
#include <algorithm>
#include <bit>
#include <cstring>
#include <string_view>

#include "base/bytes.h"
#include "crypto/hash/sha256.h"
#include "relation/core/digest.h"

namespace voizk {
namespace {

void Put(ByteWriter& out, const Shape& s) {
  out.U8(static_cast<uint8_t>(s.rank));
  for (int d = 0; d < s.rank && d < Shape::kMaxRank; ++d) out.U32(s.dims[static_cast<size_t>(d)]);
}

void PutCount(ByteWriter& out, size_t n) { out.U32(static_cast<uint32_t>(n)); }

/// The low bytes of each x, little-endian, as many as T has.  Blocks, because compilers vectorise
/// the narrowing loop and not one over single bytes.
template <typename T>
void PutLow(ByteWriter& out, const std::vector<int32_t>& v) {
  constexpr size_t kBlock = 1024;
  T block[kBlock];
  uint8_t* to = out.Grow(v.size() * sizeof(T)).data();
  for (size_t begin = 0; begin < v.size(); begin += kBlock) {
    const size_t count = std::min(kBlock, v.size() - begin);
    for (size_t i = 0; i < count; ++i) block[i] = static_cast<T>(v[begin + i]);
    if constexpr (std::endian::native == std::endian::little) {
      std::memcpy(to, block, count * sizeof(T));
      to += count * sizeof(T);
    } else {
      for (size_t i = 0; i < count; ++i) {
        for (size_t k = 0; k < sizeof(T); ++k) *to++ = static_cast<uint8_t>(block[i] >> (8 * k));
      }
    }
  }
}

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
  if (width == 1) {
    PutLow<uint8_t>(out, v);
  } else if (width == 2) {
    PutLow<uint16_t>(out, v);
  } else {
    PutLow<uint32_t>(out, v);
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

/// Calls on_item() after every item, so that the caller may take what has been written so far.
template <typename OnItem>
void Put(ByteWriter& out, const Relation& r, OnItem on_item) {
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
    on_item();
  }
  PutCount(out, r.tables.size());
  for (const Table& t : r.tables) {
    Put(out, t.keys);
    on_item();
    Put(out, t.values);
    on_item();
  }
  PutCount(out, r.lookups.size());
  for (const Lookup& l : r.lookups) {
    Put(out, l);
    on_item();
  }
  PutCount(out, r.products.size());
  for (const Product& p : r.products) {
    Put(out, p.a);
    Put(out, p.b);
    Put(out, p.c);
    on_item();
  }
  PutCount(out, r.equalities.size());
  for (const Equality& e : r.equalities) {
    Put(out, e.v);
    on_item();
  }
  PutCount(out, r.publics.size());
  for (const PublicInput& p : r.publics) {
    Put(out, p.v);
    out.I64(p.lo);
    out.I64(p.hi);
    on_item();
  }
  PutCount(out, r.multiplicities.size());
  for (TensorId t : r.multiplicities) out.U32(t);
  if (r.commitments.empty()) return;  // as relations were before there were any
  PutCount(out, r.commitments.size());
  for (const LatticeCommitment& c : r.commitments) {
    PutCount(out, c.tensors.size());
    for (TensorId t : c.tensors) out.U32(t);
    out.U32(c.salt);
    on_item();
  }
}

}  // namespace

std::vector<uint8_t> SerializeRelation(const Relation& r) {
  ByteWriter out;
  Put(out, r, [] {});
  return std::move(out).Take();
}

std::array<uint8_t, 32> RelationDigest(const Relation& r) {
  constexpr size_t kPiece = 1 << 15;  // stays in the cache between writing and hashing
  Sha256 hash;
  hash.Update(AsBytes("voizk relation v2"));
  ByteWriter out;
  Put(out, r, [&] {
    if (out.size() < kPiece) return;
    hash.Update(out.bytes());
    out.Clear();
  });
  return hash.Update(out.bytes()).Finish();
}

}  // namespace voizk
