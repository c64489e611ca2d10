#include "relation/certificate/certificate.h"

#include <algorithm>
#include <deque>
#include <string>
#include <vector>

#include "relation/certificate/bound.h"
#include "relation/certificate/evidence.h"
#include "relation/certificate/view_algebra.h"
#include "relation/core/structure.h"

namespace voizk {
namespace {

constexpr uint64_t kMaxRowWork = uint64_t{1} << 27;  // table rows looked at by the row-wise rule
constexpr size_t kMaxEvidence = 256;                 // boxes per tensor

bool WithinHalf(const Interval& i) { return i.lo >= -kHalfModulus && i.hi <= kHalfModulus; }

/// Least and greatest, in a loop that compilers vectorise (std::minmax_element is none).  v is not
/// empty.
Interval RangeOf(const std::vector<int32_t>& v) {
  int32_t lo = v[0], hi = v[0];
  for (const int32_t x : v) {
    lo = std::min(lo, x);
    hi = std::max(hi, x);
  }
  return {lo, hi};
}

/// A constraint, or a part of one, that bounds any one of its tensors once all others are enforced.
struct Rule {
  enum class Kind { kKey, kValue, kRows, kEquality, kProduct };
  Kind kind;
  size_t index;  // of the lookup, equality or product
  std::vector<TensorId> tensors;
  size_t open = 0;  // how many of them are not enforced yet
};

class Certifier {
 public:
  explicit Certifier(const Relation& r) : r_(r), bounder_(r) {}

  Status Run() {
    VOIZK_RETURN_IF_ERROR(CheckStructure(r_));
    VOIZK_RETURN_IF_ERROR(CheckClaims());
    CollectRules();
    for (size_t i = 0; i < r_.products.size(); ++i) ApplyBoolean(r_.products[i]);
    for (size_t i = 0; i < rules_.size(); ++i) {
      if (rules_[i].open == 1) queue_.push_back(i);
    }
    while (!queue_.empty()) {
      const size_t i = queue_.front();
      queue_.pop_front();
      if (rules_[i].open == 1) Apply(rules_[i]);
    }
    for (size_t t = 0; t < enforced_.size(); ++t) {
      if (!enforced_[t]) return Refuse("tensor", t, "its range is not enforced");
    }
    return CheckWraps();
  }

 private:
  static Error Refuse(const char* kind, size_t index, const std::string& why) {
    return {ErrorCode::kInvalidArgument,
            std::string(kind) + " " + std::to_string(index) + ": " + why};
  }

  Status CheckClaims() {
    enforced_.assign(r_.tensors.size() - r_.multiplicities.size(), false);
    evidence_.resize(enforced_.size());
    waiting_.resize(enforced_.size());
    for (size_t t = 0; t < enforced_.size(); ++t) {
      const Tensor& tensor = r_.tensors[t];
      if (tensor.lo > tensor.hi || !WithinHalf({tensor.lo, tensor.hi})) {
        return Refuse("tensor", t, "range leaves (-p/2, p/2)");
      }
    }
    for (size_t k = 0; k < r_.tables.size(); ++k) {
      const auto& t = r_.tables[k];
      keys_.push_back(RangeOf(t.keys));
      values_.push_back(RangeOf(t.values));
      if (!WithinHalf(values_.back())) return Refuse("table", k, "value leaves (-p/2, p/2)");
    }
    return Status();
  }

  void AddRule(Rule::Kind kind, size_t index, std::initializer_list<const View*> views) {
    Rule rule{kind, index, {}, 0};
    for (const View* v : views) {
      for (const Term& t : v->terms) rule.tensors.push_back(t.tensor);
    }
    std::sort(rule.tensors.begin(), rule.tensors.end());
    rule.tensors.erase(std::unique(rule.tensors.begin(), rule.tensors.end()), rule.tensors.end());
    rule.open = rule.tensors.size();
    for (TensorId t : rule.tensors) waiting_[t].push_back(rules_.size());
    rules_.push_back(std::move(rule));
  }

