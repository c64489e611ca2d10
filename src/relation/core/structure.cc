#include "relation/core/structure.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "relation/core/layout.h"

namespace voizk {
namespace {

Error Malformed(std::string what) { return Error{ErrorCode::kMalformed, std::move(what)}; }

Error At(const char* kind, size_t index, const Error& error) {
  return Error{error.code, std::string(kind) + " " + std::to_string(index) + ": " + error.message};
}

Status CheckSource(const Shape& in, const Shape& out, size_t j, const DimSource& s,
                   std::array<bool, Shape::kMaxRank>* fed) {
  switch (s.kind) {
    case DimSource::Kind::kConst:
      if (s.offset < 0 || static_cast<uint32_t>(s.offset) >= in.dims[j]) {
        return Malformed("constant source out of range");
      }
      break;
    case DimSource::Kind::kAffine:
      if (s.out_dim >= static_cast<uint32_t>(out.rank)) return Malformed("source of no dimension");
      if ((*fed)[s.out_dim]) return Malformed("output dimension feeds two input dimensions");
      (*fed)[s.out_dim] = true;
      if (s.stride == 0 || std::abs(int64_t{s.stride}) > kMaxStep ||
          std::abs(int64_t{s.offset}) > kMaxStep) {
        return Malformed("stride or offset of a source out of limits");
      }
      break;
    case DimSource::Kind::kSum:
      if (!s.weights.empty() && s.weights.size() != in.dims[j]) {
        return Malformed("weights of a sum do not match its dimension");
      }
      return Status();
    default:
      return Malformed("unknown kind of source");
  }
  if (!s.weights.empty()) return Malformed("weights on a source that is no sum");
  return Status();
}

Status CheckMap(const Shape& in, const Shape& out, const IndexMap& map) {
  if (map.sources.size() != static_cast<size_t>(in.rank)) return Malformed("one source per dim");
  std::array<bool, Shape::kMaxRank> fed{};
  for (size_t j = 0; j < map.sources.size(); ++j) {
    VOIZK_RETURN_IF_ERROR(CheckSource(in, out, j, map.sources[j], &fed));
  }
  for (size_t d = 0; d < Shape::kMaxRank; ++d) {
    const uint32_t end = map.out_end[d] == 0 ? out.dims[d] : map.out_end[d];
    if (end > out.dims[d] || map.out_begin[d] >= end) return Malformed("window out of range");
  }
  return Status();
}

Status CheckConv(const Relation& r, const Shape& in, const Shape& out, const Conv& conv) {
  if (conv.weights >= r.weights.size()) return Malformed("no such weights");
  const Shape& w = r.weights[conv.weights].shape;
  if (conv.spatial != 1 && conv.spatial != 2) return Malformed("1 or 2 spatial dimensions");
  const bool one = conv.spatial == 1;
  const bool ranks = one ? (in.rank == 1 || in.rank == 2) && out.rank == 2 && w.rank == 3
                         : in.rank == 3 && out.rank == 3 && w.rank == 4;
  if (!ranks) return Malformed("convolution of these ranks");
  const uint32_t channels = in.dims[one ? 1 : 2];  // 1 for [T]
  const uint32_t out_channels = out.dims[one ? 1 : 2];
  if (w.dims[0] != out_channels) return Malformed("convolution's output channels");
  if (conv.groups == 0 || channels % conv.groups != 0 || out_channels % conv.groups != 0 ||
      w.dims[one ? 2 : 3] != channels / conv.groups) {
    return Malformed("convolution's channels or groups");
  }
  for (size_t d = 0; d < 2; ++d) {
    if (conv.stride[d] == 0 || conv.dilation[d] == 0 || conv.stride[d] > kMaxStep ||
        conv.dilation[d] > kMaxStep || std::abs(int64_t{conv.pad[d]}) > kMaxStep) {
      return Malformed("convolution's stride, dilation or padding out of limits");
    }
  }
  if (one && (conv.stride[1] != 1 || conv.dilation[1] != 1 || conv.pad[1] != 0)) {
    return Malformed("second dimension of a convolution with one");
  }
  return Status();
}

Status CheckConstant(const Shape& shape, const ConstantTerm& c) {
  if (c.dim_mask >> shape.rank != 0) return Malformed("constant of a dimension that is not there");
  uint64_t cells = 1;
  for (size_t d = 0; d < Shape::kMaxRank; ++d) {
    if ((c.dim_mask >> d & 1) != 0) cells *= shape.dims[d];
  }
  if (c.values.size() != cells) return Malformed("constant does not match its dimensions");
  return Status();
}

Status CheckLookup(const Relation& r, const Lookup& l) {
  VOIZK_RETURN_IF_ERROR(CheckView(r, l.key));
  if (l.shift < 0 || l.shift > kMaxShift) return Malformed("shift out of range");
  if (l.table >= r.tables.size()) return Malformed("no such table");
  if (!l.has_value) {
    return l.value == View{} ? Status() : Malformed("a value that is not used");
  }
  VOIZK_RETURN_IF_ERROR(CheckView(r, l.value));
  if (!(l.value.shape == l.key.shape)) return Malformed("key and value of different shapes");
  return Status();
}

Status CheckProduct(const Relation& r, const Product& p) {
  VOIZK_RETURN_IF_ERROR(CheckView(r, p.a));
  VOIZK_RETURN_IF_ERROR(CheckView(r, p.b));
  VOIZK_RETURN_IF_ERROR(CheckView(r, p.c));
  if (!(p.a.shape == p.b.shape)) return Malformed("factors of different shapes");
  if (p.c.shape.rank > p.a.shape.rank) return Malformed("product of higher rank than its factors");
  for (size_t d = 0; d < static_cast<size_t>(p.c.shape.rank); ++d) {
    if (p.c.shape.dims[d] != p.a.shape.dims[d]) return Malformed("product's shape is no prefix");
  }
  return Status();
}

Status CheckTables(const Relation& r) {
  if (r.tables.size() > kMaxTables) return Status(ErrorCode::kLimitExceeded, "tables");
  if (r.multiplicities.size() != r.tables.size() || r.tensors.size() < r.tables.size()) {
    return Malformed("one multiplicity tensor per table");
  }
  for (size_t k = 0; k < r.tables.size(); ++k) {
    const Table& t = r.tables[k];
    if (t.keys.empty() || t.keys.size() != t.values.size()) return Malformed("table's columns");
    if (t.keys.size() > kMaxTableRows) return Status(ErrorCode::kLimitExceeded, "table rows");
    const size_t id = r.tensors.size() - r.tables.size() + k;
    if (r.multiplicities[k] != id) return Malformed("multiplicities are the last tensors");
    if (!(r.tensors[id].shape == MakeShape({static_cast<uint32_t>(t.keys.size())}))) {
      return Malformed("shape of a multiplicity tensor");
    }
  }
  return Status();
}

Status CheckTensors(const Relation& r) {
  if (r.tensors.size() > kMaxTensors || r.weights.size() > kMaxTensors) {
    return Status(ErrorCode::kLimitExceeded, "tensors");
  }
  for (size_t i = 0; i < r.tensors.size(); ++i) {
    if (!IsValidShape(r.tensors[i].shape)) return At("tensor", i, Malformed("shape"));
  }
  for (size_t i = 0; i < r.weights.size(); ++i) {
    const Weights& w = r.weights[i];
    if (!IsValidShape(w.shape) || w.values.size() != w.shape.Cells()) {
      return At("weights", i, Malformed("shape"));
    }
  }
  return Status();
}

Status CheckLatticeCommitment(const Relation& r, const LatticeCommitment& c) {
  const size_t secrets = r.tensors.size() - r.multiplicities.size();
  if (c.tensors.empty()) return Malformed("nothing is committed");
  if (c.salt >= secrets) return Malformed("no such tensor");
  if (!(r.tensors[c.salt].shape == MakeShape({2, kLatticeLength}))) {
    return Malformed("shape of a salt");
  }
  std::vector<TensorId> ids = c.tensors;
  ids.push_back(c.salt);
  std::sort(ids.begin(), ids.end());
  if (ids.back() >= secrets) return Malformed("no such tensor");
  if (std::adjacent_find(ids.begin(), ids.end()) != ids.end()) return Malformed("a tensor twice");
  uint64_t polynomials = 0;  // at most 2^20 tensors of 2^18 each
  for (const TensorId t : c.tensors) polynomials += LatticePolynomials(r.tensors[t].shape);
  if (polynomials * kLatticeLength > kMaxLatticeAddresses) {
    return Status(ErrorCode::kLimitExceeded, "cells of a lattice commitment");
  }
  return {};
}

Status CheckLatticeCommitments(const Relation& r) {
  if (r.commitments.size() > kMaxLatticeCommitments) {
    return Status(ErrorCode::kLimitExceeded, "lattice commitments");
  }
  std::vector<TensorId> salts;
  for (size_t k = 0; k < r.commitments.size(); ++k) {
    if (auto s = CheckLatticeCommitment(r, r.commitments[k]); !s.ok()) {
      return At("lattice commitment", k, s.error());
    }
    salts.push_back(r.commitments[k].salt);
  }
  // Two commitments under one salt show the difference of what they hold.
  std::sort(salts.begin(), salts.end());
  if (std::adjacent_find(salts.begin(), salts.end()) != salts.end()) {
    return Malformed("two lattice commitments under one salt");
  }
  return {};
}

Status CheckSpaces(const Relation& r) {
  const Layout layout = MakeLayout(r);
  if (layout.cells.size > kMaxAddresses) return Status(ErrorCode::kLimitExceeded, "cells");
  if (layout.lookups.size > kMaxSpace) return Status(ErrorCode::kLimitExceeded, "lookups");
  if (layout.products.size > kMaxSpace) return Status(ErrorCode::kLimitExceeded, "products");
  if (layout.outputs.size > kMaxSpace) return Status(ErrorCode::kLimitExceeded, "outputs");
  return Status();
}

/// Output indices o with 0 <= stride * o + offset < size, as a range within [begin, end).
void CutToRange(const DimSource& s, uint32_t size, uint32_t* begin, uint32_t* end) {
  auto ceil_div = [](int64_t a, int64_t b) { return a >= 0 ? (a + b - 1) / b : -((-a) / b); };
  const int64_t m = std::abs(int64_t{s.stride});
  // stride > 0: o >= -offset/m and o < (size-offset)/m.  stride < 0: m*o <= offset and
  // m*o > offset - size.
  const int64_t off = s.offset;
  int64_t lo = 0, hi = 0;
  if (s.stride > 0) {
    lo = ceil_div(-off, m);
    hi = ceil_div(int64_t{size} - off, m);
  } else {
    lo = ceil_div(off - int64_t{size} + 1, m);
    hi = ceil_div(off + 1, m);
  }
  lo = std::max<int64_t>(lo, *begin);
  hi = std::min<int64_t>(hi, *end);
  if (lo >= hi) lo = hi = 0;
  *begin = static_cast<uint32_t>(lo);
  *end = static_cast<uint32_t>(hi);
}

}  // namespace

uint64_t LatticePolynomials(const Shape& shape) {
  return (shape.AddressCount() + kLatticeLength - 1) / kLatticeLength;
}

bool IsValidShape(const Shape& shape) {
  if (shape.rank < 1 || shape.rank > Shape::kMaxRank) return false;
  uint64_t bits = 0;
  for (int k = 0; k < Shape::kMaxRank; ++k) {
    const uint32_t d = shape.dims[static_cast<size_t>(k)];
    if (d == 0 || d > kMaxAddresses || (k >= shape.rank && d != 1)) return false;
    if (k > 0) bits += static_cast<uint64_t>(shape.DimBits(k));
  }
  return bits <= 28 && (uint64_t{shape.dims[0]} << bits) <= kMaxAddresses;
}

Box FullBox(const Shape& shape) {
  Box box;
  box.end = shape.dims;
  return box;
}

Box ReachedOutputs(const Shape& in, const Shape& out, const IndexMap& map) {
  Box box = FullBox(out);
  for (size_t d = 0; d < Shape::kMaxRank; ++d) {
    box.begin[d] = map.out_begin[d];
    if (map.out_end[d] != 0) box.end[d] = map.out_end[d];
  }
  for (size_t j = 0; j < map.sources.size(); ++j) {
    const DimSource& s = map.sources[j];
    if (s.kind != DimSource::Kind::kAffine) continue;
    CutToRange(s, in.dims[j], &box.begin[s.out_dim], &box.end[s.out_dim]);
  }
  for (size_t d = 0; d < Shape::kMaxRank; ++d) {
    if (box.begin[d] >= box.end[d]) return Box{{0, 0, 0, 0}, {0, 0, 0, 0}};
  }
  return box;
}

Status CheckView(const Relation& r, const View& v) {
  if (!IsValidShape(v.shape)) return Malformed("shape of a view");
  if (v.terms.size() > kMaxViewTerms || v.constants.size() > kMaxViewTerms) {
    return Status(ErrorCode::kLimitExceeded, "terms of a view");
  }
  for (const Term& t : v.terms) {
    // Multiplicities (the last tensors) are numerators only: no view may read them.
    if (t.tensor >= r.tensors.size() - r.multiplicities.size()) return Malformed("no such tensor");
    if (std::abs(int64_t{t.coeff}) >= kMaxCoefficient) return Malformed("coefficient of a term");
    const Shape& in = r.tensors[t.tensor].shape;
    if (const auto* map = std::get_if<IndexMap>(&t.op)) {
      VOIZK_RETURN_IF_ERROR(CheckMap(in, v.shape, *map));
    } else {
      VOIZK_RETURN_IF_ERROR(CheckConv(r, in, v.shape, std::get<Conv>(t.op)));
    }
  }
  for (const ConstantTerm& c : v.constants) VOIZK_RETURN_IF_ERROR(CheckConstant(v.shape, c));
  return Status();
}

Status CheckPublicInputs(const Relation& r, const PublicInputValues& inputs) {
  const auto refuse = [](std::string what, uint64_t input, std::optional<uint64_t> expected = {},
                         std::optional<uint64_t> actual = {}) {
    return Error{ErrorCode::kInvalidArgument, std::move(what),
                 Rejection{.check = Check::kPublicInput,
                           .position = input,
                           .expected = expected,
                           .actual = actual}};
  };
  const size_t expected = r.publics.size() + r.commitments.size();
  if (inputs.size() != expected) {
    return refuse("the statement has another number of public inputs than the relation", 0,
                  expected, inputs.size());
  }
  for (size_t k = 0; k < r.publics.size(); ++k) {
    const PublicInput& p = r.publics[k];
    const std::string which = "public input " + std::to_string(k) +
                              (p.name.empty() ? "" : " (" + p.name + ")") + " of the statement";
    if (inputs[k].size() != p.v.shape.Cells()) {
      return refuse(which + " has another number of values than the relation's", k,
                    p.v.shape.Cells(), inputs[k].size());
    }
    const auto outside = std::find_if(inputs[k].begin(), inputs[k].end(),
                                      [&p](int32_t x) { return x < p.lo || x > p.hi; });
    if (outside != inputs[k].end()) {
      return refuse(
          which + " leaves its range at index " + std::to_string(outside - inputs[k].begin()), k, 0,
          0);
    }
  }
  // Every field element has one representative, so that one commitment has one form.
  for (size_t k = r.publics.size(); k < expected; ++k) {
    const std::string which =
        "lattice commitment " + std::to_string(k - r.publics.size()) + " of the statement";
    if (inputs[k].size() != kLatticeLength) {
      return refuse(which + " has another number of values than 1024", k, kLatticeLength,
                    inputs[k].size());
    }
    for (const int32_t x : inputs[k]) {
      if (x < -kLatticeValue || x > kLatticeValue) {
        return refuse(which + " leaves the field", k, 0, 0);
      }
    }
  }
  return {};
}

Status CheckStructure(const Relation& r) {
  VOIZK_RETURN_IF_ERROR(CheckTensors(r));
  VOIZK_RETURN_IF_ERROR(CheckTables(r));
  if (r.lookups.size() > kMaxConstraints || r.products.size() > kMaxConstraints ||
      r.equalities.size() > kMaxConstraints || r.publics.size() > kMaxConstraints) {
    return Status(ErrorCode::kLimitExceeded, "constraints");
  }
  for (size_t i = 0; i < r.lookups.size(); ++i) {
    if (auto s = CheckLookup(r, r.lookups[i]); !s.ok()) return At("lookup", i, s.error());
  }
  for (size_t i = 0; i < r.products.size(); ++i) {
    if (auto s = CheckProduct(r, r.products[i]); !s.ok()) return At("product", i, s.error());
  }
  for (size_t i = 0; i < r.equalities.size(); ++i) {
    if (auto s = CheckView(r, r.equalities[i].v); !s.ok()) return At("equality", i, s.error());
  }
  uint64_t cells = 0;
  for (size_t i = 0; i < r.publics.size(); ++i) {
    if (auto s = CheckView(r, r.publics[i].v); !s.ok()) return At("public input", i, s.error());
    cells += r.publics[i].v.shape.Cells();
  }
  if (cells > kMaxPublicCells) return Status(ErrorCode::kLimitExceeded, "public inputs");
  VOIZK_RETURN_IF_ERROR(CheckLatticeCommitments(r));
  return CheckSpaces(r);
}

}  // namespace voizk
