// The reading half of the byte grammar in docs/protocol/relation.md; serialize.cc is the other.
// Only what SerializeRelation writes is accepted: integers in their narrowest width, kinds and
// flags in range, nothing after the end.  Ids and shapes are left to structure.h.
#include <algorithm>

#include "base/bytes.h"
#include "relation/core/digest.h"
#include "relation/core/structure.h"

namespace voizk {
namespace {

// Least bytes of one item: what a count may claim is checked against the bytes that are left.
constexpr size_t kMinShape = 1 + 4;
constexpr size_t kMinInts = 4 + 1;
constexpr size_t kMinSource = 1 + 3 * 4 + kMinInts;
constexpr size_t kMinTerm = 4 + 4 + 1 + 33;  // a convolution: 33 bytes
constexpr size_t kMinView = kMinShape + 4 + 4;
constexpr size_t kMinLookup = kMinView + 1 + 1 + 4;

Result<Shape> GetShape(ByteReader& in) {
  Shape s;
  VOIZK_ASSIGN_OR_RETURN(s.rank, in.U8());
  if (s.rank < 1 || s.rank > Shape::kMaxRank) return in.Fail("rank of a shape");
  for (size_t d = 0; d < static_cast<size_t>(s.rank); ++d) {
    VOIZK_ASSIGN_OR_RETURN(s.dims[d], in.U32());
  }
  return s;
}

int32_t SignedFrom(const uint8_t* bytes, size_t width) {
  switch (width) {
    case 1:
      return static_cast<int8_t>(bytes[0]);
    case 2:
      return static_cast<int16_t>(bytes[0] | bytes[1] << 8);
    default:
      return static_cast<int32_t>(LoadU32(bytes));
  }
}

Result<std::vector<int32_t>> GetInts(ByteReader& in) {
  VOIZK_ASSIGN_OR_RETURN(const uint32_t n, in.U32());
  VOIZK_ASSIGN_OR_RETURN(const uint8_t width, in.U8());
  if (width != 1 && width != 2 && width != 4) return in.Fail("width of integers");
  VOIZK_ASSIGN_OR_RETURN(const ByteSpan bytes, in.Bytes(size_t{n} * width));
  std::vector<int32_t> v(n);
  int32_t lo = 0, hi = 0;
  for (size_t i = 0; i < n; ++i) {
    v[i] = SignedFrom(&bytes[i * width], width);
    lo = std::min(lo, v[i]);
    hi = std::max(hi, v[i]);
  }
  const int narrowest = lo >= -128 && hi <= 127 ? 1 : lo >= -32768 && hi <= 32767 ? 2 : 4;
  if (width != narrowest) return in.Fail("integers wider than they need be");
  return v;
}

template <typename Array>
Status GetU32s(ByteReader& in, Array* out) {
  for (auto& x : *out) {
    VOIZK_ASSIGN_OR_RETURN(x, in.U32());
  }
  return Status();
}

Result<DimSource> GetSource(ByteReader& in) {
  DimSource s;
  VOIZK_ASSIGN_OR_RETURN(const uint8_t kind, in.U8());
  if (kind > static_cast<uint8_t>(DimSource::Kind::kSum)) return in.Fail("kind of source");
  s.kind = static_cast<DimSource::Kind>(kind);
  VOIZK_ASSIGN_OR_RETURN(s.out_dim, in.U32());
  VOIZK_ASSIGN_OR_RETURN(s.stride, in.I32());
  VOIZK_ASSIGN_OR_RETURN(s.offset, in.I32());
  VOIZK_ASSIGN_OR_RETURN(s.weights, GetInts(in));
  return s;
}

/// A list: its count, then items that take at least min_bytes each.
template <typename T, typename GetItem>
Result<std::vector<T>> GetList(ByteReader& in, uint64_t limit, size_t min_bytes,
                               std::string_view name, GetItem get) {
  VOIZK_ASSIGN_OR_RETURN(const uint32_t n, in.Count(limit, min_bytes, name));
  std::vector<T> list;
  for (uint32_t i = 0; i < n; ++i) {
    VOIZK_ASSIGN_OR_RETURN(T item, get(in));
    list.push_back(std::move(item));
  }
  return list;
}

Result<IndexMap> GetMap(ByteReader& in) {
  IndexMap map;
  VOIZK_ASSIGN_OR_RETURN(map.sources,
                         GetList<DimSource>(in, Shape::kMaxRank, kMinSource, "sources", GetSource));
  VOIZK_RETURN_IF_ERROR(GetU32s(in, &map.out_begin));
  VOIZK_RETURN_IF_ERROR(GetU32s(in, &map.out_end));
  return map;
}

Result<Conv> GetConv(ByteReader& in) {
  Conv c;
  VOIZK_ASSIGN_OR_RETURN(c.weights, in.U32());
  VOIZK_ASSIGN_OR_RETURN(c.spatial, in.U8());
  VOIZK_RETURN_IF_ERROR(GetU32s(in, &c.stride));
  VOIZK_RETURN_IF_ERROR(GetU32s(in, &c.dilation));
  for (int32_t& x : c.pad) {
    VOIZK_ASSIGN_OR_RETURN(x, in.I32());
  }
  VOIZK_ASSIGN_OR_RETURN(c.groups, in.U32());
  return c;
}

Result<Term> GetTerm(ByteReader& in) {
  Term t;
  VOIZK_ASSIGN_OR_RETURN(t.tensor, in.U32());
  VOIZK_ASSIGN_OR_RETURN(t.coeff, in.I32());
  VOIZK_ASSIGN_OR_RETURN(const uint8_t op, in.U8());
  if (op > 1) return in.Fail("kind of term");
  if (op == 0) {
    VOIZK_ASSIGN_OR_RETURN(t.op, GetMap(in));
  } else {
    VOIZK_ASSIGN_OR_RETURN(t.op, GetConv(in));
  }
  return t;
}

Result<ConstantTerm> GetConstant(ByteReader& in) {
  ConstantTerm c;
  VOIZK_ASSIGN_OR_RETURN(c.dim_mask, in.U32());
  VOIZK_ASSIGN_OR_RETURN(c.values, GetInts(in));
  return c;
}

Result<View> GetView(ByteReader& in) {
  View v;
  VOIZK_ASSIGN_OR_RETURN(v.shape, GetShape(in));
  VOIZK_ASSIGN_OR_RETURN(v.terms, GetList<Term>(in, kMaxViewTerms, kMinTerm, "terms", GetTerm));
  VOIZK_ASSIGN_OR_RETURN(v.constants, GetList<ConstantTerm>(in, kMaxViewTerms, 4 + kMinInts,
                                                            "constants", GetConstant));
  return v;
}

Result<Tensor> GetTensor(ByteReader& in) {
  Tensor t;
  VOIZK_ASSIGN_OR_RETURN(t.shape, GetShape(in));
  VOIZK_ASSIGN_OR_RETURN(t.lo, in.I64());
  VOIZK_ASSIGN_OR_RETURN(t.hi, in.I64());
  return t;
}

Result<Weights> GetWeights(ByteReader& in) {
  Weights w;
  VOIZK_ASSIGN_OR_RETURN(w.shape, GetShape(in));
  VOIZK_ASSIGN_OR_RETURN(w.values, GetInts(in));
  w.range = RangeOf(w);
  return w;
}

Result<Table> GetTable(ByteReader& in) {
  Table t;
  VOIZK_ASSIGN_OR_RETURN(t.keys, GetInts(in));
  VOIZK_ASSIGN_OR_RETURN(t.values, GetInts(in));
  return t;
}

Result<Lookup> GetLookup(ByteReader& in) {
  Lookup l;
  VOIZK_ASSIGN_OR_RETURN(l.key, GetView(in));
  VOIZK_ASSIGN_OR_RETURN(l.shift, in.U8());
  VOIZK_ASSIGN_OR_RETURN(const uint8_t has_value, in.U8());
  if (has_value > 1) return in.Fail("flag of a lookup");
  l.has_value = has_value == 1;
  if (l.has_value) {
    VOIZK_ASSIGN_OR_RETURN(l.value, GetView(in));
  }
  VOIZK_ASSIGN_OR_RETURN(l.table, in.U32());
  return l;
}

Result<Product> GetProduct(ByteReader& in) {
  Product p;
  VOIZK_ASSIGN_OR_RETURN(p.a, GetView(in));
  VOIZK_ASSIGN_OR_RETURN(p.b, GetView(in));
  VOIZK_ASSIGN_OR_RETURN(p.c, GetView(in));
  return p;
}

Result<Equality> GetEquality(ByteReader& in) {
  VOIZK_ASSIGN_OR_RETURN(View v, GetView(in));
  return Equality{std::move(v)};
}

Result<PublicInput> GetPublicInput(ByteReader& in) {
  PublicInput p;
  VOIZK_ASSIGN_OR_RETURN(p.v, GetView(in));
  VOIZK_ASSIGN_OR_RETURN(p.lo, in.I64());
  VOIZK_ASSIGN_OR_RETURN(p.hi, in.I64());
  return p;
}

Result<LatticeCommitment> GetLatticeCommitment(ByteReader& in) {
  LatticeCommitment c;
  VOIZK_ASSIGN_OR_RETURN(c.tensors, GetList<TensorId>(in, kMaxTensors, 4, "committed tensors",
                                                      [](ByteReader& b) { return b.U32(); }));
  VOIZK_ASSIGN_OR_RETURN(c.salt, in.U32());
  return c;
}

}  // namespace

Result<Relation> ParseRelation(std::span<const uint8_t> bytes) {
  ByteReader in(bytes, ErrorCode::kMalformed, "relation");
  Relation r;
  VOIZK_ASSIGN_OR_RETURN(r.tensors,
                         GetList<Tensor>(in, kMaxTensors, kMinShape + 16, "tensors", GetTensor));
  VOIZK_ASSIGN_OR_RETURN(
      r.weights, GetList<Weights>(in, kMaxTensors, kMinShape + kMinInts, "weights", GetWeights));
  VOIZK_ASSIGN_OR_RETURN(r.tables,
                         GetList<Table>(in, kMaxTables, 2 * kMinInts, "tables", GetTable));
  VOIZK_ASSIGN_OR_RETURN(r.lookups,
                         GetList<Lookup>(in, kMaxConstraints, kMinLookup, "lookups", GetLookup));
  VOIZK_ASSIGN_OR_RETURN(
      r.products, GetList<Product>(in, kMaxConstraints, 3 * kMinView, "products", GetProduct));
  VOIZK_ASSIGN_OR_RETURN(
      r.equalities, GetList<Equality>(in, kMaxConstraints, kMinView, "equalities", GetEquality));
  VOIZK_ASSIGN_OR_RETURN(r.publics, GetList<PublicInput>(in, kMaxConstraints, kMinView + 16,
                                                         "public inputs", GetPublicInput));
  VOIZK_ASSIGN_OR_RETURN(r.multiplicities,
                         GetList<TensorId>(in, kMaxTables, 4, "multiplicities",
                                           [](ByteReader& b) { return b.U32(); }));
  if (in.remaining() == 0) return r;  // no other way to write that there is no commitment
  VOIZK_ASSIGN_OR_RETURN(r.commitments,
                         GetList<LatticeCommitment>(in, kMaxLatticeCommitments, 4 + 4,
                                                    "lattice commitments", GetLatticeCommitment));
  if (r.commitments.empty()) return in.Fail("an empty list of lattice commitments");
  VOIZK_RETURN_IF_ERROR(in.ExpectEnd());
  return r;
}

}  // namespace voizk
