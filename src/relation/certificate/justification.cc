#include "relation/certificate/justification.h"

#include <algorithm>

#include "relation/certificate/view_algebra.h"

namespace voizk {

Justification::Justification(const Relation& r, RuleBounds* bounds)
    : r_(r),
      bounds_(*bounds),
      rules_(CollectRules(r)),
      enforced_(r.tensors.size() - r.multiplicities.size(), false),
      evidence_(enforced_.size()),
      waiting_(enforced_.size()) {
  for (size_t i = 0; i < rules_.size(); ++i) {
    open_.push_back(rules_[i].tensors.size());
    for (const TensorId t : rules_[i].tensors) waiting_[t].push_back(i);
  }
}

std::optional<TensorId> Justification::Run() {
  for (const Product& p : r_.products) ApplyBoolean(p);
  for (size_t i = 0; i < rules_.size(); ++i) {
    if (open_[i] == 1) queue_.push_back(i);
  }
  while (!queue_.empty()) {
    const size_t i = queue_.front();
    queue_.pop_front();
    if (open_[i] == 1) Apply(rules_[i]);
  }
  const auto it = std::find(enforced_.begin(), enforced_.end(), false);
  if (it == enforced_.end()) return std::nullopt;
  return static_cast<TensorId>(it - enforced_.begin());
}

/// b * b = b has the roots 0 and 1 only, in any field.
void Justification::ApplyBoolean(const Product& p) {
  if (!(p.a == p.b) || !(p.a == p.c)) return;
  if (p.a.terms.size() != 1 || !p.a.constants.empty() || p.a.terms[0].coeff != 1) return;
  const TensorId t = p.a.terms[0].tensor;
  Learn(t, ShownCells(r_.tensors[t].shape, p.a.shape, p.a.terms[0]), {0, 1});
}

/// All tensors of the rule but one are enforced: bounds that one.
void Justification::Apply(const Rule& rule) {
  const TensorId target = *std::find_if(rule.tensors.begin(), rule.tensors.end(),
                                        [&](TensorId t) { return !enforced_[t]; });
  if (ReadsAgain(r_, rule, target)) return;
  const View& v = TargetView(r_, rule);
  const auto term = std::find_if(v.terms.begin(), v.terms.end(),
                                 [&](const Term& t) { return t.tensor == target; });
  if (term == v.terms.end()) return;
  const auto box = ShownCells(r_.tensors[target].shape, v.shape, *term);
  if (!box) return;
  const View rest = WithoutTerm(v, static_cast<size_t>(term - v.terms.begin()));
  const auto interval = bounds_.OfTarget(rule, rest, term->coeff);
  if (interval) Learn(target, box, *interval);
}

void Justification::Learn(TensorId t, const std::optional<Box>& box, const Interval& interval) {
  if (!box || enforced_[t] || evidence_[t].size() >= kMaxEvidence) return;
  evidence_[t].push_back({*box, interval});
  if (!Enforces(evidence_[t], r_.tensors[t])) return;
  enforced_[t] = true;
  evidence_[t].clear();
  for (const size_t rule : waiting_[t]) {
    if (--open_[rule] == 1) queue_.push_back(rule);
  }
}

}  // namespace voizk