  void CollectRules() {
    for (size_t i = 0; i < r_.lookups.size(); ++i) {
      const Lookup& l = r_.lookups[i];
      AddRule(Rule::Kind::kKey, i, {&l.key});
      if (!l.has_value) continue;
      AddRule(Rule::Kind::kValue, i, {&l.value});
      if (l.value.terms.size() > 1) AddRule(Rule::Kind::kRows, i, {&l.key, &l.value});
    }
    for (size_t i = 0; i < r_.equalities.size(); ++i) {
      AddRule(Rule::Kind::kEquality, i, {&r_.equalities[i].v});
    }
    for (size_t i = 0; i < r_.products.size(); ++i) {
      const Product& p = r_.products[i];
      AddRule(Rule::Kind::kProduct, i, {&p.a, &p.b, &p.c});
    }
  }

  /// b * b = b has the roots 0 and 1 only, in any field.
  void ApplyBoolean(const Product& p) {
    if (!(p.a == p.b) || !(p.a == p.c)) return;
    if (p.a.terms.size() != 1 || !p.a.constants.empty() || p.a.terms[0].coeff != 1) return;
    const TensorId t = p.a.terms[0].tensor;
    Learn(t, ShownCells(r_.tensors[t].shape, p.a.shape, p.a.terms[0]), {0, 1});
  }

  void Learn(TensorId t, const std::optional<Box>& box, const Interval& interval) {
    // Outside (-p/2, p/2) the interval does not determine the integer behind a residue.
    if (!box.has_value() || !WithinHalf(interval) || enforced_[t]) return;
    if (evidence_[t].size() >= kMaxEvidence) return;
    evidence_[t].push_back({*box, interval});
    if (!Enforces(evidence_[t], r_.tensors[t])) return;
    enforced_[t] = true;
    evidence_[t].clear();
    for (size_t rule : waiting_[t]) {
      if (--rules_[rule].open == 1) queue_.push_back(rule);
    }
  }

  /// All tensors of the rule but one are enforced: bounds that one.
  void Apply(const Rule& rule) {
    const auto it = std::find_if(rule.tensors.begin(), rule.tensors.end(),
                                 [&](TensorId t) { return !enforced_[t]; });
    const TensorId target = *it;
    const View& v = TargetView(rule);
    for (size_t i = 0; i < v.terms.size() && !enforced_[target]; ++i) {
      const Term& term = v.terms[i];
      if (term.tensor != target) continue;
      const auto box = ShownCells(r_.tensors[target].shape, v.shape, term);
      if (!box.has_value() || ReadsAgain(rule, target)) continue;
      const View rest = WithoutTerm(v, i);
      Learn(target, box, BoundTarget(rule, rest, term.coeff));
    }
  }

  const View& TargetView(const Rule& rule) const {
    switch (rule.kind) {
      case Rule::Kind::kKey:
        return r_.lookups[rule.index].key;
      case Rule::Kind::kValue:
      case Rule::Kind::kRows:
        return r_.lookups[rule.index].value;
      case Rule::Kind::kEquality:
        return r_.equalities[rule.index].v;
      case Rule::Kind::kProduct:
        break;
    }
    return r_.products[rule.index].c;
  }

  /// Whether the constraint reads the target more than once: then its other occurrence is not
  /// bounded yet.
  bool ReadsAgain(const Rule& rule, TensorId target) const {
    size_t count = 0;
    auto read = [&](const View& v) {
      for (const Term& t : v.terms) count += t.tensor == target ? 1 : 0;
    };
    read(TargetView(rule));
    if (rule.kind == Rule::Kind::kRows) read(r_.lookups[rule.index].key);
    if (rule.kind == Rule::Kind::kProduct) {
      read(r_.products[rule.index].a);
      read(r_.products[rule.index].b);
    }
    return count > 1;
  }

