#include "relation/core/relation.h"

#include <algorithm>
#include <bit>

namespace voizk {

uint64_t Shape::Cells() const {
  uint64_t cells = 1;
  for (uint32_t d : dims) cells *= d;
  return cells;
}

int Shape::DimBits(int k) const {
  const uint32_t d = dims[static_cast<size_t>(k)];
  return d <= 1 ? 0 : static_cast<int>(std::bit_width(d - 1));
}

int Shape::InnerBits() const { return DimBits(1) + DimBits(2) + DimBits(3); }

uint64_t Shape::AddressCount() const { return static_cast<uint64_t>(dims[0]) << InnerBits(); }

std::pair<int32_t, int32_t> RangeOf(const Weights& weights) {
  if (weights.range || weights.values.empty()) return weights.range.value_or(std::pair(0, 0));
  // A loop that compilers vectorise (std::minmax_element is none).
  int32_t least = weights.values[0], greatest = least;
  for (const int32_t v : weights.values) {
    least = std::min(least, v);
    greatest = std::max(greatest, v);
  }
  return {least, greatest};
}

Shape MakeShape(std::initializer_list<uint32_t> dims) {
  Shape shape;
  shape.rank = static_cast<int>(dims.size());
  // A longer list leaves a rank that IsValidShape refuses.
  const size_t n = std::min<size_t>(dims.size(), Shape::kMaxRank);
  std::copy_n(dims.begin(), n, shape.dims.begin());
  return shape;
}

namespace {

uint64_t ApproximateBytes(const View& v) {
  uint64_t bytes = sizeof(View) + v.terms.size() * sizeof(Term);
  for (const Term& t : v.terms) {
    const auto* map = std::get_if<IndexMap>(&t.op);
    if (map == nullptr) continue;
    for (const DimSource& s : map->sources) {
      bytes += sizeof(DimSource) + s.weights.size() * sizeof(int32_t);
    }
  }
  for (const ConstantTerm& c : v.constants) {
    bytes += sizeof(ConstantTerm) + c.values.size() * sizeof(int32_t);
  }
  return bytes;
}

uint64_t ApproximateBytes(const std::vector<Step>& steps) {
  uint64_t bytes = 0;
  for (const Step& s : steps) {
    bytes += sizeof(Step) + s.params.size() * sizeof(int64_t) + ApproximateBytes(s.body);
    for (const View& v : s.views) bytes += ApproximateBytes(v);
  }
  return bytes;
}

}  // namespace

uint64_t ApproximateBytes(const Relation& r) {
  uint64_t bytes = sizeof(Relation) + r.tensors.size() * (sizeof(Tensor) + 32);
  for (const Weights& w : r.weights) bytes += sizeof(Weights) + w.values.size() * sizeof(int32_t);
  for (const Table& t : r.tables) bytes += sizeof(Table) + t.keys.size() * 2 * sizeof(int32_t);
  for (const Lookup& l : r.lookups) bytes += ApproximateBytes(l.key) + ApproximateBytes(l.value);
  for (const Product& p : r.products) {
    bytes += ApproximateBytes(p.a) + ApproximateBytes(p.b) + ApproximateBytes(p.c);
  }
  for (const Equality& e : r.equalities) bytes += ApproximateBytes(e.v);
  for (const PublicInput& p : r.publics) bytes += ApproximateBytes(p.v);
  for (const LatticeCommitment& c : r.commitments) {
    bytes += sizeof(LatticeCommitment) + c.tensors.size() * sizeof(TensorId);
  }
  return bytes + ApproximateBytes(r.steps);
}

}  // namespace voizk
