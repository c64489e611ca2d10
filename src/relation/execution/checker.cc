#include "relation/execution/checker.h"

#include <algorithm>
#include <string>

#include "relation/certificate/certificate.h"
#include "relation/core/structure.h"
#include "relation/core/table_index.h"
#include "relation/execution/lattice_value.h"

namespace voizk {
namespace {

enum class Ring { kIntegers, kField };

/// The representative in (-p/2, p/2).
int64_t Centered(int64_t x) {
  x %= kModulus;
  if (x > kHalfModulus) x -= kModulus;
  if (x < -kHalfModulus) x += kModulus;
  return x;
}

Error Violated(const char* kind, size_t i, size_t at, const char* why) {
  return {ErrorCode::kInvalidArgument, std::string(kind) + " " + std::to_string(i) + " at index " +
                                           std::to_string(at) + ": " + why};
}

class Checker {
 public:
  Checker(const Relation& r, const Witness& w, Ring ring) : r_(r), w_(w), ring_(ring) {}

  Status CheckSizes() const {
    if (w_.size() != r_.tensors.size()) {
      return Status(ErrorCode::kInvalidArgument, "witness has another number of tensors");
    }
    for (size_t t = 0; t < w_.size(); ++t) {
      if (w_[t].size() != r_.tensors[t].shape.Cells()) {
        return Violated("tensor", t, 0, "witness has another shape");
      }
    }
    return Status();
  }

  Status CheckCells() const {
    const size_t plain = r_.tensors.size() - r_.multiplicities.size();
    for (size_t t = 0; t < w_.size(); ++t) {
      const bool claimed = ring_ == Ring::kIntegers && t < plain;
      const int64_t lo = claimed ? r_.tensors[t].lo : -kHalfModulus;
      const int64_t hi = claimed ? r_.tensors[t].hi : kHalfModulus;
      for (size_t i = 0; i < w_[t].size(); ++i) {
        if (w_[t][i] < lo || w_[t][i] > hi) return Violated("tensor", t, i, "out of range");
      }
    }
    return Status();
  }

  /// Counts, per table row, the lookups that hit it; of equal rows the first is counted.
  Status CountLookups(std::vector<std::vector<int64_t>>* counts) const {
    std::vector<TableIndex> index(r_.tables.begin(), r_.tables.end());
    counts->clear();
    for (const Table& t : r_.tables) counts->emplace_back(t.keys.size(), 0);
    for (size_t i = 0; i < r_.lookups.size(); ++i) {
      const Lookup& l = r_.lookups[i];
      const std::vector<int64_t> keys = Evaluate(l.key);
      const std::vector<int64_t> values =
          l.has_value ? Evaluate(l.value) : std::vector<int64_t>(keys.size(), 0);
      for (size_t at = 0; at < keys.size(); ++at) {
        const int64_t key = Unshift(keys[at], l.shift);
        const int64_t row =
            key == kNoKey ? TableIndex::kNone : index[l.table].Find(key, values[at]);
        if (row == TableIndex::kNone) return Violated("lookup", i, at, "not in the table");
        ++(*counts)[l.table][static_cast<size_t>(row)];
      }
    }
    return Status();
  }

  Status CheckMultiplicities() const {
    std::vector<std::vector<int64_t>> counts;
    VOIZK_RETURN_IF_ERROR(CountLookups(&counts));
    for (size_t k = 0; k < r_.tables.size(); ++k) {
      const TableIndex index(r_.tables[k]);
      const std::vector<int32_t>& m = w_[r_.multiplicities[k]];
      for (size_t i = 0; i < m.size(); ++i) {
        const int64_t first = index.Find(r_.tables[k].keys[i], r_.tables[k].values[i]);
        counts[k][static_cast<size_t>(first)] -= m[i];
      }
      for (size_t i = 0; i < m.size(); ++i) {
        if (!IsZero(counts[k][i])) return Violated("table", k, i, "multiplicity is wrong");
      }
    }
    return Status();
  }

  Status CheckProducts() const {
    for (size_t i = 0; i < r_.products.size(); ++i) {
      const Product& p = r_.products[i];
      const std::vector<int64_t> a = Evaluate(p.a);
      const std::vector<int64_t> b = Evaluate(p.b);
      const std::vector<int64_t> c = Evaluate(p.c);
      const size_t inner = a.size() / c.size();
      for (size_t o = 0; o < c.size(); ++o) {
        // 128 bits: a lying witness may make the factors large.
        __extension__ __int128 sum = -c[o];
        for (size_t j = o * inner; j < (o + 1) * inner; ++j) {
          sum += static_cast<__int128>(a[j]) * b[j];
        }
        if (ring_ == Ring::kField) sum %= kModulus;
        if (sum != 0) return Violated("product", i, o, "does not hold");
      }
    }
    return Status();
  }

