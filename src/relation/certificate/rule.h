// The constraints of a relation as rules: each bounds any one of its tensors once all others are
// enforced.  docs/protocol/relation.md, section "Certificate", has them as a table.
#ifndef VOIZK_RELATION_CERTIFICATE_RULE_H_
#define VOIZK_RELATION_CERTIFICATE_RULE_H_

#include <cstddef>
#include <vector>

#include "relation/core/relation.h"

namespace voizk {

struct Rule {
  enum class Kind { kKey, kValue, kRows, kEquality, kPublicInput, kProduct };
  Kind kind;
  size_t index;                   // of the lookup, equality, public input or product
  std::vector<TensorId> tensors;  // that it reads, each once
};

/// One rule per use that a constraint can be put to, in the order of the constraints.
std::vector<Rule> CollectRules(const Relation& r);

/// The view through which the rule may show a tensor.
const View& TargetView(const Relation& r, const Rule& rule);

/// Whether the views of the rule read t more than once: then its other occurrence is not bounded
/// yet.
bool ReadsAgain(const Relation& r, const Rule& rule, TensorId t);

}  // namespace voizk

#endif  // VOIZK_RELATION_CERTIFICATE_RULE_H_
