// Whether every tensor's claimed range follows from the constraints on it and on tensors whose
// ranges follow already: no cycles.
#ifndef VOIZK_RELATION_CERTIFICATE_JUSTIFICATION_H_
#define VOIZK_RELATION_CERTIFICATE_JUSTIFICATION_H_

#include <cstddef>
#include <deque>
#include <optional>
#include <vector>

#include "relation/certificate/evidence.h"
#include "relation/certificate/rule.h"
#include "relation/certificate/rule_bounds.h"
#include "relation/core/relation.h"

namespace voizk {

class Justification {
 public:
  /// Claimed ranges lie in [-(p-1)/2, (p-1)/2]; the structure is checked.
  Justification(const Relation& r, RuleBounds* bounds);

  /// Applies rules until none says anything new.  The first tensor whose range is not enforced.
  std::optional<TensorId> Run();

 private:
  void ApplyBoolean(const Product& p);
  void Apply(const Rule& rule);
  void Learn(TensorId t, const std::optional<Box>& box, const Interval& interval);

  static constexpr size_t kMaxEvidence = 256;  // boxes per tensor

  const Relation& r_;
  RuleBounds& bounds_;
  std::vector<Rule> rules_;
  std::vector<size_t> open_;    // by rule: how many of its tensors are not enforced yet
  std::vector<bool> enforced_;  // by tensor, without multiplicities
  std::vector<std::vector<Evidence>> evidence_;
  std::vector<std::vector<size_t>> waiting_;  // by tensor: rules that read it
  std::deque<size_t> queue_;                  // rules with one open tensor
};

}  // namespace voizk

#endif  // VOIZK_RELATION_CERTIFICATE_JUSTIFICATION_H_