  Status CheckEqualities() const {
    for (size_t i = 0; i < r_.equalities.size(); ++i) {
      const std::vector<int64_t> v = Evaluate(r_.equalities[i].v);
      for (size_t o = 0; o < v.size(); ++o) {
        if (!IsZero(v[o])) return Violated("equality", i, o, "does not hold");
      }
    }
    return Status();
  }

  Status CheckStatement(const PublicInputValues& inputs) const {
    VOIZK_RETURN_IF_ERROR(CheckPublicInputs(r_, inputs));
    for (size_t i = 0; i < r_.publics.size(); ++i) {
      const std::vector<int64_t> v = Evaluate(r_.publics[i].v);
      for (size_t o = 0; o < v.size(); ++o) {
        if (!IsZero(v[o] - inputs[i][o])) return Violated("public input", i, o, "does not hold");
      }
    }
    for (size_t i = 0; i < r_.commitments.size(); ++i) {
      const std::vector<int32_t>& claimed = inputs[r_.publics.size() + i];
      const std::vector<int32_t> value = LatticeValue(r_, r_.commitments[i], w_);
      const auto at = std::mismatch(value.begin(), value.end(), claimed.begin()).first;
      if (at != value.end()) {
        return Violated("lattice commitment", i, static_cast<size_t>(at - value.begin()),
                        "does not hold");
      }
    }
    return Status();
  }

  Status CheckAll(const PublicInputValues& inputs) const {
    VOIZK_RETURN_IF_ERROR(CheckSizes());
    VOIZK_RETURN_IF_ERROR(CheckCells());
    VOIZK_RETURN_IF_ERROR(CheckMultiplicities());
    VOIZK_RETURN_IF_ERROR(CheckProducts());
    VOIZK_RETURN_IF_ERROR(CheckEqualities());
    return CheckStatement(inputs);
  }

 private:
  static constexpr int64_t kNoKey = INT64_MIN;

  bool IsZero(int64_t x) const { return ring_ == Ring::kField ? x % kModulus == 0 : x == 0; }

  std::vector<int64_t> Evaluate(const View& v) const {
    std::vector<int64_t> out = EvaluateView(r_, v, w_);
    if (ring_ == Ring::kField) {
      for (int64_t& x : out) x = Centered(x);
    }
    return out;
  }

  /// The row key k with 2^shift * k = key.  In the field, rows satisfy |2^shift * k| < p/2 (by the
  /// certificate), so only the centred representative can match.
  static int64_t Unshift(int64_t key, int shift) {
    const int64_t unit = int64_t{1} << shift;
    return key % unit == 0 ? key / unit : kNoKey;
  }

  const Relation& r_;
  const Witness& w_;
  Ring ring_;
};

}  // namespace

PublicInputValues PublicInputsOf(const Relation& r, const Witness& w) {
  PublicInputValues inputs;
  for (const PublicInput& p : r.publics) {
    const std::vector<int64_t> values = EvaluateView(r, p.v, w);
    inputs.emplace_back(values.begin(), values.end());
  }
  for (const LatticeCommitment& c : r.commitments) inputs.push_back(LatticeValue(r, c, w));
  return inputs;
}

Status CheckRelation(const Relation& r, const Witness& w, const PublicInputValues& inputs) {
  return Checker(r, w, Ring::kIntegers).CheckAll(inputs);
}

Status CheckRelationModP(const Relation& r, const Witness& w, const PublicInputValues& inputs) {
  return Checker(r, w, Ring::kField).CheckAll(inputs);
}

Status FillMultiplicities(const Relation& r, Witness* w) {
  w->resize(r.tensors.size());
  for (TensorId t : r.multiplicities) (*w)[t].assign(r.tensors[t].shape.Cells(), 0);
  const Checker checker(r, *w, Ring::kField);
  VOIZK_RETURN_IF_ERROR(checker.CheckSizes());
  std::vector<std::vector<int64_t>> counts;
  VOIZK_RETURN_IF_ERROR(checker.CountLookups(&counts));
  for (size_t k = 0; k < r.tables.size(); ++k) {
    (*w)[r.multiplicities[k]].assign(counts[k].begin(), counts[k].end());
  }
  return Status();
}

}  // namespace voizk
