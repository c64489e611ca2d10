#include "relation/certificate/no_wraps.h"

#include <string>

namespace voizk {
namespace {

Error Wraps(const char* kind, size_t index, const char* what) {
  return {ErrorCode::kInvalidArgument,
          std::string(kind) + " " + std::to_string(index) + ": " + what};
}

/// A difference that is 0 mod p and smaller than p is 0.
bool BelowModulus(const Interval& d) { return d.lo > -kModulus && d.hi < kModulus; }

}  // namespace

Status CheckNoWraps(const Relation& r, const TableRanges& tables, ViewBounder* bounder) {
  // Both sides of a lookup have one representative in [-(p-1)/2, (p-1)/2].
  for (size_t i = 0; i < r.lookups.size(); ++i) {
    const Lookup& l = r.lookups[i];
    if (!WithinHalf(tables.Keys(l))) return Wraps("lookup", i, "table key wraps");
    if (!WithinHalf(bounder->Bound(l.key))) return Wraps("lookup", i, "key can wrap");
    if (l.has_value && !WithinHalf(bounder->Bound(l.value))) {
      return Wraps("lookup", i, "value can wrap");
    }
  }
  for (size_t i = 0; i < r.products.size(); ++i) {
    if (!BelowModulus(bounder->BoundProduct(r.products[i]))) {
      return Wraps("product", i, "can wrap");
    }
  }
  for (size_t i = 0; i < r.equalities.size(); ++i) {
    if (!BelowModulus(bounder->Bound(r.equalities[i].v))) return Wraps("equality", i, "can wrap");
  }
  for (size_t i = 0; i < r.publics.size(); ++i) {
    const PublicInput& p = r.publics[i];
    const Interval v = bounder->Bound(p.v);
    if (!BelowModulus(v) || !BelowModulus({v.lo - p.hi, v.hi - p.lo})) {
      return Wraps("public input", i, "can wrap");
    }
  }
  return {};
}

}  // namespace voizk