  /// The interval of sign * (what the constraint equates to target's view - rest).
  Interval BoundTarget(const Rule& rule, const View& rest, int32_t sign) {
    Interval all{0, 0};
    if (rule.kind == Rule::Kind::kProduct) {
      const Product& p = r_.products[rule.index];
      all = bounder_.BoundProduct({p.a, p.b, rest});
    } else if (rule.kind == Rule::Kind::kRows) {
      all = BoundRows(r_.lookups[rule.index], rest);
    } else {
      const Interval b = bounder_.Bound(rest);
      if (rule.kind == Rule::Kind::kKey) {
        const Lookup& l = r_.lookups[rule.index];
        const int64_t unit = int64_t{1} << l.shift;
        all = {keys_[l.table].lo * unit, keys_[l.table].hi * unit};
      } else if (rule.kind == Rule::Kind::kValue) {
        all = values_[r_.lookups[rule.index].table];
      }
      if (!WithinHalf(all)) return {INT64_MIN, INT64_MAX};
      if (b.lo < -kModulus || b.hi > kModulus) return {INT64_MIN, INT64_MAX};
      all = {all.lo - b.hi, all.hi - b.lo};
    }
    if (all.lo < -kModulus || all.hi > kModulus) return {INT64_MIN, INT64_MAX};
    return sign > 0 ? all : Interval{-all.hi, -all.lo};
  }

  /// value = target + rest with (key, value) in the table.  In the row (k, x), rest = k - D where
  /// D = key - rest, so rest lies in [rest] and in k - [D], and target = x - rest.  (A maximum of
  /// two: key = a - b, value = y - b, D = a.)
  Interval BoundRows(const Lookup& l, const View& rest) {
    const Interval whole{INT64_MIN, INT64_MAX};
    const Table& table = r_.tables[l.table];
    row_work_ += table.keys.size();
    const int64_t unit = int64_t{1} << l.shift;
    const Interval& k = keys_[l.table];
    const Interval key = bounder_.Bound(l.key);
    if (row_work_ > kMaxRowWork || !WithinHalf(key) || !WithinHalf({k.lo * unit, k.hi * unit})) {
      return whole;
    }
    const Interval b = bounder_.Bound(rest);
    const View difference = Combine(l.key, rest, -1);
    if (difference.shape.rank == 0) return whole;  // a constant of it is no int32
    const Interval d = bounder_.Bound(difference);
    if (!WithinHalf(b) || !WithinHalf(d)) return whole;
    Interval all{INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < table.keys.size(); ++i) {
      const int64_t at = table.keys[i] * unit;
      const int64_t lo = std::max(b.lo, at - d.hi);
      const int64_t hi = std::min(b.hi, at - d.lo);
      if (lo > hi) continue;
      all.lo = std::min(all.lo, table.values[i] - hi);
      all.hi = std::max(all.hi, table.values[i] - lo);
    }
    return all.lo > all.hi ? whole : all;
  }

  /// With every range enforced, no constraint may hold mod p and fail over the integers.
  Status CheckWraps() {
    for (size_t i = 0; i < r_.lookups.size(); ++i) {
      const Lookup& l = r_.lookups[i];
      const int64_t unit = int64_t{1} << l.shift;
      const Interval& k = keys_[l.table];
      if (!WithinHalf({k.lo * unit, k.hi * unit})) return Refuse("lookup", i, "table key wraps");
      if (!WithinHalf(bounder_.Bound(l.key))) return Refuse("lookup", i, "key can wrap");
      if (l.has_value && !WithinHalf(bounder_.Bound(l.value))) {
        return Refuse("lookup", i, "value can wrap");
      }
    }
    // A difference that is 0 mod p and smaller than p is 0.
    for (size_t i = 0; i < r_.products.size(); ++i) {
      const Interval d = bounder_.BoundProduct(r_.products[i]);
      if (d.lo <= -kModulus || d.hi >= kModulus) return Refuse("product", i, "can wrap");
    }
    for (size_t i = 0; i < r_.equalities.size(); ++i) {
      const Interval d = bounder_.Bound(r_.equalities[i].v);
      if (d.lo <= -kModulus || d.hi >= kModulus) return Refuse("equality", i, "can wrap");
    }
    return Status();
  }

  const Relation& r_;
  ViewBounder bounder_;
  std::vector<Interval> keys_, values_;  // by table
  std::vector<bool> enforced_;           // by tensor, without multiplicities
  std::vector<std::vector<Evidence>> evidence_;
  std::vector<std::vector<size_t>> waiting_;  // rules that read the tensor
  std::vector<Rule> rules_;
  std::deque<size_t> queue_;
  uint64_t row_work_ = 0;
};

}  // namespace

Status Certify(const Relation& r) { return Certifier(r).Run(); }

}  // namespace voizk
