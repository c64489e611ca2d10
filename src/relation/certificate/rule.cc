#include "relation/certificate/rule.h"

#include <algorithm>
#include <utility>

namespace voizk {
namespace {

/// The views whose tensors a rule needs, the target's view among them.
std::vector<const View*> ViewsOf(const Relation& r, Rule::Kind kind, size_t index) {
  switch (kind) {
    case Rule::Kind::kKey:
      return {&r.lookups[index].key};
    case Rule::Kind::kValue:
      return {&r.lookups[index].value};
    case Rule::Kind::kRows:
      return {&r.lookups[index].key, &r.lookups[index].value};
    case Rule::Kind::kEquality:
      return {&r.equalities[index].v};
    case Rule::Kind::kPublicInput:
      return {&r.publics[index].v};
    case Rule::Kind::kProduct:
      break;
  }
  return {&r.products[index].a, &r.products[index].b, &r.products[index].c};
}

Rule MakeRule(const Relation& r, Rule::Kind kind, size_t index) {
  Rule rule{kind, index, {}};
  for (const View* v : ViewsOf(r, kind, index)) {
    for (const Term& t : v->terms) rule.tensors.push_back(t.tensor);
  }
  std::sort(rule.tensors.begin(), rule.tensors.end());
  rule.tensors.erase(std::unique(rule.tensors.begin(), rule.tensors.end()), rule.tensors.end());
  return rule;
}

}  // namespace

std::vector<Rule> CollectRules(const Relation& r) {
  std::vector<Rule> rules;
  for (size_t i = 0; i < r.lookups.size(); ++i) {
    rules.push_back(MakeRule(r, Rule::Kind::kKey, i));
    if (!r.lookups[i].has_value) continue;
    rules.push_back(MakeRule(r, Rule::Kind::kValue, i));
    // With nothing beside the target, the value rule says as much.
    if (r.lookups[i].value.terms.size() > 1) rules.push_back(MakeRule(r, Rule::Kind::kRows, i));
  }
  for (size_t i = 0; i < r.equalities.size(); ++i) {
    rules.push_back(MakeRule(r, Rule::Kind::kEquality, i));
  }
  for (size_t i = 0; i < r.publics.size(); ++i) {
    rules.push_back(MakeRule(r, Rule::Kind::kPublicInput, i));
  }
  for (size_t i = 0; i < r.products.size(); ++i) {
    rules.push_back(MakeRule(r, Rule::Kind::kProduct, i));
  }
  return rules;
}

const View& TargetView(const Relation& r, const Rule& rule) {
  return *ViewsOf(r, rule.kind, rule.index).back();
}

bool ReadsAgain(const Relation& r, const Rule& rule, TensorId t) {
  size_t count = 0;
  for (const View* v : ViewsOf(r, rule.kind, rule.index)) {
    for (const Term& term : v->terms) count += term.tensor == t ? 1 : 0;
  }
  return count > 1;
}

}  // namespace voizk
