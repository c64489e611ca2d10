#include "relation/certificate/evidence.h"

#include <algorithm>
#include <cstdlib>

namespace voizk {
namespace {

constexpr uint64_t kMaxWork = 1 << 18;

bool Contains(const Box& outer, const Box& inner) {
  for (size_t d = 0; d < Shape::kMaxRank; ++d) {
    if (inner.begin[d] < outer.begin[d] || inner.end[d] > outer.end[d]) return false;
  }
  return true;
}

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
  std::array<std::vector<uint32_t>, Shape::kMaxRank> cuts;
  uint64_t regions = 1;
  for (size_t d = 0; d < Shape::kMaxRank; ++d) {
    cuts[d] = {0, t.shape.dims[d]};
    for (const Evidence& e : evidence) {
      cuts[d].push_back(e.box.begin[d]);
      cuts[d].push_back(e.box.end[d]);
    }
    std::sort(cuts[d].begin(), cuts[d].end());
    cuts[d].erase(std::unique(cuts[d].begin(), cuts[d].end()), cuts[d].end());
    regions *= cuts[d].size() - 1;
    if (regions * evidence.size() > kMaxWork) return false;
  }
  for (uint64_t n = 0; n < regions; ++n) {
    Box box;
    uint64_t rest = n;
    for (size_t d = 0; d < Shape::kMaxRank; ++d) {
      const size_t i = rest % (cuts[d].size() - 1);
      rest /= cuts[d].size() - 1;
      box.begin[d] = cuts[d][i];
      box.end[d] = cuts[d][i + 1];
    }
    if (!EnforcesOn(evidence, box, t)) return false;
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
