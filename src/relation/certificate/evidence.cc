#include "relation/certificate/evidence.h"

#include <algorithm>
#include <cstdlib>

#include "relation/certificate/subdivision.h"

namespace voizk {
namespace {

constexpr uint64_t kMaxWork = 1 << 18;

/// Whether the intersection of all intervals that hold on the whole of `box` lies in [lo, hi].
/// An empty intersection means that no witness exists: nothing is claimed about it.
bool EnforcesOn(const std::vector<Evidence>& evidence, const Box& box, const Tensor& t) {
  Interval all{-kHalfModulus, kHalfModulus};
  bool any = false;
  for (const Evidence& e : evidence) {
    if (!Contains(e.box, box)) continue;
    any = true;
    all.lo = std::max(all.lo, e.interval.lo);
    all.hi = std::min(all.hi, e.interval.hi);
  }
  return any && all.lo >= t.lo && all.hi <= t.hi;
}

}  // namespace

bool Enforces(const std::vector<Evidence>& evidence, const Tensor& t) {
  if (EnforcesOn(evidence, FullBox(t.shape), t)) return true;
  std::vector<Box> boxes;
  boxes.reserve(evidence.size());
  for (const Evidence& e : evidence) boxes.push_back(e.box);
  const auto pieces = Subdivision::Make(t.shape, boxes, kMaxWork);
  if (!pieces) return false;
  for (uint64_t n = 0; n < pieces->size(); ++n) {
    if (!EnforcesOn(evidence, pieces->region(n), t)) return false;
  }
  return true;
}

std::optional<Box> ShownCells(const Shape& tensor, const Shape& view, const Term& term) {
  const auto* map = std::get_if<IndexMap>(&term.op);
  if (map == nullptr || std::abs(term.coeff) != 1) return std::nullopt;
  const Box out = ReachedOutputs(tensor, view, *map);
  if (out.end[0] == 0) return std::nullopt;
  Box box;
  for (size_t j = 0; j < map->sources.size(); ++j) {
    const DimSource& s = map->sources[j];
    int64_t first = s.offset, last = s.offset;
    if (s.kind == DimSource::Kind::kAffine) {
      const int64_t begin = out.begin[s.out_dim], end = out.end[s.out_dim];
      if (end - begin > 1 && std::abs(s.stride) != 1) return std::nullopt;
      first += s.stride * begin;
      last += s.stride * (end - 1);
      if (first > last) std::swap(first, last);
    } else if (s.kind == DimSource::Kind::kSum) {
      if (tensor.dims[j] != 1 || (!s.weights.empty() && s.weights[0] != 1)) return std::nullopt;
      first = last = 0;
    }
    box.begin[j] = static_cast<uint32_t>(first);
    box.end[j] = static_cast<uint32_t>(last + 1);
  }
  return box;
}

}  // namespace voizk
